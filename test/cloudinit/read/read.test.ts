import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { composeUserData, readUserData, SYSCTL_FILE } from "../../../cloudinit";
import { READ_LIMIT } from "../../../cloudinit/limits";
import { short } from "./support/short";

const config = (document: object): string => `#cloud-config\n${JSON.stringify(document)}`;
const file = (path: string, content: string, more: object = {}): string =>
  config({ write_files: [{ path, content, ...more }] });
const sh = (...lines: string[]): string => `#!/bin/sh\n${lines.join("\n")}\n`;
const bash = (...lines: string[]): string => `#!/bin/bash\n${lines.join("\n")}\n`;
const SYSCTL = "/etc/sysctl.d/10-a.conf";
const NOTHING = {
  wrappings: [],
  parts: [],
  live: [],
  persisted: [],
  applied: [],
  conflicts: [],
  backlogs: [],
  containers: [],
};

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

  it("is set on the line on which its command stands, also within a here-document or a quoted text", () => {
    const command = "$(sysctl -w net.core.somaxconn=9)";
    const line = (text: string) => readUserData(text).live.map((reading) => reading.line);
    expect(line(sh("cat <<E", "one", "two \\", "three", command, "E"))).toEqual([6]);
    expect(line(sh('echo "one', "two \\", "three", `${command}"`))).toEqual([5]);
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
  const settings = [
    { key: "net.core.somaxconn", value: "8192" },
    { key: "net.ipv4.ip_local_port_range", value: "15000 61000" },
    { key: "net.core.default_qdisc", value: "fq" },
  ];
  const relisten = [{ unit: "nginx.service", how: "restart" as const }];
  const lines = settings.map(({ key, value }) => `${key} = ${value}`).sort();
  const own: readonly (string | undefined)[] = [
    undefined,
    sh("true"),
    config({ runcmd: ["true"] }),
    config({ bootcmd: ["true"], write_files: [{ path: "/etc/motd", content: "x" }] }),
    '#cloud-config-archive\n- "#!/bin/sh"\n',
    Buffer.from(sh("true")).toString("base64"),
  ];

  it.each([true, false])("is read as live and persisted, with nothing unknown; early: %s", (early) => {
    for (const userData of own) {
      for (const encoding of ["plain", "base64", "gzip-base64"] as const) {
        const reading = readUserData(composeUserData(userData, { settings, relisten, early }, { encoding }));
        expect(reading.persisted.map(({ key, value }) => `${key} = ${value}`)).toEqual(lines);
        expect(reading.live.map(({ key, value }) => `${key} = ${value}`)).toEqual(lines);
        for (const one of reading.live) {
          expect(one).toMatchObject({
            runtimeOnly: false,
            stage: early ? "bootcmd" : "script",
            by: early ? "sysctl -w" : "sysctl -p",
          });
        }
        expect(reading.applied).toMatchObject([{ by: "sysctl -p", stage: "script", file: SYSCTL_FILE }]);
        expect(reading.conflicts).toEqual([]);
        expect(reading.unknown).toEqual([]);
      }
    }
  });
});

