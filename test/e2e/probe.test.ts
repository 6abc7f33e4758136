import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BacklogDeclaration } from "../../backlog";
import { mergeBoot, type SysctlTree, type TreeNode } from "../../backlog/sysctld";
import { parseReport, probeScript, ReportError, type ProbeOptions } from "../../probe";
import { expectSchema } from "../probe/support/report-schema";
import { Chamber, stepsFor, USERLANDS, type Step } from "./support/probe/chamber";
import { lookAt, queues, runIn, type Look } from "./support/probe/look";
import { listen, NGINX, OURS, PERSISTED, somaxconn } from "./support/probe/scenario";

let chamber: Chamber;
beforeAll(() => {
  chamber = new Chamber();
});
afterAll(() => chamber.close());

const look = (
  steps: readonly Step[],
  declaration = NGINX,
  options: Partial<ProbeOptions> = {},
  uid = 0,
): Promise<Look> => lookAt(chamber, steps, declaration, options, uid);
const runs = (steps: readonly Step[], args: readonly string[], uid = 0) => runIn(chamber, steps, args, uid);

describe("a host that is as declared", () => {
  it("is so in every detail of the report", async () => {
    const { verdict, report, stderr } = await look(
      [
        ["file", "/etc/sysctl.d/10-first.conf", "net.core.somaxconn = 128\n"],
        ["file", OURS, "# ours\nnet.core.somaxconn = 16384\nnet.ipv4.ip_local_port_range = 20000 60000\n"],
        somaxconn(16384),
        ["sysctl", "net.ipv4.ip_local_port_range", "20000 60000"],
        listen(4096),
        listen(16384, 6379, "127.0.0.1"),
        listen(16384, 6379, "::1"),
      ],
      {
        services: [
          { name: "nginx", backlog: 4096 },
          { name: "redis", backlog: 16384 },
        ],
        settings: { extra: { "net.ipv4.ip_local_port_range": "20000 60000" } },
      },
    );
    expect(verdict).toBe(
      "as declared: web: 2 settings live and persisted, 2 services with their backlog in effect",
    );
    expect(stderr).toBe("");
    const { kernel, os, namespaces } = report;
    expect(kernel).toMatch(/^\d+\.\d+/);
    expect(os?.id).toMatch(/^[a-z]+$/);
    expect(Object.keys(namespaces?.[0]?.counters ?? {}).sort()).toEqual([
      "ListenDrops",
      "ListenOverflows",
      "SyncookiesSent",
      "TCPReqQFullDoCookies",
      "TCPReqQFullDrop",
    ]);
    const changed = report.settings[0]?.changed;
    expect(changed).toBeGreaterThan(1e9);
    const setting = { file: OURS, holds: true, changed, losersOmitted: 0 };
    const holder = {
      recvQ: 0,
      process: "python3",
      pid: 1,
      started: report.services[0]?.sockets[0]?.started,
      openFiles: report.services[0]?.sockets[0]?.openFiles,
      listeningSince: "after-change",
    };
    expect(holder.openFiles).toBeGreaterThan(0);
    expect(holder.started).toBeGreaterThan(changed ?? Infinity);
    expect(report).toEqual({
      schema: "listen-backlog-report/1",
      host: "web",
      verdict: "as-declared",
      mode: "exact",
      kernel,
      os,
      container: "none",
      uid: 0,
      tools: { ss: true, sysctl: true, stat: true, nsenter: true, awk: "..." },
      cloudInit: "absent",
      settings: [
        {
          ...setting,
          key: "net.core.somaxconn",
          wanted: "16384",
          live: "16384",
          sysctl: "16384",
          persisted: "16384",
          line: 2,
          losers: [{ file: "/etc/sysctl.d/10-first.conf", line: 1, value: "128" }],
        },
        {
          ...setting,
          key: "net.ipv4.ip_local_port_range",
          wanted: "20000 60000",
          live: "20000 60000",
          sysctl: "20000 60000",
          persisted: "20000 60000",
          line: 3,
          losers: [],
        },
      ],
      services: [
        {
          name: "nginx",
          port: 80,
          wanted: 4096,
          holds: true,
          socketsOmitted: 0,
          sockets: [{ ...holder, local: "0.0.0.0:80", sendQ: 4096 }],
        },
        {
          name: "redis",
          port: 6379,
          wanted: 16384,
          holds: true,
          socketsOmitted: 0,
          sockets: [
            { ...holder, local: "127.0.0.1:6379", sendQ: 16384 },
            { ...holder, local: "[::1]:6379", sendQ: 16384 },
          ],
        },
      ],
      namespaces: [{ namespace: "host", somaxconn: 16384, counters: namespaces?.[0]?.counters }],
      findings: [],
      notes: [],
      unseen: [],
      omitted: { findings: 0, notes: 0, settings: 0, services: 0, sockets: 0, namespaces: 0, unseen: 0 },
    });
  });

  it("is so on a file system that cannot be written at all", async () => {
    expect((await look([PERSISTED, somaxconn(4096), listen(4096), ["read-only"]])).report.verdict).toBe(
      "as-declared",
    );
  });

  it("is so for a user without privileges", async () => {
    expect((await look([PERSISTED, somaxconn(4096), listen(4096)], NGINX, {}, 65534)).report.verdict).toBe(
      "as-declared",
    );
  });

  it("is so with the largest numbers that there are", async () => {
    const declaration = { services: [{ name: "api", port: 65535, backlog: 2147483647 }] };
    const steps: Step[] = [
      ["file", OURS, "net.core.somaxconn=2147483647"],
      somaxconn(2147483647),
      listen(2147483647, 65535),
    ];
    const { report } = await look(steps, declaration);
    expect(report.services[0]?.sockets[0]?.sendQ).toBe(2147483647);
    expect(report.verdict).toBe("as-declared");
  });

  it("is so with as many services as a declaration takes", async () => {
    const services = Array.from({ length: 100 }, (_, i) => ({
      name: `api-${i}`,
      port: 2000 + i,
      backlog: 100 + i,
    }));
    const steps = [PERSISTED, somaxconn(4096), ...services.map(({ port, backlog }) => listen(backlog, port))];
    expect((await look(steps, { services })).verdict).toContain("100 services with their backlog in effect");
  });
});

