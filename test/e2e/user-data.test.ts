import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeUserData, type TuningPart } from "../../cloudinit";
import { generateHostKey } from "../../components/host-key";
import { ensureHostsReady, Hosts, ssh, waitForSsh, type HostInfo, type SshTarget } from "../../lab/hosts";
import { openLab, type Lab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";
import { CASES, FILE, INCLUDED, SOMAXCONN, type Case, type Check } from "./support/user-data/corpus";

// Real cloud-init is the judge of composed user data: each case is a host of its own, booted twice.

let folder: string;
let lab: Lab;
let hosts: Hosts;
let identityFile: string;
let server: http.Server;
const hostKey = generateHostKey();

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-user-data-"));
  lab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab") });
  hosts = new Hosts(lab);
  identityFile = path.join(folder, "user");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "user", "-f", identityFile]);
  server = http.createServer((_, response) => response.end(INCLUDED));
  await ensureHostsReady(lab, createProgress());
});

afterAll(async () => {
  server.close();
  await hosts.destroyAll();
  fs.rmSync(folder, { recursive: true });
});

/** Hosts that run at the same time: more only wait for each other. */
const SIDE_BY_SIDE = 4;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn(work: () => Promise<void>): Promise<void> {
  if (running >= SIDE_BY_SIDE) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
  try {
    await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** Ends the output of one command. */
const END = "=== end ===";

const partOf = (of: Case): TuningPart => ({
  settings: [{ key: "net.core.somaxconn", value: String(SOMAXCONN) }],
  relisten: [],
  hostKey,
  ...of.part,
});

/** The first connection is checked against the key that user data gave the host. */
const target = (host: HostInfo): SshTarget => ({
  address: host.address,
  identityFile,
  hostKey: hostKey.publicKey,
});

/** cloud-init's own judgement of everything that ran, the user's and ours. */
function judgement({ fails }: Case): Check[] {
  // `--wait` does not wait any longer once a module has failed.
  const status =
    "until [ -e /run/cloud-init/result.json ]; do sleep 0.2; done; cloud-init status --wait | tr -d .";
  if (fails !== undefined) {
    return [
      // A module that failed is not run again.
      { command: status, first: "status: error", rebooted: "status: done" },
      { command: `grep -c "'${fails}', " /run/cloud-init/result.json`, first: "1", rebooted: "0" },
    ];
  }
  return [
    { command: status, first: "status: done" },
    { command: "grep -c '\"errors\": \\[\\]' /run/cloud-init/result.json", first: "1" },
    { command: "sudo grep -E 'WARNING|Traceback' /var/log/cloud-init.log || true", first: "" },
  ];
}

/** Every check on every boot, so that one failure does not hide the next. */
async function holds(host: HostInfo, of: Case, boot: "first" | "rebooted"): Promise<void> {
  await waitForSsh(target(host), 90_000);
  const file = of.part?.fileName === undefined ? FILE : `/etc/sysctl.d/${of.part.fileName}`;
  const checks: Check[] = [
    ...judgement(of),
    { command: "cat /proc/sys/net/core/somaxconn", first: String(SOMAXCONN) },
    { command: `grep somaxconn ${file}`, first: `net.core.somaxconn = ${SOMAXCONN}` },
    // Ours ran once, whatever boot it is.
    {
      command: "sudo sed -n 's/^listen-backlog: //p' /var/log/cloud-init-output.log | LC_ALL=C sort",
      first: [`net.core.somaxconn = ${SOMAXCONN}`, ...(of.log ?? [])].sort().join("\n"),
    },
    // What is left of merging is a valid cloud-config.
    {
      command:
        "sudo cloud-init schema --config-file /var/lib/cloud/instance/cloud-config.txt | head -1 | cut -c1-5",
      first: "Valid",
    },
    ...of.checks,
  ];
  // One login for all of them: logging in costs more than they do.
  const { stdout } = await ssh({
    ...target(host),
    command: checks.map(({ command }) => `(${command}) 2>&1; printf '\\n%s' '${END}'`).join("\n"),
  });
  const shown = stdout
    .split(END)
    .slice(0, -1)
    .map((text, index) => [checks[index]?.command, text.trim()]);
  expect(shown, `${of.name}, ${boot} boot`).toEqual(
    checks.map((check) => [check.command, boot === "first" ? check.first : (check.rebooted ?? check.first)]),
  );
}

async function proves(of: Case, index: number): Promise<void> {
  const instanceId = `i-0${String(index).padStart(16, "e")}`;
  const own = of.userData?.includes("@INCLUDED@")
    ? of.userData.replace("@INCLUDED@", await include())
    : of.userData;
  const composed = composeUserData(own, partOf(of), of.options);
  const encoded = (of.options?.encoding ?? "plain") !== "plain";
  const host = await hosts.create({
    instanceId,
    hostname: `u-${index}`,
    userData: Buffer.from(composed, encoded ? "base64" : "utf8"),
    publicKeys: [fs.readFileSync(`${identityFile}.pub`, "utf8").trim()],
  });
  await holds(host, of, "first");
  await hosts.reboot(instanceId);
  await holds(host, of, "rebooted");
  await hosts.destroy(instanceId);
}

/** Where the included user data is served: on the address that this machine has in the lab's network. */
async function include(): Promise<string> {
  const { address } = (await hosts.list())[0] ?? { address: "" };
  await new Promise<void>((resolve) => server.listen(0, address.replace(/\d+$/, "1"), resolve));
  const { port } = server.address() as AddressInfo;
  return `${address.replace(/\d+$/, "1")}:${port}`;
}

describe("composed user data does on a host what the user asked for and what we declare, on every boot", () => {
  test.concurrent.each(CASES.map((of, index) => [of.name, of, index] as const))(
    "%s",
    async (_, of, index) => {
      await inTurn(() => proves(of, index));
    },
  );
});
