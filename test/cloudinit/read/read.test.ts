import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { composeUserData, readUserData } from "../../../cloudinit";
import { READ_LIMIT } from "../../../cloudinit/limits";
import { short } from "./support/short";

const config = (document: object): string => `#cloud-config\n${JSON.stringify(document)}`;
const file = (path: string, content: string, more: object = {}): string =>
  config({ write_files: [{ path, content, ...more }] });
const sh = (...lines: string[]): string => `#!/bin/sh\n${lines.join("\n")}\n`;
const bash = (...lines: string[]): string => `#!/bin/bash\n${lines.join("\n")}\n`;
const SYSCTL = "/etc/sysctl.d/10-a.conf";

const liveValue = (text: string, key = "net.core.somaxconn"): string | undefined =>
  readUserData(text).live.find((reading) => reading.key === key)?.value;
const persistedValue = (text: string, key = "net.core.somaxconn"): string | undefined =>
  readUserData(text).persisted.find((reading) => reading.key === key)?.value;

describe("a persisted somaxconn", () => {
  it.each<[string, string, string | undefined]>([
    ["a sysctl.d file", file(SYSCTL, "net.core.somaxconn = 1024\n"), "1024"],
    ["a key with slashes", file(SYSCTL, "net/core/somaxconn=1024"), "1024"],
    ["a key whose errors do not count", file(SYSCTL, "-net.core.somaxconn=1024"), "1024"],
    ["the line ends of Windows", file(SYSCTL, "net.core.somaxconn = 1024\r\nvm.swappiness=1\r\n"), "1024"],
    ["/etc/sysctl.conf", file("/etc/sysctl.conf", "net.core.somaxconn = 1"), "1"],
    ["/usr/lib", file("/usr/lib/sysctl.d/b.conf", "net.core.somaxconn=2"), "2"],
    ["/run, which is empty after a boot", file("/run/sysctl.d/b.conf", "net.core.somaxconn=2"), undefined],
    ["two lines", file(SYSCTL, "net.core.somaxconn=1\nnet.core.somaxconn=2"), "2"],
    ["a glob", file(SYSCTL, "net.core.soma* = 9"), "9"],
    ["comments", file(SYSCTL, "# net.core.somaxconn = 1\n; net.core.somaxconn = 2\n"), undefined],
    ["another key", file(SYSCTL, "net.core.somaxconn_x = 1\nx.net.core.somaxconn = 2"), undefined],
    ["a value that is no number", file(SYSCTL, "net.core.somaxconn = 10k\nnet.core.somaxconn ="), undefined],
    [
      "base64",
      file(SYSCTL, Buffer.from("net.core.somaxconn=77").toString("base64"), { encoding: "BASE64" }),
      "77",
    ],
    [
      "gzip in base64",
      file(SYSCTL, gzipSync("net.core.somaxconn=77").toString("base64"), { encoding: "gzip+b64" }),
      "77",
    ],
    ["wrong base64, which ends the module", file(SYSCTL, "abcde", { encoding: "b64" }), undefined],
    ["a file of any other kind", file("/etc/motd", "net.core.somaxconn = 5"), undefined],
    [
      "an earlier file that masks another of its name",
      config({
        write_files: [
          { path: "/usr/lib/sysctl.d/50.conf", content: "net.core.somaxconn=1" },
          { path: "/etc/sysctl.d/50.conf", content: "vm.swappiness=1" },
        ],
      }),
      undefined,
    ],
    [
      "a file that is removed again",
      sh(`echo net.core.somaxconn=1 > ${SYSCTL}`, `rm -f ${SYSCTL}`),
      undefined,
    ],
    [
      "a file that is moved into place",
      sh("echo net.core.somaxconn=1 > /tmp/x.conf", `mv /tmp/x.conf ${SYSCTL}`),
      "1",
    ],
  ])("%s", (_, text, value) => {
    expect(persistedValue(text)).toBe(value);
  });
});

