import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composeUserData, readUserData, type UserDataReading } from "../../cloudinit";
import { READ_LIMIT } from "../../cloudinit/limits";

/** The reading in short: subject, value, place. */
const short = ({ somaxconn, backlogs, unknown }: UserDataReading) => ({
  somaxconn: somaxconn.map(({ value, where }) => `${value} in ${where}`),
  backlogs: backlogs.map(({ subject, value, where }) => `${subject} ${value} in ${where}`),
  unknown,
});
const config = (document: object) => `#cloud-config\n${JSON.stringify(document)}`;
const file = (path: string, content: string, more: object = {}) =>
  config({ write_files: [{ path, content, ...more }] });
const SYSCTL = "/etc/sysctl.d/10-a.conf";

describe("somaxconn in user data", () => {
  it.each<[string, string, string[]]>([
    ["a sysctl.d file", file(SYSCTL, "net.core.somaxconn = 1024\n"), [`1024 in ${SYSCTL}`]],
    ["a key with slashes", file(SYSCTL, "net/core/somaxconn=1024"), [`1024 in ${SYSCTL}`]],
    ["a key whose errors do not count", file(SYSCTL, "-net.core.somaxconn=1024"), [`1024 in ${SYSCTL}`]],
    [
      "the line ends of Windows",
      file(SYSCTL, "net.core.somaxconn = 1024\r\nvm.swappiness=1\r\n"),
      [`1024 in ${SYSCTL}`],
    ],
    ["/etc/sysctl.conf", file("/etc/sysctl.conf", "net.core.somaxconn = 1"), ["1 in /etc/sysctl.conf"]],
    [
      "/run and /usr/lib",
      config({
        write_files: [
          { path: "/run/sysctl.d/a.conf", content: "net.core.somaxconn=1" },
          { path: "/usr/lib/sysctl.d/b.conf", content: "net.core.somaxconn=2" },
        ],
      }),
      ["1 in /run/sysctl.d/a.conf", "2 in /usr/lib/sysctl.d/b.conf"],
    ],
    [
      "two lines, the last of which holds",
      file(SYSCTL, "net.core.somaxconn=1\nnet.core.somaxconn=2"),
      [`1 in ${SYSCTL}`, `2 in ${SYSCTL}`],
    ],
    [
      "base64 content",
      file(SYSCTL, Buffer.from("net.core.somaxconn=77").toString("base64"), { encoding: "b64" }),
      [`77 in ${SYSCTL}`],
    ],
    [
      "base64 by its long name",
      file(SYSCTL, Buffer.from("net.core.somaxconn=77").toString("base64"), { encoding: "BASE64" }),
      [`77 in ${SYSCTL}`],
    ],
    [
      "comments, which do not count",
      file(SYSCTL, "# net.core.somaxconn = 1\n; net.core.somaxconn = 2\n  #net.core.somaxconn=3\n"),
      [],
    ],
    ["another key that contains it", file(SYSCTL, "net.core.somaxconn_x = 1\nx.net.core.somaxconn = 2"), []],
    ["a value that is no number", file(SYSCTL, "net.core.somaxconn = 10k\nnet.core.somaxconn ="), []],
    ["a runcmd that is text", config({ runcmd: ["sysctl -w net.core.somaxconn=2048"] }), ["2048 in runcmd"]],
    [
      "a runcmd that is a list",
      config({ runcmd: [["sysctl", "-w", "net.core.somaxconn=2048"]] }),
      ["2048 in runcmd"],
    ],
    ["a runcmd with quotes", config({ runcmd: [`sysctl -w "net.core.somaxconn=2048"`] }), ["2048 in runcmd"]],
    ["a bootcmd", config({ bootcmd: [["sysctl", "-w", "net/core/somaxconn=5"]] }), ["5 in bootcmd"]],
    [
      "a script",
      "#!/bin/sh\n# net.core.somaxconn=1\nsysctl -w net.core.somaxconn=9000 # really\n",
      ["9000 in a script"],
    ],
    [
      "a script that writes a file",
      "#!/bin/bash\ncat >/etc/sysctl.d/x.conf <<X\nnet.core.somaxconn = 65535\nX\n",
      ["65535 in a script"],
    ],
    ["a boothook", "#cloud-boothook\nsysctl -w net.core.somaxconn=3\n", ["3 in a script"]],
    [
      "all, in the order in which cloud-init comes to them",
      config({
        runcmd: ["sysctl -w net.core.somaxconn=3"],
        write_files: [{ path: SYSCTL, content: "net.core.somaxconn=2" }],
        bootcmd: ["sysctl -w net.core.somaxconn=1"],
      }),
      ["1 in bootcmd", `2 in ${SYSCTL}`, "3 in runcmd"],
    ],
    [
      "a key of the document twice: the last holds, as for cloud-init",
      "#cloud-config\nruncmd: [sysctl -w net.core.somaxconn=1]\nruncmd: [sysctl -w net.core.somaxconn=2]\n",
      ["2 in runcmd"],
    ],
    ["an alias of YAML", `#cloud-config\nx: &a net.core.somaxconn=6\nruncmd: [*a]\n`, ["6 in runcmd"]],
  ])("%s", (_, text, somaxconn) => {
    expect(short(readUserData(text))).toEqual({ somaxconn, backlogs: [], unknown: [] });
  });
});

