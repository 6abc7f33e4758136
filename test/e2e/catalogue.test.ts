import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import {
  CATALOGUE,
  defaultBacklogOf,
  directiveLine,
  findSoftware,
  type CatalogueEntry,
} from "../../backlog/catalogue";
import { describeEnd, lastLines, runCommand } from "../../lab/hosts/command";
import { measure, startAndExit } from "./catalogue/chamber";
import { INSTALL, packagesOf } from "./catalogue/packages";
import { ensureRootfs } from "./catalogue/rootfs";
import { SERVERS, type Server } from "./catalogue/servers";

/** Above every default of the catalogue that is a number, so that the kernel does not cut it. */
const SOMAXCONN = 16_384;
const BACKLOG = 4_096;
/** Below every default, so that the kernel cuts it, down to the smallest (5). */
const LOW = 4;

let rootfs: string;
beforeAll(async () => {
  rootfs = await ensureRootfs();
}, 900_000);

function entryOf(software: string): CatalogueEntry {
  const entry = findSoftware(software);
  if (entry === undefined) {
    throw new Error(`the catalogue has no ${software}`);
  }
  return entry;
}

/** The port that a line is for. */
function lineOf(entry: CatalogueEntry, server: Server): string {
  return directiveLine(entry, BACKLOG, typeof server.address === "number" ? server.address : undefined);
}

const cases = SERVERS.map((server) => ({ server, entry: entryOf(server.software), name: server.software }));

describe("an unconfigured server asks for what the catalogue says", () => {
  it.each(cases)("$name", async ({ server, entry }) => {
    const expected = server.derived ?? Math.min(SOMAXCONN, defaultBacklogOf(entry, SOMAXCONN));
    const [sendQ] = await measure(rootfs, server, { somaxconn: SOMAXCONN, steps: ["start", "read"] });
    expect(sendQ).toEqual([expected]);
  });
});

describe("the catalogue's line changes it", () => {
  it.each(cases.filter(({ entry }) => entry.directive !== undefined))("$name", async ({ server, entry }) => {
    const [sendQ] = await measure(rootfs, server, {
      somaxconn: SOMAXCONN,
      line: lineOf(entry, server),
      steps: ["configure", "start", "read"],
    });
    // Before 16, PostgreSQL counts its background processes too: (2048 + 22) * 2.
    expect(sendQ).toEqual([entry.software === "postgresql" ? 4_140 : BACKLOG]);
  });
});

// They mostly wait for a Send-Q that must not change, each in a chamber of its own.
describe.concurrent("a reload re-listens, or does not, as the catalogue says", () => {
  const reloading = cases.filter(({ server }) => server.reload !== undefined);
  const raise = ["start", "read", "raise", "reload", "read"] as const;
  const raiseAndChange = ["start", "read", "raise", "configure", "reload", "read"] as const;

  // Servers that need a restart get both at once below, where they have a setting.
  it.each(
    reloading.filter(({ server, entry }) => entry.relisten !== "restart" || server.configure === undefined),
  )("$name, after somaxconn was raised", async ({ server, entry }) => {
    const relistens = entry.relisten === "reload";
    const [cut, after] = await measure(rootfs, server, {
      somaxconn: LOW,
      raised: SOMAXCONN,
      changes: relistens,
      steps: raise,
    });
    expect(cut).toEqual([LOW]);
    expect(after).toEqual([relistens ? defaultBacklogOf(entry, SOMAXCONN) : LOW]);
  });

  it.each(reloading.filter(({ server }) => server.configure !== undefined))(
    "$name, after somaxconn was raised and its own number changed",
    async ({ server, entry }) => {
      const relistens = entry.relisten !== "restart";
      // uWSGI does not start with a somaxconn below its backlog.
      const low = entry.refusesAboveSomaxconn ? defaultBacklogOf(entry, SOMAXCONN) : LOW;
      const [cut, after] = await measure(rootfs, server, {
        somaxconn: low,
        raised: SOMAXCONN,
        line: lineOf(entry, server),
        changes: relistens,
        steps: raiseAndChange,
      });
      expect(cut).toEqual([low]);
      const declared = server.settingNeedsRestart ? defaultBacklogOf(entry, SOMAXCONN) : BACKLOG;
      expect(after).toEqual([relistens ? declared : low]);
    },
  );
});

describe("a server that refuses a backlog above somaxconn", () => {
  it.each(cases.filter(({ entry }) => entry.refusesAboveSomaxconn))(
    "$name exits",
    async ({ server, entry }) => {
      const { code, said } = await startAndExit(rootfs, server, {
        somaxconn: BACKLOG - 1,
        line: lineOf(entry, server),
      });
      expect(said).toContain("somaxconn");
      expect(code).not.toBe(0);
    },
  );
});

