import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BacklogDeclaration } from "../../backlog";
import { mergeProcpsSystem, type SysctlTree } from "../../backlog/sysctld";
import { parseDocument, probeScript, type ProbeDocument, type ProbeOptions } from "../../probe";
import { Chamber, stepsFor, USERLANDS, type Step } from "./support/probe/chamber";
import { lookAt, lookForDocument } from "./support/probe/look";
import { listen, NGINX, OURS, PERSISTED, somaxconn } from "./support/probe/scenario";

// Hosts on which something cannot be seen, or pretends to be something else: none of them may pass for as declared.

let chamber: Chamber;
beforeAll(() => {
  chamber = new Chamber();
});
afterAll(() => chamber.close());

const NOBODY = 65534;
const GOOD = [PERSISTED, somaxconn(4096)];
const SERVED = [...GOOD, listen(4096)];

const look = (
  steps: readonly Step[],
  declaration: BacklogDeclaration = NGINX,
  options: Partial<ProbeOptions> = {},
  uid = 0,
) => lookAt(chamber, steps, declaration, options, uid);

/** A look that cannot decide: its reason and its report. */
async function undecided(
  steps: readonly Step[],
  uid = NOBODY,
  declaration = NGINX,
): Promise<{ reason: string; report: ProbeDocument }> {
  const { status, report } = await lookForDocument(chamber, steps, declaration, {}, uid);
  expect(status).toBe(2);
  if (report.verdict !== "unknown") {
    throw new Error(`the probe decided: ${report.verdict}`);
  }
  return { reason: report.reason, report };
}

/** What the probe of one userland says: those with a sysctl of their own may differ. */
async function lookIn(userland: string, steps: readonly Step[], uid = 0): Promise<ProbeDocument> {
  const found = USERLANDS.find(({ name }) => name.startsWith(userland));
  const argv = [
    ...(found?.argv ?? []),
    "-s",
    "--",
    "--host",
    "web",
    "--setting",
    "net.core.somaxconn",
    "4096",
  ];
  const answer = await chamber.ask({
    steps,
    script: probeScript(),
    runs: [{ argv, path: found?.path ?? "" }],
    uid,
  });
  return parseDocument(answer.runs[0]?.stdout ?? "");
}

describe("a sysctl file that the user may not read", () => {
  const secret = (path: string): Step => ["file", path, "net.core.somaxconn = 7\n", 0o600];
  const REASON = (place: string) =>
    `${place} may set net.core.somaxconn at the next boot, and this user may not read it; look as root`;

  it("leaves the verdict open where it is read after ours, and is read by root", async () => {
    const later = "/etc/sysctl.d/99-zzz.conf";
    const { reason, report } = await undecided([...SERVED, secret(later)]);
    expect(reason).toBe(REASON(later));
    expect(report.settings).toMatchObject([{ live: "4096", holds: null }]);
    expect(report.unseen).toContain(`${later}: this user may not read it`);
    const { found } = await look([...SERVED, secret(later)]);
    expect(found).toEqual(["net.core.somaxconn (next boot): 4096, got 7"]);
  });

  it.each([
    ["before ours", "/etc/sysctl.d/98-secret.conf"],
    ["not at all, because ours has its name", `/usr/lib/sysctl.d/${OURS.replace(/.*\//, "")}`],
  ])("decides nothing where it is read %s", async (_, path) => {
    expect((await look([...SERVED, secret(path)], NGINX, {}, NOBODY)).report.verdict).toBe("as-declared");
  });

  it("leaves the verdict open where ours is only a pattern, which any line that names the key beats", async () => {
    const pattern: Step = ["file", OURS, "net.core.somax* = 4096\n"];
    const earlier = "/etc/sysctl.d/10-secret.conf";
    const { reason } = await undecided([pattern, somaxconn(4096), listen(4096), secret(earlier)]);
    expect(reason).toBe(REASON(earlier));
  });

  it("is no proof that nothing sets a key", async () => {
    const only = "/etc/sysctl.d/10-secret.conf";
    const steps = [somaxconn(4096), listen(4096)];
    expect((await undecided([...steps, secret(only)])).reason).toBe(REASON(only));
    // What is wrong for certain is a finding all the same.
    const { found, report } = await look([somaxconn(99), listen(4096), secret(only)], NGINX, {}, NOBODY);
    expect(found).toEqual(["net.core.somaxconn (live): 4096, got 99", "nginx on 0.0.0.0:80: 4096, got 99"]);
    expect(report.settings).toMatchObject([{ holds: false }]);
  });

  it.each([
    ["read", 0o711],
    ["searched", 0o744],
  ])("may be any in a directory that cannot be %s", async (_, mode) => {
    const steps: Step[] = [...SERVED, ["directory", "/run/sysctl.d"], ["mode", "/run/sysctl.d", mode]];
    const { reason, report } = await undecided(steps);
    expect(reason).toBe(REASON("/run/sysctl.d"));
    expect(report.unseen).toContain("/run/sysctl.d: this user may not read it");
    expect((await look(steps)).report).toMatchObject({ verdict: "as-declared", unseen: [] });
  });

  it("may be at the end of a link that this user cannot follow, and for root it is a link to nothing", async () => {
    const link = "/etc/sysctl.d/99-zzz.conf";
    const hidden: Step[] = [
      ["directory", "/etc/secret"],
      ["link", link, "/etc/secret/tuning.conf"],
      ["mode", "/etc/secret", 0o700],
    ];
    expect((await undecided([...SERVED, ...hidden])).reason).toBe(REASON(link));
    expect((await look([...SERVED, ...hidden])).report.verdict).toBe("as-declared");
    const whole: Step[] = [
      ["directory", "/etc/secret"],
      ["mode", "/etc/secret", 0o700],
    ];
    const directory: Step[] = [...whole, ["link", "/run/sysctl.d", "/etc/secret/sysctl.d"]];
    expect((await undecided([...SERVED, ...directory])).reason).toBe(REASON("/run/sysctl.d"));
    expect((await look([...SERVED, ...directory])).report.verdict).toBe("as-declared");
  });

  it("has a name that cannot be told: that leaves it open for root as well", async () => {
    const { reason } = await undecided(
      [...SERVED, ["file", "/etc/sysctl.d/99-zzz\n@awk-path\tx.conf", "net.core.somaxconn = 2\n"]],
      0,
    );
    expect(reason).toBe(
      "a file in /etc/sysctl.d whose name has a line break or a tab may set net.core.somaxconn at the next boot; remove it",
    );
  });
});