describe("a loop", () => {
  const N = "net.core.somaxconn";
  it.each<[string, string, string | undefined]>([
    ["over words", sh("for n in 1 2 3; do sysctl -w net.core.somaxconn=$n; done"), "3"],
    [
      "over words of a variable",
      sh(`W='1 2'`, "for n in $W 3; do sysctl -w net.core.somaxconn=$n; done"),
      "3",
    ],
    ["over nothing", sh("for n in; do sysctl -w net.core.somaxconn=$n; done"), undefined],
    ["over the arguments", sh("set -- 4 5", "for n; do sysctl -w net.core.somaxconn=$n; done"), "5"],
    ["over the arguments of a function", sh(`f() { for n do sysctl -w ${N}=$n; done; }`, "f 6 7"), "7"],
    ["over the arguments of sh -c", sh(`sh -c 'for n in "$@"; do sysctl -w ${N}=$n; done' x 8 9`), "9"],
    ["in a loop", sh(`for a in 1 2; do for b in 3 4; do sysctl -w ${N}=$a$b; done; done`), "24"],
    ["that is left", sh(`for n in 1 2 3; do sysctl -w ${N}=$n; break; done`), "1"],
    ["that goes on early", sh(`for n in 1 2; do continue; sysctl -w ${N}=$n; done`), undefined],
    [
      "of which both are left",
      sh(`for a in 1 2; do for b in 3 4; do sysctl -w ${N}=$a$b; break 2; done; done`),
      "13",
    ],
    [
      "of which the outer goes on",
      sh(`for a in 1 2; do for b in 3 4; do sysctl -w ${N}=$a$b; continue 2; done; done`),
      "23",
    ],
    [
      "that is left on a condition",
      sh(`for n in 1 2; do [ -f /x ] && break; sysctl -w ${N}=$n; done`),
      undefined,
    ],
    [
      "that is left on a condition in braces",
      sh(`for n in 1; do { [ -f /x ] && break; true; } && sysctl -w ${N}=$n; done`),
      undefined,
    ],
    [
      "that goes on early on a condition",
      sh(`for n in 1 2; do [ -f /x ] && continue; sysctl -w ${N}=$n; done`),
      undefined,
    ],
    ["behind which life goes on", sh("for n in 1 2; do [ -f /x ] && break; done", `sysctl -w ${N}=3`), "3"],
    [
      "whose inner loop alone may be left",
      sh(`for n in 1 2; do while x; do break; done; sysctl -w ${N}=$n; done`),
      "2",
    ],
    [
      "whose inner condition leaves the inner loop",
      sh(`for n in 1 2; do while break; do :; done; sysctl -w ${N}=$n; done`),
      "2",
    ],
    [
      "that a function leaves",
      sh("f() { break; }", `for n in 1 2; do f; sysctl -w ${N}=$n; done`),
      undefined,
    ],
    ["that a subshell leaves", sh(`for n in 1 2; do (break); sysctl -w ${N}=$n; done`), undefined],
    [
      "that a sourced file leaves",
      sh("echo break > /opt/x.sh", `for n in 1 2; do . /opt/x.sh; sysctl -w ${N}=$n; done`),
      undefined,
    ],
    ["left by nobody knows how many", sh(`for n in 1 2; do break $X; sysctl -w ${N}=$n; done`), undefined],
    ["that ends the script", sh(`for n in 1 2; do sysctl -w ${N}=$n; exit 0; done; sysctl -w ${N}=7`), "1"],
    [
      "that may end the script",
      sh(`for n in 1 2; do [ -f /x ] && exit 0; done; sysctl -w ${N}=7`),
      undefined,
    ],
    ["over files that nobody knows", sh(`for n in /etc/*.conf; do sysctl -w ${N}=5; done`), undefined],
    ["over what a command prints", sh(`for n in $(seq 3); do sysctl -w ${N}=$n; done`), undefined],
    ["over words that bash alone makes", sh(`for n in {1..3}; do sysctl -w ${N}=$n; done`), undefined],
    ["over arguments that nobody knows", sh("set -- $(ls)", `for n; do sysctl -w ${N}=$n; done`), undefined],
    ["of a counter", bash(`for ((n=1; n<3; n++)); do sysctl -w ${N}=$n; done`), undefined],
    ["of a menu", bash(`select n in 1 2; do sysctl -w ${N}=$n; done`), undefined],
    ["whose variable is used behind it", sh("for n in 1 2; do :; done", `sysctl -w ${N}=$n`), "2"],
    ["in the background", sh(`for n in 1 2; do sysctl -w ${N}=$n; done &`), undefined],
    ["into a file", sh(`for n in 1 2; do echo ${N}=$n; done > ${SYSCTL}`, "sysctl --system"), "2"],
    ["into a pipe", sh(`for n in 1 2; do echo ${N}=$n; done | tee ${SYSCTL}`, "sysctl --system"), "2"],
    ["under set -e", sh("set -e", "for n in 1 2; do false; done", `sysctl -w ${N}=7`), undefined],
  ])("%s", (_, text, value) => {
    expect(liveValue(text)).toBe(value);
    // What is not decided is said, unless nothing sets anything.
    if (value === undefined && !/over nothing|goes on early$|under set/.test(_)) {
      expect(readUserData(text).unknown).not.toEqual([]);
    }
  });
});

