import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { restoreScript } from "../../apply";

// The script on the machine that runs Pulumi, under every shell that may be its sh, with an ssh that only writes down how it is called. A
// ProxyCommand is run as ssh runs it.

const SHELLS = [[["dash"]], [["bash", "--posix"]], [["busybox", "sh"]], [["mksh"]]] as const;
const SSH = `#!/bin/sh
{ printf 'ssh'; printf ' <%s>' "$@"; printf ' agent <%s>\\n' "\${SSH_AUTH_SOCK-}"; } >>"$LOG"
for word in "$@"; do
  case $word in ProxyCommand=*) sh -c "exec \${word#ProxyCommand=}" ;; esac
done
eval "\${FAKE_SSH-}"
echo 'ssh: connect to host: Connection refused' >&2
exit 255
`;
const KEY_TYPE = "ssh-ed25519 AAAA";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "listen-backlog-restoring-"));
  writeFileSync(join(folder, "ssh"), SSH);
  chmodSync(join(folder, "ssh"), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => writeFileSync(join(folder, "log"), ""));

function restore(
  shell: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const [tool = "", ...rest] = shell;
  const keys = ["KEY", "PASSPHRASE", "BASTION_KEY", "BASTION_PASSPHRASE"];
  const ran = spawnSync(tool, [...rest, "-c", restoreScript(), "listen-backlog", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    env: {
      PATH: `${folder}:${process.env.PATH ?? ""}`,
      LOG: join(folder, "log"),
      LISTEN_BACKLOG_RESTORE: restoreScript(),
      ...Object.fromEntries(keys.map((key) => [`LISTEN_BACKLOG_${key}`, ""])),
      ...env,
    },
  });
  expect(ran.error).toBeUndefined();
  return { ...ran, called: readFileSync(join(folder, "log"), "utf8") };
}

const TO = ["--host", "10.0.0.5", "--user", "admin"];
const THROUGH = ["--bastion", "10.0.0.1", "--bastion-user", "hop", "--bastion-host-key", KEY_TYPE];

describe.each(SHELLS)("the script that restores, under %j", (shell) => {
  it("calls ssh with what it was given, and passes over a host that does not answer", () => {
    const { status, stdout, stderr, called } = restore(shell, [
      ...TO,
      "--host-key",
      KEY_TYPE,
      "--command",
      "true $x",
    ]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      "listen-backlog: nothing was restored on 10.0.0.5: it cannot be reached (ssh: connect to host: Connection refused)\n",
    );
    expect(called).toContain(" <-l> <admin> <-p> <22> <--> <10.0.0.5> <echo answered; true $x> agent <>\n");
    expect(called).toContain(" <StrictHostKeyChecking=yes>");
  });

  it("takes an address with a zone, of the host and of its bastion", () => {
    const zones = ["--host", "fe80::1%eth0", "--bastion", "fe80::2%en-p1"];
    const { called } = restore(shell, [...TO, ...THROUGH, ...zones, "--command", "true"]);
    expect(called).toContain(" <--> <fe80::1%eth0> <echo answered; true>");
    // As ssh expands it, and with the shell that it starts.
    expect(called).toContain(" -- fe80::2%%en-p1>");
  });

  it("gives both connections the agent that is asked for, or that of the user", () => {
    const { called } = restore(shell, [...TO, ...THROUGH, "--agent", "/run/a b'c", "--command", "true"]);
    expect(called.match(/agent <.*>/g)).toEqual(["agent </run/a b'c>", "agent </run/a b'c>"]);
    writeFileSync(join(folder, "log"), "");
    const own = restore(shell, [...TO, "--command", "true"], { SSH_AUTH_SOCK: "/run/mine" });
    expect(own.called).toContain("agent </run/mine>");
  });

  it("stops at what no answer would be, and leaves nothing behind", () => {
    const before = readdirSync("/tmp").filter((name) => /^listen-backlog\.\w{6}$/.test(name));
    const { status, stderr } = restore(shell, [...TO, "--command", "true"], {
      FAKE_SSH: "exec yes flood",
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /listen-backlog: the values on 10\.0\.0\.5 could not be put back: it sent more than any answer has; .*\n$/,
    );
    expect(stderr.length).toBeLessThan(600);
    expect(readdirSync("/tmp").filter((name) => /^listen-backlog\.\w{6}$/.test(name))).toEqual(before);
  });

  it("runs nothing of what it is given, whatever it is", () => {
    const mark = join(folder, "evil");
    const nasty = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 60 }),
      fc.constantFrom(
        `$(touch ${mark})`,
        `\`touch ${mark}\``,
        `'; touch ${mark}; '`,
        `";touch ${mark};"`,
        `x\ntouch ${mark}\n`,
        `-oProxyCommand=touch ${mark}`,
        `|touch ${mark}`,
        "%h%n%%",
        "-",
        "--",
      ),
    );
    const option = fc.constantFrom(
      "host",
      "user",
      "port",
      "host-key",
      "agent",
      "bastion",
      "bastion-user",
      "command",
    );
    const given = fc.array(fc.tuple(option, nasty), { minLength: 1, maxLength: 3 });
    for (const pairs of fc.sample(given, 25)) {
      const args = pairs.flatMap(([name, value]) => [`--${name}`, value.replaceAll("\0", "")]);
      const { status } = restore(shell, [...TO, ...THROUGH, "--command", "true", ...args]);
      expect([0, 1]).toContain(status);
      expect(existsSync(mark), JSON.stringify(args)).toBe(false);
    }
    // One word of a command line holds 128 KiB at most, so 1 MB is several.
    const long = Array.from({ length: 8 }, () => ["--host", `$(touch ${mark})`.padEnd(120_000, "x")]).flat();
    const { status, stderr } = restore(shell, long);
    expect([status, stderr.length < 200, existsSync(mark)]).toEqual([1, true, false]);
  });
});