describe("a host that no boot will set", () => {
  it.each<[string, Step]>([
    ["a link to /dev/null", ["link", "/etc/systemd/system/systemd-sysctl.service", "/dev/null"]],
    ["an empty file", ["file", "/etc/systemd/system/systemd-sysctl.service", ""]],
  ])("because systemd-sysctl is masked by %s is not as declared", async (_, mask) => {
    const { report } = await look([...SERVED, mask]);
    expect(report.findings).toMatchObject([
      {
        rule: "persisted-setting",
        got: "nothing",
        cause: "systemd-sysctl.service is masked, so no boot reads any sysctl.d file.",
        fix: "sudo systemctl unmask systemd-sysctl.service",
      },
    ]);
  });

  it("because the kernel's command line masks it is not as declared", async () => {
    const mask: Step = ["link", "/run/systemd/generator.early/systemd-sysctl.service", "/dev/null"];
    const { report } = await look([...SERVED, mask]);
    expect(report.findings).toMatchObject([
      {
        rule: "persisted-setting",
        got: "nothing",
        cause: "systemd-sysctl.service is masked, so no boot reads any sysctl.d file.",
        fix: "take systemd.mask=systemd-sysctl.service off the command line of the kernel",
      },
    ]);
  });

  it("is another where it is only masked until the next boot", async () => {
    const mask: Step = ["link", "/run/systemd/system/systemd-sysctl.service", "/dev/null"];
    expect((await look([...SERVED, mask])).report.verdict).toBe("as-declared");
  });

  it("is another where the unit has only been changed", async () => {
    const unit: Step = ["file", "/etc/systemd/system/systemd-sysctl.service", "[Service]\n"];
    expect((await look([...SERVED, unit])).report.verdict).toBe("as-declared");
  });
});

describe("a number that is more than declared only to who cannot read it", () => {
  it.each(["0200000", "99999999999", "0x1000000"])("is not taken for more: %s", async (number) => {
    const steps: Step[] = [
      ["file", OURS, `net.core.somaxconn = ${number}\n`],
      somaxconn(100000),
      listen(100000),
    ];
    const declaration = { services: [{ name: "nginx", backlog: 100000 }] };
    const { found } = await look(steps, declaration, { mode: "at-least" });
    expect(found).toEqual([`net.core.somaxconn (next boot): 100000, got ${number}`]);
  });
});