describe("the effective backlog", () => {
  it("was cut by a somaxconn that is too small", async () => {
    const { found, report, verdict, stderr } = await look([PERSISTED, somaxconn(128), listen(4096)]);
    expect(verdict).toBe(
      "not as declared: web: net.core.somaxconn (live): wanted 4096, got 128 (and 1 more)",
    );
    expect(found).toEqual(["net.core.somaxconn (live): 4096, got 128", "nginx on 0.0.0.0:80: 4096, got 128"]);
    expect(report.findings[0]).toEqual({
      rule: "live-setting",
      severity: "error",
      subject: "net.core.somaxconn (live)",
      wanted: "4096",
      got: "128",
      cause: `It was changed by hand after it had been applied: ${OURS} line 1 has the right value.`,
      fix: `sudo sysctl -p ${OURS}`,
    });
    expect(report.findings[1]).toEqual({
      rule: "effective-backlog",
      severity: "error",
      subject: "nginx on 0.0.0.0:80",
      wanted: "4096",
      got: "128",
      cause: "The kernel cut it to net.core.somaxconn, which is 128 now, when the service called listen().",
      fix: "sudo sysctl -w net.core.somaxconn=4096, then sudo systemctl restart nginx.service",
    });
    expect(stderr).toContain(
      "FINDING on web: nginx on 0.0.0.0:80\n  wanted: 4096\n  got:    128\n  cause:  The kernel cut it to net.core.somaxconn",
    );
  });

  it("is that of an earlier somaxconn where the service listens since before it was raised", async () => {
    const { found, report } = await look([PERSISTED, somaxconn(1000), listen(4096), somaxconn(4096)]);
    expect(found).toEqual(["nginx on 0.0.0.0:80: 4096, got 1000"]);
    expect(report.settings[0]?.holds).toBe(true);
    expect(report.services[0]?.holds).toBe(false);
    expect(report.findings[0]?.cause).toBe(
      "It has listened since before somaxconn was raised, or its configuration asks for 1000.",
    );
    expect(report.findings[0]?.fix).toContain("sudo systemctl restart nginx.service");
  });

  it("is known to be that where the process is older than the file that sets it", async () => {
    const steps = [PERSISTED, somaxconn(1000), listen(4096), somaxconn(4096)];
    const later: Step = ["change", OURS, 3600];
    const { report } = await look([...steps, later]);
    expect(report.services[0]?.sockets[0]).toMatchObject({
      process: "python3",
      listeningSince: "before-change",
    });
    expect(report.findings).toMatchObject([
      {
        got: "1000",
        cause: `It has listened since before the change: its process, python3 (1), is older than ${OURS}.`,
      },
    ]);
    const byDefault = await look([PERSISTED, later, somaxconn(4096), listen(511)]);
    expect(byDefault.report.findings).toMatchObject([
      {
        cause:
          "It has listened since before the change, and 511 is what this software asks for by itself: its configuration names no backlog.",
        fix: 'write "listen 80 backlog=4096;" in its configuration, then sudo systemctl restart nginx.service',
      },
    ]);
  });

  it("is what the software asks for by itself where nothing configures it", async () => {
    const { report } = await look([PERSISTED, somaxconn(4096), listen(511)]);
    expect(report.findings).toMatchObject([
      {
        got: "511",
        cause: "511 is what this software asks for by itself: its configuration names no backlog.",
        fix: 'write "listen 80 backlog=4096;" in its configuration, then sudo systemctl restart nginx.service',
      },
    ]);
  });

  it("is refused above what was declared, but only in exact mode", async () => {
    const steps = [PERSISTED, somaxconn(4096), listen(2048)];
    const declaration = { services: [{ name: "nginx", backlog: 1024 }] };
    const { found, report } = await look(steps, declaration);
    expect(found).toEqual(["nginx on 0.0.0.0:80: 1024, got 2048"]);
    expect(report.findings[0]?.fix).toMatch(
      /^declare 2048, or lower it in the configuration of the service; then /,
    );
    expect((await look(steps, declaration, { mode: "at-least" })).report.verdict).toBe("as-declared");
  });

  it("is looked at on every socket of the port", async () => {
    const shared = (backlog: number): Step => [
      "listen",
      { address: "0.0.0.0", port: 80, backlog, shared: true },
    ];
    const sockets = [
      shared(4096),
      shared(4096),
      shared(2000),
      listen(4096, 80, "::1"),
      listen(77, 8080),
      listen(78, 180),
    ];
    const { found, report } = await look([PERSISTED, somaxconn(4096), ...sockets]);
    expect(found).toEqual(["nginx on 0.0.0.0:80: 4096, got 2000"]);
    // What is wrong comes first.
    expect(report.services[0]?.sockets[0]?.sendQ).toBe(2000);
    const seen = report.services[0]?.sockets.map(({ local, sendQ }) => `${local} ${sendQ}`).sort();
    expect(seen).toEqual(["0.0.0.0:80 2000", "0.0.0.0:80 4096", "0.0.0.0:80 4096", "[::1]:80 4096"]);
  });

  it.each([
    ["IPv4", "127.0.0.1", { address: "127.0.0.1" }, "127.0.0.1:80"],
    ["all IPv4", "0.0.0.0", { address: "0.0.0.0" }, "0.0.0.0:80"],
    ["IPv6", "::1", { address: "::1" }, "[::1]:80"],
    ["all IPv6", "::", { address: "::" }, "[::]:80"],
    ["all IPv6 and IPv4", "::", { address: "::", dual: true }, "*:80"],
    [
      "IPv4 by way of IPv6",
      "127.0.0.1",
      { address: "::ffff:127.0.0.1", dual: true },
      "[::ffff:127.0.0.1]:80",
    ],
    ["IPv4 of one interface", "127.0.0.1", { address: "127.0.0.1", device: "lo" }, "127.0.0.1%lo:80"],
    ["IPv6 of one interface", "::1", { address: "::1", device: "lo" }, "[::1]%lo:80"],
  ])(
    "of one address alone is looked at where the declaration names it: %s",
    async (_, address, socket, local) => {
      const wrong = address === "127.0.0.1" ? "127.0.0.2" : "127.0.0.1";
      const steps: Step[] = [PERSISTED, somaxconn(4096), ["listen", { ...socket, port: 80, backlog: 4096 }]];
      const other: Step[] =
        socket.address === "0.0.0.0" || socket.address === "::" ? [] : [listen(5, 80, wrong)];
      const declaration = { services: [{ name: "nginx", backlog: 4096, address }] };
      const { report } = await look([...steps, ...other], declaration);
      expect(report.verdict).toBe("as-declared");
      expect(queues(report.services[0]?.sockets)).toEqual([{ local, recvQ: 0, sendQ: 4096 }]);
      const elsewhere = await look([PERSISTED, somaxconn(4096), listen(4096, 80, wrong)], declaration);
      expect(elsewhere.found).toEqual(["nginx on port 80: 4096, got no listening socket"]);
    },
  );

  it("is none where nothing listens", async () => {
    const { report } = await look([PERSISTED, somaxconn(4096), listen(4096, 8080)]);
    expect(report.findings).toEqual([
      {
        rule: "effective-backlog",
        severity: "error",
        subject: "nginx on port 80",
        wanted: "4096",
        got: "no listening socket",
        cause: "Nothing listens there: the service is down, or uses another port or address.",
        fix: "systemctl status nginx.service",
      },
    ]);
    expect(report.services[0]).toMatchObject({ holds: false, sockets: [] });
  });

  it("is waited for where the service is still starting", async () => {
    const late: Step = ["after", 0.5, listen(4096)];
    expect(
      (await look([PERSISTED, somaxconn(4096), late], NGINX, { settleSeconds: 30 })).report.verdict,
    ).toBe("as-declared");
  });

  it("gives the step where software has no directive", async () => {
    const declaration = { services: [{ name: "sshd", backlog: 1024 }] };
    const { report } = await look([PERSISTED, somaxconn(4096), listen(128, 22)], declaration);
    expect(report.findings[0]?.fix).toBe(
      "start it from ssh.socket with Backlog=1024: sshd itself always asks for 128, then sudo systemctl restart ssh.service",
    );
  });
});