describe("a live somaxconn", () => {
  it.each<[string, string, string | undefined]>([
    ["a runcmd that is text", config({ runcmd: ["sysctl -w net.core.somaxconn=2048"] }), "2048"],
    ["a runcmd that is a list", config({ runcmd: [["sysctl", "-w", "net.core.somaxconn=2048"]] }), "2048"],
    ["a runcmd with quotes", config({ runcmd: [`sysctl -w "net.core.somaxconn=2048"`] }), "2048"],
    ["a bootcmd", config({ bootcmd: [["sysctl", "-w", "net/core/somaxconn=5"]] }), "5"],
    ["commands that share variables", config({ runcmd: ["N=7", "sysctl -w net.core.somaxconn=$N"] }), "7"],
    ["a script", sh("# net.core.somaxconn=1", "sysctl -w net.core.somaxconn=9000 # really"), "9000"],
    ["sysctl without -w", sh("sysctl net.core.somaxconn=9"), "9"],
    ["options in one word", sh("/sbin/sysctl -qew net.core.somaxconn=9"), "9"],
    ["continued lines", sh("sysctl \\", "  -w \\", "  net.core.somaxconn=9"), "9"],
    ["-p before --system", sh(`echo net.core.somaxconn=9 > ${SYSCTL}`, "sysctl -p --system"), "9"],
    [
      "a file behind -p without a space",
      sh(`echo net.core.somaxconn=9 > ${SYSCTL}`, `sysctl -p${SYSCTL}`),
      "9",
    ],
    ["only /etc/sysctl.conf with -p", sh(`echo net.core.somaxconn=9 > ${SYSCTL}`, "sysctl -p"), undefined],
    ["a write to /proc/sys", sh("echo 9 | sudo tee /proc/sys/net/core/somaxconn"), "9"],
    ["a chain that surely works", sh(`echo net.core.somaxconn=9 > ${SYSCTL} && sysctl --system`), "9"],
    ["behind ||, which does not run", sh("true || sysctl -w net.core.somaxconn=9"), undefined],
    ["behind || true", sh("sysctl -w net.core.somaxconn=9 || true"), "9"],
    ["behind &&, which may not run", sh("which nginx && sysctl -w net.core.somaxconn=9"), undefined],
    ["after an exit", sh("exit 0", "sysctl -w net.core.somaxconn=9"), undefined],
    ["after false with set -e", sh("set -e", "false", "sysctl -w net.core.somaxconn=9"), undefined],
    ["in a subshell", sh("(cd /tmp; sysctl -w net.core.somaxconn=9)"), "9"],
    ["in a function that is called", sh("f() { sysctl -w net.core.somaxconn=$1; }", "f 9"), "9"],
    ["in a function that nobody calls", sh("f() { sysctl -w net.core.somaxconn=9; }"), undefined],
    [
      "in a here-document of another command",
      sh("cat <<E", "sysctl -w net.core.somaxconn=9", "E"),
      undefined,
    ],
    [
      "with tabs before the delimiter",
      sh(`cat >${SYSCTL} <<-E`, "\tnet.core.somaxconn=9", "\tE", `sysctl -p ${SYSCTL}`),
      "9",
    ],
    ["in single quotes", sh("echo 'x; sysctl -w net.core.somaxconn=9'"), undefined],
    ["in case", sh("case $(uname) in Linux) sysctl -w net.core.somaxconn=9;; esac"), undefined],
    ["in while", sh("while read x; do sysctl -w net.core.somaxconn=9; done < /etc/x"), undefined],
    ["in the background", sh("sysctl -w net.core.somaxconn=9 &"), undefined],
    ["by eval", sh("eval sysctl -w net.core.somaxconn=9"), undefined],
    ["behind a syntax error", sh("if", "fi", "sysctl -w net.core.somaxconn=9"), undefined],
    ["before a syntax error", sh("sysctl -w net.core.somaxconn=9", "if", "fi"), "9"],
    [
      "an array of bash beside it",
      bash("a=(1 2 3)", "[[ -f /x && 1 < 2 ]]", "sysctl -w net.core.somaxconn=9"),
      "9",
    ],
    [
      "a changed value in doubt",
      sh("sysctl -w net.core.somaxconn=1", "if x; then sysctl -w net.core.somaxconn=2; fi"),
      undefined,
    ],
    [
      "the same value in doubt",
      sh("sysctl -w net.core.somaxconn=1", "if x; then sysctl -w net.core.somaxconn=1; fi"),
      "1",
    ],
    ["an empty value of a variable", sh("sysctl -w net.core.somaxconn=$N"), undefined],
    [
      "a key of the document twice: the last holds",
      "#cloud-config\nruncmd: [sysctl -w net.core.somaxconn=1]\nruncmd: [sysctl -w net.core.somaxconn=2]\n",
      "2",
    ],
    ["an alias of YAML", "#cloud-config\nx: &a sysctl -w net.core.somaxconn=6\nruncmd: [*a]\n", "6"],
  ])("%s", (_, text, value) => {
    expect(liveValue(text)).toBe(value);
  });

  it("comes in the order in which cloud-init works, not in that of the text", () => {
    const text = config({
      runcmd: ["sysctl -w net.core.somaxconn=3"],
      write_files: [{ path: "/proc/sys/net/core/somaxconn", content: "2" }],
      bootcmd: ["sysctl -w net.core.somaxconn=1"],
    });
    expect(readUserData(text).live[0]).toMatchObject({ value: "3", stage: "runcmd" });
    expect(readUserData(text).conflicts.map(({ why, value }) => `${why} ${String(value)}`)).toEqual([
      "overwritten-live 1",
      "overwritten-live 2",
      "changes-at-next-boot 3",
    ]);
  });
});