describe("a number beyond an int", () => {
  it("is one where the key has it already", async () => {
    const live = readFileSync("/proc/sys/fs/file-max", "utf8").trim();
    const steps: Step[] = [...SERVED, ["file", "/etc/sysctl.d/50-files.conf", `fs.file-max = ${live}\n`]];
    const declaration: BacklogDeclaration = { ...NGINX, settings: { extra: { "fs.file-max": 1000 } } };
    expect((await look(steps, declaration, { mode: "at-least" })).report.verdict).toBe("as-declared");
  });
});

describe("a host without systemd", () => {
  const other: Step = ["without-systemd"];
  const conf = (value: number): Step => ["file", "/etc/sysctl.conf", `net.core.somaxconn = ${value}\n`];

  it("sets /etc/sysctl.conf last of all", async () => {
    const report = await lookIn("dash", [...GOOD, conf(99), other]);
    expect(report.settings).toMatchObject([
      { persisted: "99", file: "/etc/sysctl.conf", line: 1, losers: [{ file: OURS }] },
    ]);
    expect(report.findings).toMatchObject([
      { cause: "/etc/sysctl.conf line 1 is the last to set it.", fix: "remove line 1 from /etc/sysctl.conf" },
    ]);
    expect(report.notes).toEqual([]);
  });

  it("is as declared by /etc/sysctl.conf alone", async () => {
    expect((await look([somaxconn(4096), listen(4096), conf(4096), other])).report).toMatchObject({
      verdict: "as-declared",
      settings: [{ file: "/etc/sysctl.conf", persisted: "4096" }],
    });
  });

  it("is not known where this user may not read /etc/sysctl.conf", async () => {
    const secret: Step = ["file", "/etc/sysctl.conf", "", 0o600];
    expect((await undecided([...SERVED, secret, other])).reason).toContain("/etc/sysctl.conf may set");
    // systemd does not read it.
    expect((await look([...SERVED, secret], NGINX, {}, NOBODY)).report.verdict).toBe("as-declared");
  });

  it("is not known where BusyBox sets the values and the two places do not agree", async () => {
    for (const value of [99, 65536]) {
      const report = await lookIn("busybox", [...GOOD, conf(value), other]);
      expect(report).toMatchObject({
        verdict: "unknown",
        reason:
          "/etc/sysctl.conf and /etc/sysctl.d do not agree on net.core.somaxconn, and which of them counts differs where BusyBox sets it at boot; remove line 1 from /etc/sysctl.conf",
      });
    }
    expect((await lookIn("busybox", [...GOOD, conf(4096), other])).verdict).toBe("as-declared");
    expect((await lookIn("busybox", [...GOOD, other])).verdict).toBe("as-declared");
    expect((await lookIn("dash", [...GOOD, conf(99), other])).verdict).toBe("not-as-declared");
  });

  it("is for any files what the model of sysctl --system says, which is measured against the real one", async () => {
    const KEYS = ["net.core.somaxconn", "net.ipv4.tcp_syncookies", "net.ipv4.ip_local_port_range"];
    const line = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.constantFrom(
          ...["net.core.somaxconn", "net/core/somaxconn", "net.ipv4.tcp_syncookies", "net.core.*", "net.*.*"],
          ...["net.ipv4.*", "net.core.som?xconn", "net.core.[a-s]omaxconn", "net.core.soma*x*n"],
        ),
        fc.constantFrom("", " = 1", "=2", " = 3 ", "= 6 7", "= 1"),
      )
      .map((parts) => parts.join(""));
    const path = fc
      .tuple(
        fc.constantFrom("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"),
        fc.constantFrom("10-a.conf", "5-b.conf", "99-sysctl.conf", "Z.conf", ".hidden.conf", "x.txt"),
      )
      .map((parts) => parts.join("/"));
    const node = fc.record({
      kind: fc.constant("file" as const),
      path: fc.oneof(
        { weight: 5, arbitrary: path },
        { weight: 1, arbitrary: fc.constant("/etc/sysctl.conf") },
      ),
      text: fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n")),
    });
    const trees = fc
      .uniqueArray(node, { minLength: 1, maxLength: 6, selector: ({ path: unique }) => unique })
      .map((nodes): SysctlTree => nodes);
    const settings = KEYS.flatMap((key) => ["--setting", key, "0"]);
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const shell = USERLANDS[tree.length % 2];
        const answer = await chamber.ask({
          steps: [...stepsFor(tree), other],
          script: probeScript(),
          runs: [
            {
              argv: [...(shell?.argv ?? []), "-s", "--", "--host", "web", ...settings],
              path: shell?.path ?? "",
            },
          ],
        });
        const report = parseDocument(answer.runs[0]?.stdout ?? "");
        const outcomes = mergeProcpsSystem(tree, { knownKeys: KEYS }).keys;
        for (const { key, persisted, file, line: at } of report.settings ?? []) {
          const winner = outcomes[key]?.winner;
          const expected = winner && {
            persisted: winner.value.replace(/[ \t]+/g, " "),
            file: winner.via ?? winner.file,
            at: winner.line,
          };
          expect({ persisted, file, at }).toEqual(expected ?? { persisted: "", file: "", at: null });
          decided += winner ? 1 : 0;
        }
      }),
      { numRuns: 100 },
    );
    expect(decided).toBeGreaterThan(50);
  });
});