describe("backlogs in user data", () => {
  const NGINX = "/etc/nginx/nginx.conf";
  it.each<[string, string, string[]]>([
    [
      "nginx",
      file(NGINX, "server {\n  listen 80 default_server backlog=4096 reuseport;\n}\n"),
      [`nginx 4096 in ${NGINX}`],
    ],
    [
      "nginx twice",
      file(NGINX, "listen 80 backlog=1;\n\tlisten [::]:80 backlog=2;"),
      [`nginx 1 in ${NGINX}`, `nginx 2 in ${NGINX}`],
    ],
    ["nginx without a number", file(NGINX, "listen 80;\nlisten 81 backlog=auto;\n"), []],
    ["nginx in a comment", file(NGINX, "# listen 80 backlog=4096;\nlisten 80; # backlog=1\n"), []],
    [
      "redis",
      file("/etc/redis/redis.conf", "tcp-backlog 16384\n# tcp-backlog 511\n"),
      ["redis 16384 in /etc/redis/redis.conf"],
    ],
    ["redis in a script", "#!/bin/sh\ncat >x <<E\ntcp-backlog 99\nE\n", ["redis 99 in a script"]],
    [
      "a sed expression, which is no directive",
      "#!/bin/sh\nsed -i 's/^tcp-backlog .*/tcp-backlog 16384/' x\n",
      [],
    ],
    [
      "a file without text",
      config({ write_files: [{ path: NGINX }, { content: "tcp-backlog 1" }, 7, null] }),
      [],
    ],
  ])("%s", (_, text, backlogs) => {
    expect(short(readUserData(text))).toEqual({ somaxconn: [], backlogs, unknown: [] });
  });
});