describe("systemd, as PID 1", () => {
  it("owns the sockets of socket units", async () => {
    const unit = entryOf("systemd-socket");
    const sockets = {
      plain: { port: 7_001, line: "" },
      tuned: { port: 7_002, line: directiveLine(unit, BACKLOG) },
    };
    const seen = await boot({
      "etc/sysctl.d/99-catalogue.conf": `net.core.somaxconn = ${LOW}\n`,
      ...Object.fromEntries(
        Object.entries(sockets).flatMap(([name, { port, line }]) => [
          [`etc/systemd/system/${name}.socket`, `[Socket]\nListenStream=${port}\n${line}\n`],
          [`etc/systemd/system/${name}.service`, "[Service]\nExecStart=/bin/sleep 60\n"],
        ]),
      ),
      // What the catalogue says for sshd: its own number is out of reach, its socket unit is not.
      "etc/systemd/system/ssh.socket.d/backlog.conf": `[Socket]\n${directiveLine(unit, BACKLOG)}\n`,
      measure: `
        look() { for port in 7001 7002 22; do ss -Hltn "sport = :$port" | awk '{ print $3 }' | sort -u; done | paste -sd ' '; }
        systemctl start plain.service tuned.service
        look
        echo ${SOMAXCONN} >/proc/sys/net/core/somaxconn
        systemctl restart plain.service tuned.service
        look
        systemctl stop plain.service tuned.service
        systemctl restart plain.socket tuned.socket ssh.socket
        look
      `,
    });
    const declared = defaultBacklogOf(unit, SOMAXCONN);
    expect(entryOf("sshd").instead).toContain("ssh.socket with Backlog=");
    expect(unit.relisten).toBe("restart-socket-unit");
    expect(seen).toEqual([
      `${LOW} ${LOW} ${LOW}`,
      `${LOW} ${LOW} ${LOW}`,
      `${declared} ${BACKLOG} ${BACKLOG}`,
    ]);
  });
});

describe("a package, on a machine with systemd", () => {
  const installed = CATALOGUE.filter(({ startedBy }) => startedBy !== undefined);

  it("starts the server that it brings, of every entry that says so", async () => {
    const steps = await Promise.all(
      installed.map(async (entry) => {
        const [unit = ""] = entry.units;
        return `look ${unit} ${(await packagesOf(rootfs, entry)).join(" ")}`;
      }),
    );
    const seen = await boot(
      {
        measure: `
          ${INSTALL}
          look() {
            unit=$1; shift
            before=$(systemctl is-active "$unit" || :)
            install "$@"
            echo "$unit $before $(systemctl is-active "$unit" || :)"
            systemctl kill -s KILL "$unit" || :
            systemctl stop "$unit"
          }
          ip link set lo up
          ${steps.join("\n")}
        `,
      },
      300_000,
    );
    // Some take a while until they say that they are ready.
    expect(seen.map((line) => line.replace(/activating$/, "active"))).toEqual(
      installed.map(({ units: [unit] }) => `${unit ?? ""} inactive active`),
    );
  });

  it("is why somaxconn comes too late behind it: a start or a reload does nothing, a restart does", async () => {
    const [nginx, redis] = [entryOf("nginx"), entryOf("redis")];
    const seen = await boot({
      "etc/sysctl.d/99-catalogue.conf": `net.core.somaxconn = ${LOW}\n`,
      measure: `
        ${INSTALL}
        look() { for port in 80 6379; do ss -Hltn "sport = :$port" | awk '{ print $3 }' | sort -u; done | paste -sd ' '; }
        ip link set lo up
        install ${[...(await packagesOf(rootfs, nginx)), ...(await packagesOf(rootfs, redis))].join(" ")}
        look
        echo ${SOMAXCONN} >/proc/sys/net/core/somaxconn
        systemctl start nginx redis-server
        systemctl reload nginx
        look
        systemctl restart nginx redis-server
        look
      `,
    });
    const declared = [nginx, redis].map((entry) => defaultBacklogOf(entry, SOMAXCONN)).join(" ");
    expect(seen).toEqual([`${LOW} ${LOW}`, `${LOW} ${LOW}`, declared]);
  });

  it("starts nothing whose unit is masked, or where a policy says so", async () => {
    const nginx = (await packagesOf(rootfs, entryOf("nginx"))).join(" ");
    const seen = await boot({
      measure: `
        ${INSTALL}
        look() { systemctl is-active nginx || :; }
        systemctl mask nginx 2>/dev/null
        install ${nginx}
        look
        systemctl unmask nginx 2>/dev/null
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
        install ${nginx}
        look
        chmod -x /usr/sbin/policy-rc.d
        install ${nginx}
        look
      `,
    });
    expect(seen).toEqual(["inactive", "inactive", "active"]);
  });
});

/** Boots the tree with some files over it, runs the sh program `measure` in it, and returns what that printed. */
async function boot(files: Readonly<Record<string, string>>, timeout = 60_000): Promise<string[]> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "catalogue-boot-"));
  try {
    const all = {
      ...files,
      "etc/systemd/system/measure.service": `[Unit]
Wants=plain.socket tuned.socket ssh.socket
After=plain.socket tuned.socket ssh.socket
[Service]
Type=oneshot
StandardOutput=file:/result
StandardError=journal
ExecStart=/bin/sh -e /measure
ExecStopPost=/bin/systemctl poweroff --force
`,
      "etc/systemd/system/measure.target": "[Unit]\nRequires=sysinit.target\nWants=measure.service\n",
    };
    for (const [name, text] of Object.entries(all)) {
      await fs.mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await fs.writeFile(path.join(folder, name), text);
    }
    const result = await runCommand(
      "setpriv",
      ["--pdeathsig", "KILL", path.join(__dirname, "catalogue/boot.sh"), rootfs, folder, "measure.target"],
      { timeout },
    );
    if (result.code !== 0) {
      throw new Error(`the boot failed (${describeEnd(result)}):${lastLines(result.stderr, 25)}`);
    }
    return result.stdout.trim().split("\n");
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