describe("a name that is made to look like a socket", () => {
  const PATH = "/run/php/php-fpm.sock";
  const BOTH: BacklogDeclaration = {
    services: [...NGINX.services, { name: "php-fpm", path: PATH, backlog: 4096 }],
  };
  const pretend = (path: string): Step => ["listen", { path, backlog: 5, abstract: true }];

  it("of a Unix socket is no TCP socket and no other Unix socket", async () => {
    const steps = [
      pretend("x\nLISTEN 0 4096 0.0.0.0:80 0.0.0.0:*"),
      pretend("y\ntcp LISTEN 0 4096 0.0.0.0:80 0.0.0.0:*"),
      pretend(`z\nu_str LISTEN 0 4096 ${PATH} 1 * 0`),
    ];
    const { found, report } = await look([...GOOD, ...steps], BOTH);
    expect(found).toEqual([
      "nginx on port 80: 4096, got no listening socket",
      `php-fpm on ${PATH}: 4096, got no listening socket`,
    ]);
    expect(report.services.map(({ sockets }) => sockets)).toEqual([[], []]);
  });

  it.each([
    "a\nb",
    "\n9999\n",
    "\nLISTEN 0 9 *:8",
    'a",pid=1,fd=3)',
    "((a) b)) c",
    "cgroup:/x.servi",
    "\nState\nNetid",
  ])("of a process changes nothing about its socket: %j", async (name) => {
    const child: Step = [
      "child",
      { name, files: 1234, listeners: [{ address: "0.0.0.0", port: 80, backlog: 511 }] },
    ];
    const declaration: BacklogDeclaration = {
      services: [...NGINX.services, { name: "small", port: 8, backlog: 9 }],
    };
    const { found, report } = await look([...GOOD, child], declaration);
    expect(found).toEqual([
      "nginx on 0.0.0.0:80: 4096, got 511",
      "small on port 8: 9, got no listening socket",
    ]);
    const [socket] = report.services[0]?.sockets ?? [];
    expect(socket).toMatchObject({ process: name.replace(/\n/g, "?"), openFiles: 1234 });
    expect(socket?.unit).toBeUndefined();
    expect(report.namespaces?.[0]?.somaxconn).toBe(4096);
    expect(report.findings[0]?.cause).toMatch(/^511 is what this software asks for by itself/);
  });
});

describe("a Unix socket that nobody can reach any more", () => {
  const PATH = "/run/php/php-fpm.sock";
  const PHP: BacklogDeclaration = { services: [{ name: "php-fpm", path: PATH, backlog: 4096 }] };
  const socket = (backlog: number): Step => ["listen", { path: PATH, backlog }];
  const UNREACHED = {
    got: "no listening socket",
    cause: "Nothing can reach it there: a socket of that name listens, and its file was removed or replaced.",
  };

  it.each<[string, Step[]]>([
    ["removed", [["remove", PATH]]],
    [
      "replaced",
      [
        ["remove", PATH],
        ["file", PATH, ""],
      ],
    ],
  ])("because its file was %s does not count", async (_, steps) => {
    for (const uid of [0, NOBODY]) {
      const { report } = await look([...GOOD, socket(4096), ...steps], PHP, {}, uid);
      expect(report.findings).toMatchObject([UNREACHED]);
    }
  });

  it("is not judged beside the one that took its place", async () => {
    const { report } = await look([...GOOD, socket(5), ["remove", PATH], socket(4096)], PHP);
    expect(report.services[0]?.sockets.map(({ sendQ }) => sendQ)).toEqual([4096]);
    expect(report.verdict).toBe("as-declared");
    const other = await look([...GOOD, socket(4096), ["remove", PATH], socket(5)], PHP);
    expect(other.found).toEqual([`php-fpm on ${PATH}: 4096, got 5`]);
  });

  it("is judged by its name where this user may not look, and the report says so", async () => {
    const closed: Step = ["mode", "/run/php", 0o700];
    const { report } = await look([...GOOD, socket(4096), closed], PHP, {}, NOBODY);
    expect(report.verdict).toBe("as-declared");
    expect(report.unseen).toContain(
      `whether ${PATH} still leads to its socket: this user may not search its directory`,
    );
  });

  it("is waited for until its file is there", async () => {
    const late: Step = ["after", 0.5, socket(4096)];
    const { report } = await look([...GOOD, socket(4096), ["remove", PATH], late], PHP, {
      settleSeconds: 30,
    });
    expect(report.verdict).toBe("as-declared");
  });
});

