import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CATALOGUE, resolveDeclaration } from "../../backlog";
import { probeArguments, probeCommand, type ProbeOptions } from "../../probe";

const OPTIONS: ProbeOptions = { host: "web", mode: "exact", waitSeconds: 300, settleSeconds: 30 };

describe("the arguments of the probe", () => {
  it("say everything that is declared, with what is not declared as a dash", () => {
    const declaration = resolveDeclaration({
      services: [
        { name: "nginx", backlog: 4096 },
        { name: "api", port: 8000, backlog: 1024, address: "127.0.0.1", unit: "api.service" },
        { name: "raw", port: 9, backlog: 1 },
      ],
      settings: { tcpSyncookies: 1, extra: { "net.ipv4.tcp_rmem": "4096 87380 6291456" } },
    });
    expect(probeArguments(declaration, OPTIONS)).toEqual([
      ...["--host", "web", "--mode", "exact", "--wait", "300", "--settle", "30"],
      ...["--setting", "net.core.somaxconn", "4096"],
      ...["--setting", "net.ipv4.tcp_syncookies", "1"],
      ...["--setting", "net.ipv4.tcp_rmem", "4096 87380 6291456"],
      ...[
        "--service",
        "nginx",
        "80",
        "4096",
        "511",
        "-",
        "nginx.service",
        'write "listen 80 backlog=4096;" in its configuration',
      ],
      ...["--service", "api", "8000", "1024", "-", "127.0.0.1", "api.service", "-"],
      ...["--service", "raw", "9", "1", "-", "-", "-", "-"],
    ]);
  });

  it("give the step, not a line of a file, for software that has no directive", () => {
    const fixes = CATALOGUE.filter(({ directive }) => directive === undefined).map(({ software }) =>
      probeArguments(
        resolveDeclaration({ services: [{ name: software, port: 22, backlog: 600 }] }),
        OPTIONS,
      ).at(-1),
    );
    expect(fixes).toContain("start it from ssh.socket with Backlog=600: sshd itself always asks for 128");
    expect(fixes.filter((fix) => fix?.startsWith("write "))).toEqual([]);
  });

  it("make a word of any name of a server", () => {
    const hostOf = (host: string) =>
      probeArguments(resolveDeclaration({ services: [{ name: "nginx" }] }), { ...OPTIONS, host })[1];
    expect(hostOf("Web-1.example.org/a:b@c%d[e]_")).toBe("Web-1.example.org/a:b@c%d[e]_");
    expect(hostOf("my web\n'server' é")).toBe("my_web__server___");
    expect(hostOf("x".repeat(300))).toBe("x".repeat(255));
    expect(hostOf("")).toBe("_");
  });
});

describe("the command line of the probe", () => {
  /** What a script on standard input sees of the arguments, by way of the shell of whoever connects. */
  function received(args: readonly string[], shell = "dash"): string[] {
    const ran = spawnSync(shell, ["-c", probeCommand(args)], {
      input: 'for argument; do printf "%s\\0" "$argument"; done',
      encoding: "utf8",
    });
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    return ran.stdout.split("\0").slice(0, -1);
  }

  it("is plain where nothing needs quotes", () => {
    expect(probeCommand(["--host", "web", "80", "a:b/c=d"])).toBe("sh -s -- --host web 80 a:b/c=d");
    expect(probeCommand(["a b", "it's", "", "$x"])).toBe("sh -s -- 'a b' 'it'\\''s' '' '$x'");
  });

  it.each(["dash", "bash"])("brings every argument through %s as it was", (shell) => {
    const hostile = fc.oneof(
      fc.constantFrom(
        "",
        "'",
        "''",
        "'\\''",
        "\\",
        "$(reboot)",
        "`reboot`",
        "${x}",
        "!",
        "!!",
        "~",
        "*",
        "-n",
        "--",
        "a\nb",
        "\n",
        "\t",
        "#",
        ";",
        "&",
        "|",
        ">x",
        "é\u{1f600}",
        "\u001b[2J",
        "\u00a0",
        "\u2028",
      ),
      fc.string(),
      fc.string({ unit: fc.integer({ min: 1, max: 0xd7ff }).map((code) => String.fromCharCode(code)) }),
    );
    const args = fc.sample(hostile, 1000);
    expect(received(args, shell)).toEqual(args);
  });

  it("executes nothing of what it is given", () => {
    const args = [
      "'; echo broken; '",
      "$(echo broken >&2)",
      "`echo broken >&2`",
      "\n echo broken \n",
      "a'b\"c\\",
    ];
    expect(received(args)).toEqual(args);
  });
});