describe("multipart user data", () => {
  const settings = [{ key: "net.core.somaxconn", value: "8192" }];
  const script = "#!/bin/sh\nsysctl -w net.core.somaxconn=1 # é\n";
  const ours = ["8192 in bootcmd", "8192 in /etc/sysctl.d/99-zz-listen-backlog.conf", "8192 in runcmd"];

  it("is read in the order of its parts, base64 or not, nested or not", () => {
    const once = composeUserData(script, { settings, relisten: [] });
    expect(short(readUserData(once))).toEqual({
      somaxconn: ["1 in a script", ...ours],
      backlogs: [],
      unknown: [],
    });
    const twice = composeUserData(once, { settings, relisten: [] });
    expect(short(readUserData(twice)).somaxconn).toEqual(["1 in a script", ...ours, ...ours]);
    expect(short(readUserData(once.replaceAll("\n", "\r\n"))).somaxconn).toEqual(["1 in a script", ...ours]);
  });

  const multipart = (boundary: string, body: string) =>
    `Content-Type: multipart/mixed; ${boundary}\nMIME-Version: 1.0\n\n${body}`;
  it.each<[string, string]>([
    ["a boundary with spaces in quotes", multipart('boundary="a b"', `--a b\n\n${script}\n--a b--\n`)],
    ["a boundary without quotes", multipart("boundary=ab; x=y", `--ab\n\n${script}\n--ab--\n`)],
    ["a boundary on a line of its own", multipart("\n boundary=ab", `--ab\n\n${script}\n--ab--\n`)],
    ["no closing boundary", multipart("boundary=ab", `--ab\n\n${script}`)],
    [
      "a part without headers that has an empty line",
      multipart("boundary=ab", `--ab\n\n#!/bin/sh\nsysctl -w net.core.somaxconn=1\n\ndate\n--ab--`),
    ],
    [
      "text before and after its parts",
      multipart("boundary=ab", `hello\n--ab\n\n${script}\n--ab--\nsysctl -w net.core.somaxconn=7\n`),
    ],
  ])("is read with %s", (_, text) => {
    expect(short(readUserData(text))).toEqual({ somaxconn: ["1 in a script"], backlogs: [], unknown: [] });
  });

  it.each<[string, string, string]>([
    ["no boundary", multipart("charset=x", script), "a multipart document without a boundary"],
    ["no parts", multipart("boundary=ab", script), "a multipart document without parts"],
    [
      "quoted-printable",
      multipart("boundary=ab", `--ab\nContent-Transfer-Encoding: quoted-printable\n\n${script}\n--ab--`),
      "a part with an encoding other than base64",
    ],
    [
      "a part of no known form",
      multipart("boundary=ab", `--ab\n\nhello\n--ab--`),
      "text in no form that cloud-init knows",
    ],
  ])("says that it could not read it: %s", (_, text, unknown) => {
    expect(short(readUserData(text))).toEqual({ somaxconn: [], backlogs: [], unknown: [unknown] });
  });

  it("stops at nesting that no one writes", () => {
    let text = script;
    for (let depth = 0; depth < 8; depth++) {
      text = multipart(
        `boundary=b${depth}`,
        `--b${depth}\n${depth === 0 ? "\n" : ""}${text}\n--b${depth}--\n`,
      );
    }
    expect(short(readUserData(text))).toEqual({
      somaxconn: [],
      backlogs: [],
      unknown: ["a multipart document nested too deep"],
    });
  });
});