describe("what only forwards to a container", () => {
  const at = (port: number, backlog = 4096) => [{ address: "0.0.0.0", port, backlog }];
  const proxy = (port: number, name = "docker-proxy"): Step => ["child", { name, listeners: at(port) }];
  const inside = (port: number, backlog: number): Step => [
    "child",
    { namespace: true, somaxconn: 4096, name: "nginx", listeners: at(port, backlog) },
  ];

  it("is not the service where the container uses another port", async () => {
    const { reason, report } = await undecided([...GOOD, proxy(80), inside(8080, 5)], 0);
    expect(reason).toBe(
      "docker-proxy only forwards port 80, and no container was found that listens on it: declare the service as it is inside, and look there",
    );
    expect(report.services).toMatchObject([{ holds: null }]);
  });

  it.each(["dockerd", "conmon", "rootlessport", "kube-proxy"])(
    "is also %s, which only keeps the port",
    async (name) => {
      const { found } = await look([...GOOD, proxy(80, name), inside(80, 300)]);
      expect(found).toHaveLength(1);
    },
  );

  it("is not the service either where something else listens on another address", async () => {
    const beside: Step[] = [
      ["child", { name: "docker-proxy", listeners: [{ address: "127.0.0.1", port: 80, backlog: 4096 }] }],
      listen(4096, 80, "127.0.0.2"),
    ];
    const { found } = await look([...GOOD, ...beside, inside(80, 300)]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/nginx on 0\.0\.0\.0:80 in network namespace .*: 4096, got 300$/);
  });

  it("is waited for: the container may still be starting", async () => {
    const late: Step = ["after", 0.5, inside(80, 4096)];
    const { report } = await look([...GOOD, proxy(80), late], NGINX, { settleSeconds: 30 });
    expect(report.services[0]?.sockets).toHaveLength(2);
  });

  it("leaves the verdict open for a user who cannot see who listens", async () => {
    const { reason, report } = await undecided([...GOOD, proxy(80), inside(80, 300)]);
    expect(reason).toBe(
      "who listens on port 80 is hidden from this user, and may be a forwarder of a container engine, which runs here; look as root",
    );
    expect(report.services).toMatchObject([{ holds: null, sockets: [{ sendQ: 4096 }] }]);
    expect(report.unseen).toContain(
      "whether a container engine only forwards port 80: this user is not root",
    );
  });

  it("cannot be what another user than root listens with, unless containers of users run", async () => {
    const redis: Step = ["child", { name: "redis-server", uid: 999, listeners: at(6379, 511) }];
    const idle = (name: string): Step => ["child", { name, listeners: [] }];
    const declaration: BacklogDeclaration = {
      services: [{ name: "redis", backlog: 511 }],
      settings: { somaxconn: 4096 },
    };
    for (const name of ["docker-proxy", "containerd-shim", "dockerd"]) {
      const { report } = await look([...GOOD, redis, idle(name)], declaration, {}, NOBODY);
      expect(report.verdict, name).toBe("as-declared");
    }
    expect(
      (await undecided([...GOOD, redis, idle("rootlessport")], NOBODY, declaration)).report.services,
    ).toMatchObject([{ holds: null }]);
    // An engine without containers is nothing to fear; a socket of root may be that of a container that root runs.
    expect((await look([...SERVED, idle("dockerd")], NGINX, {}, NOBODY)).report.verdict).toBe("as-declared");
    expect((await undecided([...SERVED, idle("containerd-shim")])).reason).toContain("may be a forwarder");
  });

  it("leaves it open for root in a container on the network of its host, where the host's processes are not in sight", async () => {
    const held: Step = ["listen", { address: "0.0.0.0", port: 80, backlog: 4096, hidden: true }];
    const container: Step = ["file", "/run/systemd/container", "docker\n"];
    const engine: Step = ["file", "/run/docker.sock", ""];
    const { reason, report } = await undecided([...GOOD, held, container, engine], 0);
    expect(reason).toBe(
      "who listens on port 80 is hidden from this container, and may be a forwarder of a container engine, which runs here; look from outside of it",
    );
    expect(report.unseen).toContain(
      "whether a container engine only forwards port 80: this container does not show the processes of its host",
    );
    // On the host itself the kernel listens, as for NFS; and without an engine nobody forwards.
    expect((await look([...GOOD, held, engine])).report.verdict).toBe("as-declared");
    expect((await look([...GOOD, held, container])).report.verdict).toBe("as-declared");
  });

  it("leaves it open also where the processes of others are hidden and there are containers", async () => {
    const hidden: Step[] = [...SERVED, ["hide-processes"]];
    const engine: Step = ["file", "/run/docker.sock", ""];
    expect((await look(hidden, NGINX, {}, NOBODY)).report.verdict).toBe("as-declared");
    expect((await undecided([...hidden, engine])).reason).toContain("may be a forwarder");
    // Where processes are shown, one sees that none forwards; and root sees who listens.
    expect((await look([...SERVED, engine], NGINX, {}, NOBODY)).report.verdict).toBe("as-declared");
    expect((await look([...hidden, engine])).report.verdict).toBe("as-declared");
  });
});