describe("what we compose ourselves", () => {
  it("is read as live and persisted, and applied on the first boot", () => {
    const settings = [{ key: "net.core.somaxconn", value: "8192" }];
    for (const userData of [undefined, sh("true"), config({ runcmd: ["true"] })]) {
      const reading = readUserData(composeUserData(userData, { settings, relisten: [] }));
      expect(reading.persisted.map(({ key, value }) => `${key} = ${value}`)).toEqual([
        "net.core.somaxconn = 8192",
      ]);
      // The early command already; without it, the script does it by our file.
      expect(reading.persisted[0]?.appliedBy).toBe("sysctl -w");
      const late = readUserData(composeUserData(userData, { settings, relisten: [], early: false }));
      expect(late.persisted[0]?.appliedBy).toBe("sysctl -p");
      expect([reading.unknown, late.unknown]).toEqual([[], []]);
      expect(reading.live[0]).toMatchObject({ key: "net.core.somaxconn", value: "8192", runtimeOnly: false });
      expect(reading.conflicts).toEqual([]);
    }
  });
});

describe("what cannot be read is said, and never guessed", () => {
  it.each<[string, string, string]>([
    ["nothing", "", "no-known-form, 1:1"],
    ["plain text", "sysctl -w net.core.somaxconn=1", "no-known-form, 1:1"],
    [
      "base64 twice",
      Buffer.from(Buffer.from(sh("true")).toString("base64")).toString("base64"),
      "base64-twice, 1:1",
    ],
    ["broken gzip", gzipSync(sh("true")).subarray(0, 20).toString("base64"), "damaged-gzip, 1:1"],
    ["an include", "#include\nhttps://example.com/\n", "include, 1:1"],
    ["a template", "## template: jinja\n#cloud-config\n", "template, 1:1"],
    ["broken YAML", "#cloud-config\nruncmd: [sysctl -w net.core.somaxconn=1\n", "invalid-yaml, 1:1"],
    ["several documents", "#cloud-config\na: 1\n---\nb: 2\n", "invalid-yaml, 1:1"],
    ["brackets without end", `#cloud-config\na: ${"[".repeat(20_000)}`, "invalid-yaml, 1:1"],
    ["more than any cloud takes", sh("x".repeat(READ_LIMIT)), "too-long, 1:1"],
    ["no boundary", "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n#!/bin/sh\n", "no-boundary, 1:1"],
    [
      "no parts",
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n#!/bin/sh\n",
      "no-parts, 1:1",
    ],
    ["a quote without end", sh("echo 'x", "sysctl -w net.core.somaxconn=1"), "shell-syntax, 1:2"],
  ])("%s", (_, text, unknown) => {
    expect(short(readUserData(text))).toMatchObject({
      live: [],
      persisted: [],
      backlogs: [],
      unknown: [unknown],
    });
  });

  it("does not let a few aliases of YAML become a billion values", () => {
    const names = Array.from("abcdefghij");
    const levels = names.slice(1).map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${names[i] ?? ""}`)
          .join(", ")}]`,
    );
    const bomb = ["#cloud-config", "a: &a [x, x, x]", ...levels, "runcmd: *j"].join("\n");
    expect(short(readUserData(bomb)).unknown).toEqual(["too-much-to-follow, 1:1"]);
  });

  it("does not let functions that call each other become endless", () => {
    const calls = sh(
      ...Array.from({ length: 30 }, (_, i) => `f${i}() { f${i + 1}; f${i + 1}; f${i + 1}; f${i + 1}; }`),
      "f0",
    );
    expect(short(readUserData(calls)).unknown).toEqual(["too-much-to-follow, 1:1"]);
  });

  it("shows a path of the user's only in printable ASCII", () => {
    const hostile = file("/etc/sysctl.d/\u001b[31m.conf", "net.core.somaxconn=1");
    expect(readUserData(hostile).persisted[0]?.file).toBe('"/etc/sysctl.d/\\u001b[31m.conf"');
  });

  it("takes values that are made to break it for what they are", () => {
    for (const value of [{ toString: 1, valueOf: 1 }, [{ toString: 1 }, null, true], null, 7, "__proto__"]) {
      for (const key of ["runcmd", "bootcmd", "write_files", "merge_how", "power_state", "__proto__"]) {
        expect(readUserData(config({ [key]: value })).live).toEqual([]);
        expect(readUserData(config({ [key]: [value, value] })).persisted).toEqual([]);
      }
    }
  });
});

describe("what is too much", () => {
  it("does not throw for a merge key with very many items", () => {
    const text = `#cloud-config\nx: &a {b: 1}\ny:\n  <<: [${"1,".repeat(125_000)}]\n`;
    expect(() => readUserData(text)).not.toThrow();
  });
});
