import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { applyScript, restoreScript } from "../../apply";
import { relistenScript } from "../../cloudinit";
import { probeScript } from "../../probe";
import { AROUND_SOCKET } from "../../cloudinit/relisten-script";

const SCRIPTS = { apply: applyScript, restore: restoreScript };

function run(argv: readonly string[], input: string) {
  const [tool = "", ...args] = argv;
  const ran = spawnSync(tool, args, { input, encoding: "utf8", env: { PATH: process.env.PATH } });
  expect(ran.error, `${tool} is needed by this test`).toBeUndefined();
  return { status: ran.status, output: ran.stdout + ran.stderr };
}

describe.each(Object.entries(SCRIPTS))("the script that does it: %s", (_, script) => {
  it.each([
    [["shellcheck", "--shell=sh", "--severity=style", "-"]],
    [["dash", "-n"]],
    [["bash", "--posix", "-n"]],
    [["busybox", "sh", "-n"]],
    [["mksh", "-n"]],
  ])("passes %j", (argv) => {
    expect(run(argv, script())).toEqual({ status: 0, output: "" });
  });

  it("is plain ASCII with line ends of Unix, so that it arrives as it left", () => {
    expect(script()).toMatch(/^#!\/bin\/sh\n[\x20-\x7e\t\n]+\n$/);
  });

  it("does nothing where it is cut short on the way: its last line is what starts it", () => {
    const lines = script().trimEnd().split("\n");
    expect(lines.at(-1)).toBe('main "$@"');
    expect(run(["sh", "-s", "--", "--host", "web"], lines.slice(0, -1).join("\n"))).toEqual({
      status: 0,
      output: "",
    });
  });
});

describe("the script that tunes", () => {
  it.each(["set -u\n", "main() {\n"])("does nothing where its beginning was read by another: %j", (from) => {
    const tail = applyScript().slice(applyScript().indexOf(`\n${from}`));
    const args = ["--host", "web", "--dry-run", "--setting", "net.core.somaxconn", "8192"];
    expect(run(["sh", "-s", "--", ...args], tail)).toEqual({
      status: 2,
      output:
        "could not apply: the beginning of the script did not arrive; what this shell runs at each login reads standard input\n",
    });
  });
});

describe("what user data and the apply script share", () => {
  it("is in both, word for word", () => {
    expect(applyScript()).toContain(`\n${AROUND_SOCKET}\n`);
    expect(relistenScript([{ unit: "a.socket", how: "restart" }])).toContain(AROUND_SOCKET);
    expect(applyScript()).not.toContain("@AROUND_SOCKET@");
  });
});

describe("what the probe and the apply script share", () => {
  it.each([
    [
      "what a number and a word is",
      "numbers and words",
      "what is given",
      /^\w+(?=\(\))/gm,
      ["is_number", "is_word"],
    ],
    [
      "which lines of sysctl.d decide a key",
      "keys and patterns",
      "sysctl\\.d",
      /(?<=^function )\w+/gm,
      ["path_of", "matches", "set_end", "in_set"],
    ],
  ])("is in both, word for word: %s", (_, from, to, definition, names) => {
    const section = new RegExp(`\\n# ---- ${from}\\n(.*)\\n\\n# ---- ${to}\\n`, "s");
    const { 1: shared = "" } = section.exec(probeScript()) ?? [];
    expect(shared.match(definition)).toEqual(names);
    expect(applyScript()).toContain(`\n${shared}\n`);
  });

  it("stands in the place of every line that is kept for it", () => {
    expect(applyScript()).not.toMatch(/@[A-Z_]{3,}@/);
  });
});

describe("the script that restores", () => {
  it.each([
    [[]],
    [["--host", "10.0.0.5"]],
    [["--host", "-oProxyCommand=id", "--user", "a", "--command", "true"]],
    [["--host", "h", "--user", "$(id)", "--command", "true"]],
    [["--host", "h", "--user", "a%h", "--command", "true"]],
    [["--host", "h", "--user", "a", "--port", "22;id", "--command", "true"]],
    [["--host", "h", "--user", "a", "--port", "222222", "--command", "true"]],
    [["--host", "h", "--user", "a", "--host-key", "a\nb c", "--command", "true"]],
    [["--host", "h", "--user", "a", "--bastion", "b", "--command", "true"]],
    [["--host", "h", "--user", "a", "--command", "true", "--more"]],
  ])("refuses %j, without dialling", (args) => {
    const { status, output } = run(["sh", "-c", restoreScript(), "listen-backlog", ...args], "");
    expect(status).toBe(1);
    expect(output).toMatch(
      /^listen-backlog: the values on \S+( \S+)? could not be put back: bad arguments\n$/,
    );
  });

  it("says which command is missing, before anything is changed", () => {
    const ran = spawnSync("/bin/sh", ["-c", restoreScript(), "listen-backlog", "check"], {
      encoding: "utf8",
      env: { PATH: "/nonexistent" },
    });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain("ssh is not installed on this machine; install the OpenSSH client");
  });
});