describe("a key that only root may read", () => {
  const KEY = "00000001-00000002-00000003-00000004";
  it("leaves the verdict open for others", async () => {
    const declaration: BacklogDeclaration = {
      ...NGINX,
      settings: { extra: { "net.ipv4.tcp_fastopen_key": KEY } },
    };
    const file: Step = ["file", "/etc/sysctl.d/50-key.conf", `net.ipv4.tcp_fastopen_key = ${KEY}\n`];
    const { reason, report } = await undecided([...SERVED, file], NOBODY, declaration);
    expect(reason).toBe("this user may not read net.ipv4.tcp_fastopen_key; look as root");
    expect(report.settings?.map(({ key, holds }) => [key, holds])).toEqual([
      ["net.core.somaxconn", true],
      ["net.ipv4.tcp_fastopen_key", null],
    ]);
    expect(report.unseen).toContain("net.ipv4.tcp_fastopen_key: this user may not read it");
  });
});

describe("all network namespaces", () => {
  it("cannot be judged by who sees only this one", async () => {
    const args = { namespaces: "all" } as const;
    const user = await lookForDocument(chamber, SERVED, NGINX, args, NOBODY);
    expect(user.report).toMatchObject({
      verdict: "unknown",
      reason:
        "all network namespaces were asked for, and this user cannot see those of containers; look as root",
    });
    const blind = await lookForDocument(chamber, [...SERVED, ["hide", "stat"]], NGINX, args);
    expect(blind.report).toMatchObject({
      verdict: "unknown",
      reason: "all network namespaces were asked for, and nothing tells them apart; install stat",
    });
    expect((await look(SERVED, NGINX, args)).report.verdict).toBe("as-declared");
  });
});

describe("a kernel that does not answer ss", () => {
  const mute: Step = ["without-diag"];
  const REASON =
    "the kernel does not answer ss here, and nothing else shows the effective backlog; load the kernel modules tcp_diag, or look from outside of this sandbox";

  it("shows 0 for every socket, which is no effective backlog", async () => {
    const { reason, report } = await undecided([...SERVED, mute], 0);
    expect(reason).toBe(REASON);
    expect(report.services).toMatchObject([{ holds: null, sockets: [{ recvQ: 0, sendQ: null }] }]);
  });

  it("is another than one that has a socket with room for a single connection", async () => {
    const { found } = await look([...GOOD, listen(0)]);
    expect(found).toEqual(["nginx on 0.0.0.0:80: 4096, got 0"]);
  });
});

describe("a PATH that leads nowhere", () => {
  it.each(["", "/nowhere"])("is made up for: %j", async (path) => {
    const args = ["--host", "web", "--setting", "net.core.somaxconn", "4096"];
    const answer = await chamber.ask({
      steps: [...SERVED, ["link", "/etc/alternatives/awk", "/usr/bin/mawk"]],
      script: probeScript(),
      runs: [{ argv: ["/bin/dash", "-s", "--", ...args], path }],
    });
    expect(answer.runs[0]).toMatchObject({ status: 0, stderr: "" });
  });
});