describe("a sourced file", () => {
  it.each<[string, string, string | undefined]>([
    ["that goes on", sh("echo true > /opt/x.sh", ". /opt/x.sh", "sysctl -w net.core.somaxconn=9"), "9"],
    ["that ends", sh("echo exit 0 > /opt/x.sh", ". /opt/x.sh", "sysctl -w net.core.somaxconn=9"), undefined],
  ])("%s", (_, text, value) => {
    expect(liveValue(text)).toBe(value);
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
    ["brackets without end", `#cloud-config\na: ${"[".repeat(20_000)}`, "nested-too-deep, 1:1"],
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

  it.each([
    ["/etc/sysctl.d/\u001b[31m.conf", "/etc/sysctl.d/..."],
    ["/etc/sysctl.d/a b.conf", "/etc/sysctl.d/..."],
    ["/etc/sysctl.d/90-a_B+c@d.conf", "/etc/sysctl.d/90-a_B+c@d.conf"],
  ])("shows of the path %j only what is a usual name", (path, shown) => {
    expect(readUserData(file(path, "net.core.somaxconn=1")).persisted[0]?.file).toBe(shown);
  });

  it("shows of a key only what is a usual name", () => {
    const reading = readUserData(file(SYSCTL, "net.core.p\u00e4ss=1\nnet.core.x=$(secret)\nsecret=1\n"));
    expect(reading.persisted.map(({ key }) => key)).toEqual(["net..."]);
    expect(reading.unknown).toMatchObject([{ reason: "value-not-plain", subject: "net.core.x" }]);
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

describe("what is no user data", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a number", 7],
    ["a symbol", Symbol("x")],
    ["a list", ["#!/bin/sh"]],
    ["an object with a length", { length: 1e9 }],
    ["an object that throws", new Proxy({}, { get: () => { throw new Error("no"); } })],
    ["a revoked proxy", (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()],
    ["a String object", new String("#!/bin/sh")],
    ["a buffer of other numbers", new Float64Array(3)],
  ])("%s is one unknown, and no exception", (_, given) => {
    expect(readUserData(given as string)).toEqual({ ...NOTHING, unknown: [{ reason: "not-text", part: 1, line: 1 }] });
  }); // prettier-ignore

  it("does not hold for bytes", () => {
    const bytes = Buffer.from(sh("sysctl -w net.core.somaxconn=9"));
    for (const given of [bytes, new Uint8Array(bytes), gzipSync(bytes)]) {
      expect(readUserData(given).live).toMatchObject([{ value: "9" }]);
    }
  });

  it.each<[string, string]>([
    ["ten megabytes", "x".repeat(10_000_000)],
    ["ten megabytes of base64", "QUFB".repeat(2_500_000)],
    ["ten megabytes of a script", sh("f\n".repeat(5_000_000))],
  ])("%s", (_, text) => {
    expect(short(readUserData(text)).unknown).toEqual(["too-long, 1:1"]);
  });

  it("opens no more of gzip than is read", () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, "#")).toString("base64");
    expect(short(readUserData(bomb)).unknown).toEqual(["too-long, 1:1"]);
    const inside = config({ write_files: [{ path: SYSCTL, encoding: "gz+b64", content: bomb }] });
    expect(short(readUserData(inside)).unknown).toEqual(["too-much-to-follow, 1:1"]);
    const part = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n${bomb}\n--x--\n`;
    expect(short(readUserData(part)).unknown).toEqual(["too-much-to-follow, 1:1"]);
  });
});

describe("what sysctl prints of a value that it has set", () => {
  it.each<[string, string, string | undefined]>([
    ["kept in a file", sh("sysctl -w net.core.somaxconn=16384 >> /etc/sysctl.conf"), "16384"],
    ["kept by tee", sh(`sudo sysctl -w net.core.somaxconn=16384 | sudo tee -a ${SYSCTL}`), "16384"],
    ["spelled with slashes", sh(`sysctl net/core/somaxconn=16384 > ${SYSCTL}`), "16384"],
    [
      "nothing, where it is to be quiet",
      sh("sysctl -qw net.core.somaxconn=16384 >> /etc/sysctl.conf"),
      undefined,
    ],
    [
      "quiet before and after other options",
      sh(`sysctl -q -n -w net.core.somaxconn=16384 > ${SYSCTL}`),
      undefined,
    ],
    ["the value alone, which is no line", sh(`sysctl -n -w net.core.somaxconn=16384 > ${SYSCTL}`), undefined],
    [
      "nothing, where the kernel refuses",
      sh(`sysctl -w net.core.somaxconn=99999999999 > ${SYSCTL}`),
      undefined,
    ],
  ])("%s", (_, text, value) => {
    expect(persistedValue(text)).toBe(value);
  });

  it("is not lost with the next boot", () => {
    const { live } = readUserData(sh("sysctl -w net.core.somaxconn=16384 >> /etc/sysctl.conf"));
    expect(live).toEqual([expect.objectContaining({ value: "16384", runtimeOnly: false })]);
  });
});

describe("a command line of a unit that goes on in the next line", () => {
  const backlogsOf = (content: string) =>
    readUserData(file("/etc/systemd/system/api.service", content)).backlogs.map(
      ({ software, port, value }) => `${software}:${port ?? ""} ${value}`,
    );

  it.each<[string, string, string[]]>([
    [
      "its backlog",
      "ExecStart=/usr/bin/gunicorn \\\n  --backlog 4096 \\\n  --bind :8000 app\n",
      ["gunicorn:8000 4096"],
    ],
    [
      "a comment between",
      "ExecStart=/usr/bin/gunicorn \\\n# more\n  --backlog 4096 app\n",
      ["gunicorn: 4096"],
    ],
    ["the end of the file", "ExecStart=/usr/bin/gunicorn --backlog 4096 \\", ["gunicorn: 4096"]],
    ["a line that does not go on", "ExecStart=/usr/bin/gunicorn app\n  --backlog 4096\n", []],
    ["another directive after it", "ExecStart=/usr/bin/gunicorn \\\n app\nX=--backlog 4096\n", []],
  ])("%s", (_, content, backlogs) => {
    expect(backlogsOf(content)).toEqual(backlogs);
  });
});

describe("units of Container Linux", () => {
  const units = (command: object) =>
    readUserData(
      config({
        write_files: [{ path: SYSCTL, content: "net.core.somaxconn = 8192" }],
        coreos: { units: [{ name: "a.service", ...command }] },
      }),
    ).unknown.map(({ subject }) => subject);

  it("may apply what is written where they name sysctl", () => {
    expect(units({ name: "systemd-sysctl.service", command: "restart" })).toContain("net.core.somaxconn");
    expect(units({ content: "[Service]\nExecStart=/usr/sbin/sysctl -p\n" })).toContain("net.core.somaxconn");
  });

  it("have nothing to do with settings otherwise", () => {
    expect(units({ command: "start" })).toEqual([]);
  });
});

describe("a value of the running kernel, and a sysctl file that cannot be read", () => {
  const SET = "sysctl -w net.core.somaxconn=16384";

  it.each<[string, string]>([
    ["a download", "wget -qO /etc/sysctl.d/99-web.conf https://example.com/99-web.conf"],
    [
      "a file of a repository",
      "git clone https://git.example.com/c.git /opt/c\ncp /opt/c/a.conf /etc/sysctl.d/a.conf",
    ],
    ["a link", "ln -s /opt/app/sysctl.conf /etc/sysctl.d/90-app.conf"],
    ["a command that is not understood", "dd of=/etc/sysctl.d/a.conf <<EOF\nnet.core.somaxconn = 16384\nEOF"],
    ["a line that sed appends", "sed -i '$ a net.core.somaxconn=16384' /etc/sysctl.conf"],
    ["a template", "envsubst < /opt/template > /etc/sysctl.d/a.conf"],
    ["all that is unpacked", "tar xzf /opt/baseline.tar.gz -C /"],
  ])("may be set again by %s", (_, command) => {
    const { live, persisted, unknown } = readUserData(bash(SET, command));
    expect(live).toEqual([expect.objectContaining({ value: "16384", runtimeOnly: false })]);
    expect(persisted).toEqual([]);
    expect(unknown.map(({ subject }) => subject)).toContain("net.core.somaxconn");
  });

  it("is lost where the file is another", () => {
    const { live } = readUserData(bash(SET, "wget -qO /etc/nginx/nginx.conf https://example.com/nginx.conf"));
    expect(live).toEqual([expect.objectContaining({ value: "16384", runtimeOnly: true })]);
  });

  it("is known where what runs at every boot sets it after the files", () => {
    const text = config({
      bootcmd: [SET],
      runcmd: ["wget -qO /etc/sysctl.d/9.conf https://example.com/9.conf"],
    });
    expect(readUserData(text)).toMatchObject({
      persisted: [{ key: "net.core.somaxconn", value: "16384", by: "every-boot" }],
    });
  });
});
