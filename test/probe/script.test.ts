import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseReport, probeScript } from "../../probe";

const PACKAGES: Readonly<Record<string, string>> = { busybox: "busybox-static" };

function run(argv: readonly [string, ...string[]], input: string) {
  const [tool, ...args] = argv;
  const ran = spawnSync(tool, args, { input, encoding: "utf8" });
  expect(
    ran.error,
    `${tool} is needed by this test: apt-get install ${PACKAGES[tool] ?? tool}`,
  ).toBeUndefined();
  return { status: ran.status, output: ran.stdout + ran.stderr };
}

describe("the script of the probe", () => {
  it.each<[string, ...string[]]>([
    ["shellcheck", "--shell=sh", "--severity=style", "-"],
    ["dash", "-n"],
    ["bash", "--posix", "-n"],
    ["busybox", "sh", "-n"],
  ])("passes %s", (...argv) => {
    expect(run(argv, probeScript())).toEqual({ status: 0, output: "" });
  });

  it("is plain ASCII with line ends of Unix, so that it arrives as it left", () => {
    expect(probeScript()).toMatch(/^#!\/bin\/sh\n[\x20-\x7e\t\n]+\n$/);
  });

  it("does nothing where it is cut short on the way: its last line is what starts it", () => {
    const lines = probeScript().trimEnd().split("\n");
    expect(lines.at(-1)).toBe('main "$@"');
    const whole = lines.slice(0, -1).join("\n");
    expect(run(["sh", "-s", "--", "--host", "web"], whole)).toEqual({ status: 0, output: "" });
  });

  it.each(["set -u\n", "main() {\n"])(
    "looks at nothing where its beginning was read by another: %j",
    (from) => {
      const tail = probeScript().slice(probeScript().indexOf(`\n${from}`));
      const ran = spawnSync("sh", ["-s", "--", "--host", "web"], { input: tail, encoding: "utf8" });
      expect(ran.status).toBe(2);
      expect(() => parseReport(ran.stdout)).toThrow(
        "the beginning of the probe did not arrive; what this shell runs at each login reads standard input",
      );
    },
  );

  it("has no word that writes: no redirection to a file, no temporary file, no setting of a value", () => {
    const script = probeScript().replace(/^\s*#.*$/gm, "");
    const shell = script.slice(0, script.indexOf("PROGRAM='"));
    // To stderr, to nowhere, and of one stream to another.
    expect(shell.replace(/2?>\s?(?:\/dev\/null|&[12])/g, "")).not.toMatch(/>/);
    expect(script).not.toMatch(/\b(?:mktemp|tee|rm|mv|cp|touch)\b/);
    // Of the commands that it starts, sysctl is the one that could set something: it gets keys and no values.
    expect(script.match(/\bsysctl \$keys 2>/g)).toHaveLength(1);
    expect(script).not.toMatch(/exec sysctl/);
    // In the program for awk, what follows a redirection is a file to read or a command to print to.
    const awk = script.slice(script.indexOf("PROGRAM='"));
    expect(awk.match(/(?:print|printf)[^\n]*[^\\"]>\s*[a-z"]/g)).toBeNull();
  });
});