describe("what the next boot sets", () => {
  const NOTHING: BacklogDeclaration = { services: [{ name: "api", port: 80, backlog: 1 }] };
  const boot = async (...steps: Step[]) => {
    const { report } = await look([somaxconn(4096), listen(1), ...steps], NOTHING);
    const { persisted, file, line, losers } = report.settings[0] ?? {};
    return { persisted, file, line, losers, findings: report.findings, notes: report.notes };
  };

  it("is nothing without a file", async () => {
    expect(await boot()).toEqual({
      persisted: "",
      file: "",
      line: null,
      losers: [],
      notes: [],
      findings: [
        {
          rule: "persisted-setting",
          severity: "error",
          subject: "net.core.somaxconn (next boot)",
          wanted: "4096",
          got: "nothing",
          cause: "No sysctl.d file sets it, so a reboot loses it.",
          fix: `write "net.core.somaxconn = 4096" to ${OURS}`,
        },
      ],
    });
  });

  it("is what a later file says", async () => {
    const later = "/etc/sysctl.d/99-zzz.conf";
    expect(await boot(PERSISTED, ["file", later, "\n# theirs\nnet.core.somaxconn=1024\n"])).toMatchObject({
      persisted: "1024",
      file: later,
      line: 3,
      losers: [{ file: OURS, line: 1, value: "4096" }],
      findings: [
        { got: "1024", cause: `${later} line 3 is the last to set it.`, fix: `remove line 3 from ${later}` },
      ],
    });
  });

  it("is what /etc/sysctl.conf says, if it is linked as 99-sysctl.conf, and only then", async () => {
    const early: Step = ["file", "/etc/sysctl.d/50-listen-backlog.conf", "net.core.somaxconn = 4096\n"];
    const conf: Step = ["file", "/etc/sysctl.conf", "net.core.somaxconn = 512\n"];
    const link: Step = ["link", "/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf"];
    expect(await boot(early, conf, link)).toMatchObject({
      persisted: "512",
      file: "/etc/sysctl.d/99-sysctl.conf",
      line: 1,
    });
    expect(await boot(early, conf)).toMatchObject({
      persisted: "4096",
      findings: [],
      notes: [{ got: "512" }],
    });
    // Ours sorts after it.
    expect(await boot(PERSISTED, conf, link)).toMatchObject({
      persisted: "4096",
      file: OURS,
      findings: [],
      losers: [{ file: "/etc/sysctl.d/99-sysctl.conf", line: 1, value: "512" }],
      notes: [
        {
          rule: "sysctl-conf-agrees",
          severity: "warning",
          subject: "/etc/sysctl.conf line 1",
          wanted: "net.core.somaxconn = 4096",
          got: "512",
          fix: "remove line 1 from /etc/sysctl.conf",
        },
      ],
    });
    const same: Step = [
      "file",
      "/etc/sysctl.conf",
      "# net.core.somaxconn = 1\nnet.core.somaxconn=512\nnet/core/somaxconn = 4096\n",
    ];
    expect(await boot(PERSISTED, same)).toMatchObject({ persisted: "4096", notes: [] });
  });

  it.each<[string, Step]>([
    ["a link to /dev/null", ["link", "/etc/sysctl.d/50-a.conf", "/dev/null"]],
    ["a link to nothing", ["link", "/etc/sysctl.d/50-a.conf", "/nowhere"]],
    ["an empty file", ["file", "/etc/sysctl.d/50-a.conf", ""]],
    ["a directory", ["directory", "/etc/sysctl.d/50-a.conf"]],
    ["a file in /run", ["file", "/run/sysctl.d/50-a.conf", "# nothing\n"]],
  ])("is nothing where the only file is masked by %s", async (_, mask) => {
    const vendor: Step = ["file", "/usr/lib/sysctl.d/50-a.conf", "net.core.somaxconn = 4096\n"];
    expect(await boot(vendor)).toMatchObject({ persisted: "4096", file: "/usr/lib/sysctl.d/50-a.conf" });
    expect(await boot(vendor, mask)).toMatchObject({ persisted: "", file: "" });
  });

  it("is what a pattern says where no line names the key", async () => {
    const pattern: Step = ["file", "/etc/sysctl.d/10-a.conf", "net.core.soma*n = 4096\n"];
    expect(await boot(pattern)).toMatchObject({ persisted: "4096", line: 1, findings: [] });
    expect(
      await boot(pattern, ["file", "/etc/sysctl.d/05-b.conf", "net.core.somaxconn = 5\n"]),
    ).toMatchObject({ persisted: "5" });
    expect(await boot(pattern, ["file", "/etc/sysctl.d/05-b.conf", "-net.core.somaxconn\n"])).toMatchObject({
      persisted: "",
    });
  });

  it("is not known where the user may not read a file, and the report says so", async () => {
    const secret: Step = ["file", "/etc/sysctl.d/98-secret.conf", "net.core.somaxconn = 7\n", 0o600];
    const { report } = await look([PERSISTED, secret, somaxconn(4096), listen(4096)], NGINX, {}, 65534);
    expect(report.unseen).toContain("/etc/sysctl.d/98-secret.conf: this user may not read it");
  });

  it("is read past files with names that are made to break it", async () => {
    const { report } = await look([
      PERSISTED,
      ["file", "/etc/sysctl.d/10 a'b\"c\\$(reboot).conf", "net.core.somaxconn = 1\n"],
      somaxconn(4096),
      listen(4096),
    ]);
    expect(report).toMatchObject({ verdict: "as-declared", unseen: [] });
  });

  it("is read past lines that are made to break it", async () => {
    const lines = [
      "net.core.[somaxconn = 1",
      "net.core.somaxconn[ = 2",
      "((( = 3",
      "\\ = 4",
      "= 5",
      "-",
      "-=6",
      "x".repeat(5000),
      "\u00e9 = 7",
      'net.core."x = \u001b[2J',
    ];
    const { report } = await look([
      ["file", "/etc/sysctl.d/10-a.conf", lines.join("\n")],
      PERSISTED,
      somaxconn(4096),
      listen(4096),
    ]);
    expect(report.verdict).toBe("as-declared");
  });

  it("is printed safely whatever a file says", async () => {
    const { report } = await look([
      ["file", OURS, 'net.core.somaxconn = "1\\\u001b[2J\u00e9",\n'],
      somaxconn(4096),
      listen(4096),
    ]);
    expect(report.settings[0]?.persisted).toBe('"1\\?[2J??",');
  });

  it("is for any files what the model of systemd-sysctl says, which is measured against the real one", async () => {
    const KEYS = ["net.core.somaxconn", "net.ipv4.tcp_syncookies", "net.ipv4.ip_local_port_range"];
    const line = fc.oneof(
      fc
        .tuple(
          fc.constantFrom("", "-", "- ", "  "),
          fc.constantFrom(
            "net.core.somaxconn",
            "net/core/somaxconn",
            "net.core..somaxconn",
            "/net/core/somaxconn",
            "net/./core//somaxconn/",
            "net.ipv4.tcp_syncookies",
            "net.core.*",
            "net.*.*",
            "net.ipv4.*",
            "net/*/somaxconn",
            "net.core.som?xconn",
            "net.core.[a-s]omaxconn",
            "net.core.[!a]omaxconn",
            "net.core.[^s]omaxconn",
            "net.core.[]s]omaxconn",
            "net.core.[somaxconn",
            "net.core.soma*x*n",
            "net.core.**n",
            "*.core.somaxconn",
            "*",
          ),
          fc.constantFrom("", " = 1", "=2", " = 3 ", "=4\t5", "= 6 7", " =", "= 1"),
        )
        .map((parts) => parts.join("")),
      fc.constantFrom(
        "# net.core.somaxconn = 9",
        "; net.core.somaxconn = 9",
        "",
        "nonsense",
        "net.core.somaxconn",
      ),
    );
    const name = fc.constantFrom(
      "10-a.conf",
      "5-b.conf",
      "50.conf",
      "99-sysctl.conf",
      "Z.conf",
      ".hidden.conf",
      "x.txt",
      "a-b.conf",
    );
    const directory = fc.constantFrom(
      "/etc/sysctl.d",
      "/run/sysctl.d",
      "/usr/local/lib/sysctl.d",
      "/usr/lib/sysctl.d",
    );
    const path = fc.tuple(directory, name).map((parts) => parts.join("/"));
    const node = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant("file" as const),
          path,
          text: fc
            .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom("\n", "\n", "\r\n", "\r"))
            .map(([lines, end]) => lines.join(end)),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant("symlink" as const),
          path,
          target: fc.constantFrom("/dev/null", "../sysctl.conf", "/nowhere"),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("directory" as const), path }) },
    );
    const conf: TreeNode = {
      kind: "file",
      path: "/etc/sysctl.conf",
      text: "net.core.somaxconn = 8\nnet.core.* = 9\n",
    };
    const trees = fc
      .uniqueArray(node, { minLength: 1, maxLength: 7, selector: ({ path: unique }) => unique })
      .map((nodes): SysctlTree => [conf, ...nodes]);
    const settings = KEYS.flatMap((key) => ["--setting", key, "0"]);
    let decided = 0;
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const shell = USERLANDS[tree.length % USERLANDS.length];
        const answer = await chamber.ask({
          steps: stepsFor(tree),
          script: probeScript(),
          runs: [
            {
              argv: [...(shell?.argv ?? []), "-s", "--", "--host", "web", ...settings],
              path: shell?.path ?? "",
            },
          ],
        });
        const report = parseReport(answer.runs[0]?.stdout ?? "");
        const outcomes = mergeBoot(tree, { knownKeys: KEYS }).keys;
        for (const { key, persisted, file, line: at } of report.settings) {
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

describe("settings", () => {
  const two: BacklogDeclaration = {
    services: [{ name: "api", port: 80, backlog: 1 }],
    settings: { tcpSyncookies: 2 },
  };

  it("may be larger than declared in at-least mode, live and persisted", async () => {
    const steps: Step[] = [["file", OURS, "net.core.somaxconn = 65535\n"], somaxconn(65535), listen(4096)];
    expect((await look(steps, NGINX, { mode: "at-least" })).report).toMatchObject({
      verdict: "as-declared",
      mode: "at-least",
    });
    expect((await look(steps)).found).toEqual([
      "net.core.somaxconn (live): 4096, got 65535",
      "net.core.somaxconn (next boot): 4096, got 65535",
    ]);
  });

  it("may not be smaller in at-least mode", async () => {
    const steps: Step[] = [["file", OURS, "net.core.somaxconn = 999\n"], somaxconn(999), listen(999)];
    expect((await look(steps, NGINX, { mode: "at-least" })).found).toEqual([
      "net.core.somaxconn (live): 4096, got 999",
      "net.core.somaxconn (next boot): 4096, got 999",
      "nginx on 0.0.0.0:80: 4096, got 999",
    ]);
  });

  it("are judged each on its own", async () => {
    const steps: Step[] = [
      ["file", OURS, "net.core.somaxconn = 4096\nnet.ipv4.tcp_syncookies = 2\n"],
      somaxconn(4096),
      listen(1),
    ];
    const { report, found } = await look([...steps, ["sysctl", "net.ipv4.tcp_syncookies", "1"]], two);
    expect(found).toEqual(["net.ipv4.tcp_syncookies (live): 2, got 1"]);
    expect(report.settings.map(({ holds }) => holds)).toEqual([true, false]);
  });

  it("that the kernel does not have are said to be missing", async () => {
    const { found } = await look([PERSISTED, somaxconn(4096), listen(4096)], {
      ...NGINX,
      settings: { extra: { "net.core.no_such_key": 1 } },
    });
    expect(found).toEqual([
      "net.core.no_such_key (live): 1, got no such key",
      "net.core.no_such_key (next boot): 1, got nothing",
    ]);
  });

  it("are read without sysctl, too", async () => {
    const dash = USERLANDS[0]?.path ?? "";
    const args = ["--host", "web", "--setting", "net.core.somaxconn", "4096"];
    const { runs: ran } = await chamber.ask({
      steps: [PERSISTED, somaxconn(4096), ["hide", "sysctl"]],
      script: probeScript(),
      runs: [{ argv: ["dash", "-s", "--", ...args], path: dash }],
    });
    expect(parseReport(ran[0]?.stdout ?? "").settings[0]).toMatchObject({
      live: "4096",
      sysctl: "",
      holds: true,
    });
  });
});

describe("cloud-init", () => {
  const good = [PERSISTED, somaxconn(4096), listen(4096)];
  const enabled: Step = ["file", "/run/cloud-init/enabled", ""];

  it.each<[string, Step[]]>([
    ["absent", []],
    ["absent", [["directory", "/run/cloud-init"]]],
    ["disabled", [["file", "/run/cloud-init/disabled", ""], enabled]],
    ["done", [enabled, ["file", "/run/cloud-init/result.json", "{}"]]],
    [
      "done",
      [
        ["file", "/run/cloud-init/status.json", "{}"],
        ["file", "/var/result", ""],
        ["link", "/run/cloud-init/result.json", "/etc/sysctl.d"],
      ],
    ],
  ])("is %s", async (state, steps) => {
    const { report } = await look([...good, ...steps.filter(([, path]) => path !== "/var/result")]);
    expect(report).toMatchObject({ cloudInit: state, verdict: "as-declared" });
  });

  it.each<[Step]>([[enabled], [["file", "/run/cloud-init/status.json", "{}"]]])(
    "that still runs is a finding: %j",
    async (step) => {
      const { report } = await look([...good, step]);
      expect(report.cloudInit).toBe("running");
      expect(report.findings).toMatchObject([
        { rule: "cloud-init-finished", subject: "cloud-init", wanted: "done", got: "still running" },
      ]);
    },
  );

  it.each<[string, string, string | undefined]>([
    ["error", '{"v1": {"datasource": "x", "errors": ["(\\"scripts_user\\", RuntimeError())"]}}', undefined],
    ["error", '{\n "v1": {\n  "errors": [\n   "boom"\n  ]\n }\n}\n', undefined],
    ["degraded", '{"v1": {"errors": []}}', '{"v1": {"init": {"recoverable_errors": {"WARNING": ["x"]}}}}'],
    ["degraded", '{"v1": {"errors": [], "recoverable_errors": {"WARNING": ["x"]}}}', undefined],
    [
      "done",
      '{"v1": {"errors": [], "recoverable_errors": {}}}',
      '{"v1": {"init": {"recoverable_errors": {}}}}',
    ],
  ])("that ended in %s is a note: the values decide", async (state, result, status) => {
    const { report, stderr } = await look([
      ...good,
      enabled,
      ["file", "/run/cloud-init/result.json", result],
      ...(status === undefined ? [] : [["file", "/run/cloud-init/status.json", status] as const]),
    ]);
    expect(report).toMatchObject({ cloudInit: state, verdict: "as-declared", findings: [] });
    expect(report.notes?.map(({ rule, got }) => [rule, got])).toEqual(
      state === "done" ? [] : [["cloud-init-succeeded", state]],
    );
    expect(stderr.startsWith("NOTE on web: cloud-init: ")).toBe(state !== "done");
  });

  it("is waited for", async () => {
    const late: Step = ["after", 0.5, ["file", "/run/cloud-init/result.json", "{}"]];
    expect((await look([...good, enabled, late], NGINX, { waitSeconds: 30 })).report).toMatchObject({
      cloudInit: "done",
      verdict: "as-declared",
    });
  });
});

describe("a host that cannot be looked at", () => {
  it("because awk is missing", async () => {
    const reason = "awk is not installed here";
    const { runs: ran } = await chamber.ask({
      steps: [PERSISTED, ["hide", "awk"]],
      script: probeScript(),
      runs: [
        {
          argv: ["dash", "-s", "--", "--host", "web", "--setting", "net.core.somaxconn", "4096"],
          path: "/commands:/usr/bin",
        },
      ],
    });
    expect(ran[0]).toMatchObject({ status: 2, stderr: `could not look at web: ${reason}\n` });
    expect(ran[0]?.stdout.startsWith(`could not look: ${reason}\n{`)).toBe(true);
    expectSchema(ran[0]?.stdout ?? "");
    expect(() => parseReport(ran[0]?.stdout ?? "")).toThrow(new ReportError(reason));
  });

  const service = (changes: Readonly<Record<number, string>>) =>
    ["nginx", "80", "4096", "511", "127.0.0.1", "nginx.service", "do this"].map(
      (word, i) => changes[i] ?? word,
    );
  const NESTED = "'; touch /tmp/broken; '";
  it.each<[string, string[], string]>([
    ["nothing", [], "bad argument: --host NAME is missing"],
    [
      "nothing declared",
      ["--host", "web"],
      "bad argument: nothing is declared, neither --setting nor --service",
    ],
    ["no host", ["--setting", "net.core.somaxconn", "1"], "bad argument: --host NAME is missing"],
    ["a host without its name", ["--host"], "bad argument at --host"],
    ["an empty host", ["--host", ""], "bad argument at --host"],
    ["an unknown option", ["--hots", "web"], "bad argument at --hots"],
    ["an option that cannot be printed", ["\u001b[2J"], "bad argument at (unprintable)"],
    ["an unknown mode", ["--host", "web", "--mode", "loose"], "bad argument at --mode"],
    ["a wait that is no number", ["--host", "web", "--wait", "1s"], "bad argument at --wait"],
    ["a wait that a shell reads as octal", ["--host", "web", "--wait", "010"], "bad argument at --wait"],
    ["a negative settle", ["--host", "web", "--settle", "-1"], "bad argument at --settle"],
    [
      "a setting without a value",
      ["--host", "web", "--setting", "net.core.somaxconn"],
      "bad argument at --setting",
    ],
    [
      "a setting that is an option of sysctl",
      ["--host", "web", "--setting", "--system", "1"],
      "bad argument at --setting",
    ],
    [
      "a setting that leaves /proc/sys",
      ["--host", "web", "--setting", "net/../../../etc/shadow", "1"],
      "bad argument at --setting",
    ],
    [
      "a setting that is a path",
      ["--host", "web", "--setting", "/etc/shadow", "1"],
      "bad argument at --setting",
    ],
    [
      "a setting that is a pattern",
      ["--host", "web", "--setting", "net.core.*", "1"],
      "bad argument at --setting",
    ],
    [
      "a setting with a command",
      ["--host", "web", "--setting", "$(touch /tmp/broken)", "1"],
      "bad argument at --setting",
    ],
    [
      "a value with a line break",
      ["--host", "web", "--setting", "net.core.somaxconn", "1\n@service"],
      "bad argument at --setting",
    ],
    [
      "a value beyond ASCII",
      ["--host", "web", "--setting", "net.core.somaxconn", "\uff11"],
      "bad argument at --setting",
    ],
    [
      "a value that is too long",
      ["--host", "web", "--setting", "net.core.somaxconn", "1".repeat(401)],
      "bad argument at --setting",
    ],
    ["a host with a quote", ["--host", `web"${NESTED}`], "bad argument at --host"],
    ["a host with a backslash", ["--host", "web\\"], "bad argument at --host"],
    ["a host with a line break", ["--host", "web\nFINDING"], "bad argument at --host"],
    ["a host that is too long", ["--host", "x".repeat(256)], "bad argument at --host"],
    [
      "a service with a field missing",
      ["--host", "web", "--service", ...service({}).slice(1)],
      "bad argument at --service",
    ],
    [
      "a service with a command for a name",
      ["--host", "web", "--service", ...service({ 0: "`touch /tmp/broken`" })],
      "bad argument at --service",
    ],
    [
      "a service with a tab in its name",
      ["--host", "web", "--service", ...service({ 0: "a\tb" })],
      "bad argument at --service",
    ],
    [
      "a service with a port in words",
      ["--host", "web", "--service", ...service({ 1: "http" })],
      "bad argument at --service",
    ],
    [
      "a service with a port that JSON does not know",
      ["--host", "web", "--service", ...service({ 1: "080" })],
      "bad argument at --service",
    ],
    [
      "a service with an expression for a backlog",
      ["--host", "web", "--service", ...service({ 2: "1+1" })],
      "bad argument at --service",
    ],
    [
      "a service with a number of eleven digits",
      ["--host", "web", "--service", ...service({ 2: "12345678901" })],
      "bad argument at --service",
    ],
    [
      "a service with a command for an address",
      ["--host", "web", "--service", ...service({ 4: NESTED })],
      "bad argument at --service",
    ],
    [
      "a service with a unit that has a space",
      ["--host", "web", "--service", ...service({ 5: "a b" })],
      "bad argument at --service",
    ],
    [
      "a service with a fix on two lines",
      ["--host", "web", "--service", ...service({ 6: "a\nb" })],
      "bad argument at --service",
    ],
    [
      "a name of a service that is a path",
      ["--host", "web", "--service", ...service({ 1: "run/x.sock" })],
      "bad argument at --service",
    ],
    [
      "a path with a quote",
      ["--host", "web", "--service", ...service({ 1: "/run/x'.sock" })],
      "bad argument at --service",
    ],
    [
      "a path that no socket can have",
      ["--host", "web", "--service", ...service({ 1: `/${"x".repeat(107)}` })],
      "bad argument at --service",
    ],
    [
      "a port of six digits",
      ["--host", "web", "--service", ...service({ 1: "100000" })],
      "bad argument at --service",
    ],
    [
      "an unknown choice of namespaces",
      ["--host", "web", "--namespaces", "none"],
      "bad argument at --namespaces",
    ],
    [
      "arguments of 1 MB",
      [
        "--host",
        "web",
        ...Array.from({ length: 10 }, () => [
          "--service",
          ...service({ 6: "$(touch /tmp/broken)'\"`".repeat(5000) }),
        ]).flat(),
      ],
      "bad argument at --service",
    ],
    ["an argument of 120 kB", ["--host", "a".repeat(120_000)], "bad argument at --host"],
    [
      "arguments of 200 kB",
      ["--host", "web", "--setting", "a".repeat(100_000), "'".repeat(100_000)],
      "bad argument at --setting",
    ],
  ])("because of its arguments: %s", async (_, args, reason) => {
    const { status, stdout, stderr } = await runs([PERSISTED], args);
    const host = /^--host,web,/.test(args.join(",")) || args.join(",") === "--host,web" ? "web" : "";
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: `could not look: ${reason}\n{"schema":"listen-backlog-report/1","host":"${host}","verdict":"unknown","reason":"${reason}"}\n`,
      stderr: `could not look at ${host === "" ? "this host" : host}: ${reason}\n`,
    });
    expect(() => parseReport(stdout)).toThrow(new ReportError(reason));
  });

  it("executes nothing of arguments that are printable and hostile", async () => {
    const hostile =
      '"; touch /tmp/broken; $(touch /tmp/broken) `touch /tmp/broken` \\" \' %s %n & | > /tmp/broken';
    const args = [
      "--host",
      "web",
      "--setting",
      "net.core.somaxconn",
      hostile,
      "--service",
      ...service({ 2: "9", 6: hostile }),
    ];
    const { status, stdout } = await runs([PERSISTED, somaxconn(4096), listen(511, 80, "127.0.0.1")], args);
    expect(status).toBe(1);
    const report = parseReport(stdout);
    expect(report.settings[0]?.wanted).toBe(hostile);
    expect(report.findings.at(-1)?.fix).toContain("declare 511");
  });

  it("never ends with another status, whatever it is given", async () => {
    const word = fc.oneof(
      fc.constantFrom(
        "--host",
        "--mode",
        "--wait",
        "--settle",
        "--setting",
        "--service",
        "web",
        "exact",
        "0",
        "1",
        "80",
        "-",
        "net.core.somaxconn",
        "$(touch /tmp/broken)",
        "`touch /tmp/broken`",
        "-x",
        "--",
        "",
      ),
      fc.string({
        unit: fc.integer({ min: 1, max: 0x2fff }).map((code) => String.fromCharCode(code)),
        maxLength: 8,
      }),
    );
    const argsOf = fc.array(word, { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(argsOf, fc.constantFrom(...USERLANDS), async (args, { argv, path }) => {
        const answer = await chamber.ask({
          steps: [],
          script: probeScript(),
          runs: [{ argv: [...argv, "-s", "--", ...args], path }],
        });
        expect([0, 1, 2]).toContain(answer.runs[0]?.status);
        expect(answer.runs[0]?.stdout).toMatch(/^[\x20-\x7e]+\n\{[\x20-\x7e]+\}\n$/);
        expect(answer.written).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