describe("what cannot be read is said, and never guessed", () => {
  it.each<[string, string, string]>([
    ["nothing", "", "text in no form that cloud-init knows"],
    ["plain text", "sysctl -w net.core.somaxconn=1", "text in no form that cloud-init knows"],
    ["base64 of all", Buffer.from("#!/bin/sh\n").toString("base64"), "text in no form that cloud-init knows"],
    ["an include", "#include\nhttps://example.com/\n", "a part of the form include"],
    ["an archive", "#cloud-config-archive\n- a\n", "a part of the form cloud-config-archive"],
    ["a template", "## template: jinja\n#cloud-config\n", "a part of the form jinja-template"],
    ["a part handler", "#part-handler\n", "a part of the form part-handler"],
    [
      "a somaxconn that the kernel refuses",
      file(SYSCTL, "net.core.somaxconn = 2147483648"),
      `${SYSCTL}: net.core.somaxconn above 2147483647`,
    ],
    [
      "a backlog that no listen() takes",
      file("/a", "listen 80 backlog=9999999999;"),
      "/a: nginx above 2147483647",
    ],
    [
      "broken YAML",
      "#cloud-config\nruncmd: [sysctl -w net.core.somaxconn=1\n",
      "a cloud-config that is not valid YAML",
    ],
    [
      "broken YAML behind a good part",
      "#cloud-config\nruncmd: [sysctl -w net.core.somaxconn=1]\n}\n",
      "a cloud-config that is not valid YAML",
    ],
    ["several documents", "#cloud-config\na: 1\n---\nb: 2\n", "a cloud-config that is not valid YAML"],
    [
      "brackets without end",
      `#cloud-config\na: ${"[".repeat(20_000)}`,
      "a cloud-config that is not valid YAML",
    ],
    [
      "more than any cloud takes",
      `#!/bin/sh\n${"x".repeat(READ_LIMIT)}`,
      "text of more than 262144 characters",
    ],
    [
      "ten megabytes",
      `#cloud-config\nruncmd:\n${"  - echo\n".repeat(1_200_000)}`,
      "text of more than 262144 characters",
    ],
    ["gzip in a file", file(SYSCTL, "H4sIAAAA", { encoding: "gzip+b64" }), `${SYSCTL}: compressed content`],
    [
      "gzip in a file of a hostile name",
      file("/a\u001b[1m\nb", "H4sI", { encoding: "gz" }),
      '"/a\\u001b[1m\\nb": compressed content',
    ],
  ])("%s", (_, text, unknown) => {
    expect(short(readUserData(text))).toEqual({ somaxconn: [], backlogs: [], unknown: [unknown] });
  });

  it("does not let a few aliases of YAML become a billion values", () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(", ")}]`;
    const names = Array.from("abcdefghij");
    const bomb = [
      "#cloud-config",
      "a: &a [x, x, x]",
      ...names.slice(1).map((name, i) => level(name, names[i] ?? "a")),
      "runcmd: *j",
    ];
    expect(short(readUserData(bomb.join("\n"))).unknown).toEqual(["a cloud-config that is not valid YAML"]);
  });

  it("has nothing to say of a cloud-config that is no mapping, as cloud-init has nothing to do", () => {
    for (const text of [
      "#cloud-config",
      "#cloud-config\n- a\n",
      "#cloud-config\nruncmd: sysctl\nwrite_files: {}\n",
    ]) {
      expect(readUserData(text)).toEqual({ somaxconn: [], backlogs: [], unknown: [] });
    }
  });

  it("takes values that are made to break it for what they are", () => {
    const words = [
      { toString: 1, valueOf: 1 },
      [{ toString: 1 }, null, true],
      null,
      7,
      ["sysctl", "-w", "net.core.somaxconn=4"],
    ];
    expect(short(readUserData(config({ runcmd: words, bootcmd: { toString: 1 } }))).somaxconn).toEqual([
      "4 in runcmd",
    ]);
  });

  it("shows a path of the user's only in printable ASCII", () => {
    const hostile = file("/etc/sysctl.d/\u001b[31m.conf", "net.core.somaxconn=1");
    expect(short(readUserData(hostile)).somaxconn).toEqual(['1 in "/etc/sysctl.d/\\u001b[31m.conf"']);
  });

  it("never throws, and never shows the text", () => {
    const start = fc.constantFrom(
      "#cloud-config\n",
      "#!/bin/sh\n",
      "#cloud-boothook\n",
      "MIME-Version: 1.0\n",
      'Content-Type: multipart/mixed; boundary="x"\n\n',
      "",
    );
    const piece = fc.oneof(
      fc.constantFrom(
        "--x\n",
        "--x--\n",
        "\n\n",
        "runcmd:\n",
        " - [a, b]\n",
        "write_files:\n",
        " - path: /etc/sysctl.d/a.conf\n",
        "   content: ",
        "   encoding: gz\n",
        "net.core.somaxconn=1",
        "listen 80 backlog=",
        "&a ",
        "*a ",
        "!!binary ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        "Content-Transfer-Encoding: base64\n",
      ),
      fc.string(),
    );
    const text = fc
      .tuple(start, fc.array(piece, { maxLength: 15 }))
      .map(([first, rest]) => first + rest.join("") + "SECRET");
    fc.assert(
      fc.property(text, (userData) => {
        const reading = readUserData(userData);
        expect(JSON.stringify(reading.unknown)).not.toContain("SECRET");
        for (const { value } of [...reading.somaxconn, ...reading.backlogs]) {
          expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("reads any cloud-config, whatever its values are", () => {
    fc.assert(
      fc.property(
        fc.record({ runcmd: fc.jsonValue(), bootcmd: fc.jsonValue(), write_files: fc.jsonValue() }),
        (document) => {
          expect(readUserData(config(document)).unknown).toEqual([]);
        },
      ),
    );
  });
});
