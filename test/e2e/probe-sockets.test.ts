import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BacklogDeclaration } from "../../backlog";
import { probeScript, type ProbeOptions } from "../../probe";
import { Chamber, type Step } from "./support/probe/chamber";
import { lookAt, lookForDocument, queues } from "./support/probe/look";
import { listen, NGINX, OURS, PERSISTED, somaxconn } from "./support/probe/scenario";

let chamber: Chamber;
beforeAll(() => {
  chamber = new Chamber();
});
afterAll(() => chamber.close());

const look = (
  steps: readonly Step[],
  declaration: BacklogDeclaration = NGINX,
  options: Partial<ProbeOptions> = {},
  uid = 0,
) => lookAt(chamber, steps, declaration, options, uid);

const GOOD = [PERSISTED, somaxconn(4096)];
const shared = (backlog: number) => ({ address: "0.0.0.0", port: 80, backlog, shared: true });

describe("several sockets", () => {
  it("of one process with SO_REUSEPORT that are alike are one finding", async () => {
    const listeners = [...Array.from({ length: 6 }, () => shared(511)), shared(4096)];
    const { report } = await look([...GOOD, ["child", { listeners, name: "nginx" }]]);
    expect(report.findings).toMatchObject([
      {
        subject: "nginx on 0.0.0.0:80 (6 sockets)",
        got: "511",
        cause: "511 is what this software asks for by itself: its configuration names no backlog.",
      },
    ]);
    expect(report.services[0]?.sockets.map(({ sendQ }) => sendQ)).toEqual([
      511, 511, 511, 511, 511, 511, 4096,
    ]);
  });

  it("of two processes on one port: the finding names the one that is wrong", async () => {
    const steps: Step[] = [
      ["child", { listeners: [shared(4096)], name: "nginx" }],
      ["child", { listeners: [shared(77)], name: "intruder" }],
    ];
    const { report, found } = await look([...GOOD, ...steps]);
    expect(found).toEqual(["nginx on 0.0.0.0:80: 4096, got 77"]);
    const [wrong, right] = report.services[0]?.sockets ?? [];
    expect([wrong?.process, right?.process]).toEqual(["intruder", "nginx"]);
    expect(report.findings[0]?.cause).toBe(
      `It has listened since before somaxconn was raised, or its configuration asks for 77. It is held by intruder (${String(wrong?.pid)}).`,
    );
  });

  it("of more processes than are looked at know the one that called listen()", async () => {
    const { report } = await look([
      ...GOOD,
      ["child", { listeners: [shared(4096)], name: "master", workers: 100 }],
    ]);
    const [socket] = report.services[0]?.sockets ?? [];
    expect(socket).toMatchObject({ process: "master", sendQ: 4096 });
  });

  it("know the limit of open files of the process that accepts, and its odd name", async () => {
    const child: Step = ["child", { listeners: [shared(4096)], name: 'a) R 1 "\\', files: 1234 }];
    const { report } = await look([...GOOD, child]);
    expect(report.services[0]?.sockets).toMatchObject([{ process: 'a) R 1 "\\', openFiles: 1234 }]);
  });

  it("of another user are judged, and what is not known of them is said", async () => {
    const { report } = await look([...GOOD, listen(4096)], NGINX, {}, 65534);
    expect(report).toMatchObject({ verdict: "as-declared", uid: 65534 });
    expect(Object.keys(report.services[0]?.sockets[0] ?? {})).toEqual(["local", "recvQ", "sendQ"]);
    expect(report.unseen).toEqual([
      "the processes of 1 socket: they belong to other users, and this one is not root",
      "the network namespaces of containers: this user is not root",
    ]);
  });

  it("are judged where processes are hidden, by root and by others", async () => {
    for (const uid of [0, 65534]) {
      const { report } = await look([...GOOD, listen(4096), ["hide-processes"]], NGINX, {}, uid);
      expect(report.verdict).toBe("as-declared");
    }
  });

  it("are judged where /proc/sys cannot be written", async () => {
    expect((await look([...GOOD, listen(4096), ["protect-settings"]])).report.verdict).toBe("as-declared");
  });
});

describe("a socket that systemd holds", () => {
  it("keeps its backlog when the service alone is restarted, and the finding says what to restart", async () => {
    const { report } = await look([...GOOD, listen(128, 22), ["rename", "systemd"]], {
      services: [{ name: "sshd", unit: "ssh.socket", backlog: 4096 }],
    });
    expect(report.findings).toMatchObject([
      {
        subject: "sshd on 0.0.0.0:22",
        cause:
          "systemd listens for it: its socket unit was started while somaxconn was lower, or has Backlog=128. A restart of the service alone keeps the socket.",
        fix: 'write "Backlog=4096" under [Socket] with sudo systemctl edit of its socket unit, which systemctl list-sockets names; then stop the service, and restart the socket unit',
      },
    ]);
  });
});

describe("a Unix socket", () => {
  const path = "/run/php/php-fpm.sock";
  const PHP: BacklogDeclaration = { services: [{ name: "php-fpm", path, backlog: 4096 }] };

  it.each([false, true])("is judged by its Send-Q (packets: %s)", async (packets) => {
    const steps: Step[] = [...GOOD, ["listen", { path, backlog: 4096, packets }]];
    const { report } = await look(steps, PHP);
    expect(report.verdict).toBe("as-declared");
    expect(report.services[0]).toMatchObject({ port: null, path, wanted: 4096, holds: true });
    expect(queues(report.services[0]?.sockets)).toEqual([{ local: path, recvQ: 0, sendQ: 4096 }]);
    expect(report.services[0]?.sockets[0]?.process).toBe("python3");
  });

  it("is cut by somaxconn as a TCP socket is", async () => {
    const { found, report } = await look(
      [PERSISTED, somaxconn(100), ["listen", { path, backlog: 4096 }]],
      PHP,
    );
    expect(found).toContain(`php-fpm on ${path}: 4096, got 100`);
    expect(report.findings.at(-1)?.cause).toBe(
      "The kernel cut it to net.core.somaxconn, which is 100 now, when the service called listen().",
    );
  });

  it("that is not there is a finding, whatever else listens", async () => {
    const other: Step = ["listen", { path: "/run/php/other.sock", backlog: 4096 }];
    const { report } = await look([...GOOD, other], PHP);
    expect(report.findings).toMatchObject([
      {
        subject: `php-fpm on ${path}`,
        got: "no listening socket",
        cause: "Nothing listens there: the service is down, or uses another path.",
      },
    ]);
  });

  it("is looked at together with ports", async () => {
    const both = { services: [...PHP.services, ...NGINX.services] };
    const { report } = await look([...GOOD, listen(4096), ["listen", { path, backlog: 511 }]], both);
    expect(report.findings).toMatchObject([{ subject: `php-fpm on ${path}`, got: "511" }]);
    expect(report.services.map(({ holds }) => holds)).toEqual([false, true]);
  });
});

describe("a service in a container", () => {
  const inside = (backlog: number, limit: number, name = "nginx"): Step => [
    "child",
    { namespace: true, somaxconn: limit, name, listeners: [{ address: "0.0.0.0", port: 80, backlog }] },
  ];

  it("is found in its network namespace, and judged there", async () => {
    const { report } = await look([...GOOD, inside(4096, 4096)]);
    expect(report.verdict).toBe("as-declared");
    const [own, container] = report.namespaces ?? [];
    expect(own).toMatchObject({ namespace: "host", somaxconn: 4096 });
    expect(container?.namespace).toMatch(/^\d+$/);
    expect(container).toMatchObject({ somaxconn: 4096, counters: { ListenOverflows: 0, ListenDrops: 0 } });
    expect(report.services[0]?.sockets).toMatchObject([
      {
        local: "0.0.0.0:80",
        sendQ: 4096,
        namespace: container?.namespace,
        pid: container?.pid,
        process: "nginx",
      },
    ]);
  });

  it("is said to be in the place of one on the host, on which nothing listens", async () => {
    const { report } = await look([...GOOD, inside(4096, 4096, "stranger")]);
    expect(report.notes).toMatchObject([
      {
        rule: "service-is-on-host",
        severity: "warning",
        subject: "nginx",
        wanted: "a listener on port 80 of the host",
        got: expect.stringMatching(/^one in another network namespace, of stranger \(\d+\)$/) as string,
      },
    ]);
    // With a forwarder on the host, the container has its place there.
    const proxy: Step = [
      "child",
      { name: "docker-proxy", listeners: [{ address: "0.0.0.0", port: 80, backlog: 4096 }] },
    ];
    expect((await look([...GOOD, proxy, inside(4096, 4096)])).report).toMatchObject({
      verdict: "as-declared",
      notes: [],
    });
  });

  it("is capped by the somaxconn of its own, which the host's does not reach", async () => {
    const { report } = await look([...GOOD, inside(4096, 200)]);
    const container = report.namespaces?.[1];
    expect(container?.somaxconn).toBe(200);
    expect(report.findings).toEqual([
      {
        rule: "effective-backlog",
        severity: "error",
        subject: `nginx on 0.0.0.0:80 in network namespace ${String(container?.namespace)} (nginx, process ${String(container?.pid)})`,
        wanted: "4096",
        got: "200",
        cause:
          "Its network namespace, that of a container, has a net.core.somaxconn of its own, which is 200: the one of the host does not reach it.",
        fix: "start the container with --sysctl net.core.somaxconn=4096, or set that inside it and restart the service there",
      },
    ]);
  });

  it("is not waited for: it is seen where it is", async () => {
    // Longer than the chamber lets any run take.
    const { report } = await look([...GOOD, inside(4096, 4096)], NGINX, { settleSeconds: 600 });
    expect(report.verdict).toBe("as-declared");
  });

  it("is judged in each container that has it", async () => {
    const { report, found } = await look([...GOOD, inside(4096, 4096, "first"), inside(4096, 300, "second")]);
    expect(report.namespaces).toHaveLength(3);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/\(second, process \d+\): 4096, got 300$/);
  });

  it("does not count where the service is on the host as well, unless all are asked for", async () => {
    const steps = [...GOOD, listen(4096), inside(4096, 300)];
    const { report, stderr } = await look(steps);
    expect(report.verdict).toBe("as-declared");
    expect(report.services[0]).toMatchObject({ elsewhere: 1, sockets: [{ local: "0.0.0.0:80" }] });
    expect(report.notes).toMatchObject([
      { rule: "service-has-one-place", severity: "info", subject: "nginx" },
    ]);
    expect(stderr).toMatch(/^NOTE on web: nginx: /);
    const all = await look(steps, NGINX, { namespaces: "all" });
    expect(all.found).toHaveLength(1);
    expect(all.found[0]).toMatch(/^nginx on 0\.0\.0\.0:80 in network namespace \d+ .*: 4096, got 300$/);
    expect(all.report.notes).toEqual([]);
  });

  it("counts where what listens on the host only forwards to it", async () => {
    const proxy: Step = [
      "child",
      { name: "docker-proxy", listeners: [{ address: "0.0.0.0", port: 80, backlog: 4096 }] },
    ];
    const { found, report } = await look([...GOOD, proxy, inside(4096, 300)]);
    expect(found).toHaveLength(1);
    expect(report.services[0]?.sockets.map(({ process, sendQ }) => [process, sendQ])).toEqual([
      ["nginx", 300],
      ["docker-proxy", 4096],
    ]);
  });

  it("cannot be seen without root, and the finding says that it may be there", async () => {
    const { report } = await look([...GOOD, inside(4096, 4096)], NGINX, {}, 65534);
    expect(report.findings).toMatchObject([
      {
        got: "no listening socket",
        cause:
          "Nothing listens there: the service is down, or uses another port or address. Or it is in a container, where only root can look.",
      },
    ]);
    expect(report.unseen).toContain("the network namespaces of containers: this user is not root");
  });

  it("whose namespace cannot be entered leaves the verdict open", async () => {
    const { status, report, verdict, stderr } = await lookForDocument(
      chamber,
      [...GOOD, inside(4096, 4096), ["hide", "nsenter"]],
      NGINX,
    );
    expect(status).toBe(2);
    expect(report).toMatchObject({
      verdict: "unknown",
      services: [{ name: "nginx", holds: null, sockets: [{ local: "0.0.0.0:80", recvQ: 0, sendQ: null }] }],
      tools: { nsenter: false },
    });
    expect(report.unseen?.[0]).toMatch(
      /^network namespace \d+ of process \d+: nsenter is not installed here$/,
    );
    expect(verdict).toBe(
      "could not look: a network namespace with a declared service could not be entered; enter it and run this probe there",
    );
    expect(stderr).toContain("could not look at web: a network namespace");
  });
});

describe("an ss that leaves sockets out", () => {
  const steps: Step[] = [...GOOD, listen(4096), listen(77, 80, "::1")];
  const leavesOut = (how: string): Step => ["replace", "ss", `#!/bin/sh\n${how}\n`];
  const reason = (sockets: string) =>
    `ss leaves out ${sockets} that /proc/net/tcp or tcp6 shows on a declared port; compare them with ss -lnte by hand, and look whether ss is that of iproute2`;

  it.each([
    [
      "ends after the first of them",
      '/tmp/real/ss "$@" | { read -r a; read -r b; echo "$a"; echo "$b"; }; exit 1',
    ],
    ["lists IPv4 alone", 'exec /tmp/real/ss -4 "$@"'],
  ])("because it %s leaves the verdict open", async (_, how) => {
    const { status, report } = await lookForDocument(chamber, [...steps, leavesOut(how)], NGINX);
    expect(status).toBe(2);
    expect(report).toMatchObject({ verdict: "unknown", reason: reason("1 listening socket"), findings: [] });
    expect(report.unseen).toEqual(["the effective backlog of 1 socket: ss leaves out what /proc/net shows"]);
    expect(report.services).toMatchObject([{ holds: null }]);
    expect(queues(report.services?.[0]?.sockets)).toEqual([
      { local: "0.0.0.0:80", recvQ: 0, sendQ: 4096 },
      { local: "[::1]:80", recvQ: 0, sendQ: null },
    ]);
  });

  it("and has nothing but its header is no proof that nothing listens", async () => {
    const header = leavesOut('/tmp/real/ss "$@" | { read -r a; echo "$a"; }');
    const { report } = await lookForDocument(chamber, [...steps, header], NGINX);
    expect(report).toMatchObject({ verdict: "unknown", reason: reason("2 listening sockets") });
  });

  it("does not hide what is wrong on those that it has", async () => {
    const { found } = await look([...steps, leavesOut('exec /tmp/real/ss -6 "$@"')]);
    expect(found).toEqual(["nginx on [::1]:80: 4096, got 77"]);
  });

  it("because one was opened just then is asked again", async () => {
    const once = leavesOut(
      '[ -e /tmp/asked ] && exec /tmp/real/ss "$@"; >/tmp/asked; exec /tmp/real/ss -4 "$@"',
    );
    const good = [...GOOD, listen(4096), listen(4096, 80, "::1")];
    const argv = [
      "dash",
      "-s",
      "--",
      "--host",
      "web",
      "--service",
      "nginx",
      "80",
      "4096",
      "-",
      "-",
      "-",
      "-",
    ];
    const runs = [{ argv, path: "/awk/mawk:/usr/bin" }];
    const answer = await chamber.ask({
      steps: [...good, ["file", "/tmp/x", ""], once],
      script: probeScript(),
      runs,
    });
    expect(answer.runs[0]?.stdout).toContain('"verdict":"as-declared"');
  });

  it("of another namespace leaves the verdict open", async () => {
    const listeners = ["0.0.0.0", "::1"].map((address) => ({ address, port: 80, backlog: 4096 }));
    const child: Step = ["child", { listeners, namespace: true, somaxconn: 4096 }];
    const only4 = leavesOut('exec /tmp/real/ss -4 "$@"');
    const { report } = await lookForDocument(chamber, [...GOOD, child, only4], NGINX);
    expect(report).toMatchObject({ verdict: "unknown", reason: reason("1 listening socket") });
  });
});

describe("a host without a tool", () => {
  it("ss: an IPv6 socket may take IPv4 as well, so that nothing is certain", async () => {
    const dual: Step = ["listen", { address: "::", port: 80, backlog: 4096, dual: true }];
    const declaration = { services: [{ name: "nginx", backlog: 4096, address: "0.0.0.0" }] };
    const { report } = await lookForDocument(chamber, [...GOOD, dual, ["hide", "ss"]], declaration);
    expect(report.verdict).toBe("unknown");
    expect(report.findings).toEqual([]);
  });

  const REASON = "ss is not installed here, and nothing else shows the effective backlog; install iproute2";
  const every: Step[] = [
    ["listen", { address: "127.0.0.1", port: 80, backlog: 5 }],
    ["listen", { address: "::1", port: 80, backlog: 5 }],
    ["listen", { address: "::", port: 8080, backlog: 5, dual: true }],
    ["listen", { address: "::ffff:127.0.0.2", port: 8081, backlog: 5, dual: true }],
    ["listen", { path: "/run/x.sock", backlog: 5 }],
  ];
  const declaration: BacklogDeclaration = {
    services: [
      { name: "a", port: 80, backlog: 5 },
      { name: "b", port: 8080, backlog: 5 },
      { name: "c", port: 8081, backlog: 5 },
      { name: "d", path: "/run/x.sock", backlog: 5 },
    ],
  };

  it("ss: says where services listen, and leaves the verdict open", async () => {
    const { status, report, verdict, stderr } = await lookForDocument(
      chamber,
      [...GOOD, ...every, ["hide", "ss"]],
      declaration,
    );
    expect(status).toBe(2);
    expect(verdict).toBe(`could not look: ${REASON}`);
    expect(stderr).toBe(`could not look at web: ${REASON}\n`);
    expect(report).toMatchObject({ verdict: "unknown", reason: REASON, tools: { ss: false }, findings: [] });
    expect(report.unseen).toEqual(["the effective backlog of 5 sockets: ss is not installed here"]);
    // As ss prints them, but for the dual-stack socket, of which /proc does not tell that it is one.
    const withSs = await look([...GOOD, ...every], declaration);
    const places = (sockets: readonly { readonly local: string }[] = []) =>
      sockets.map(({ local }) => local).sort();
    expect(report.services?.map(({ sockets }) => places(sockets))).toEqual(
      withSs.report.services.map(({ sockets }) => places(sockets).map((local) => local.replace("*", "[::]"))),
    );
  });

  it("ss: what is wrong without doubt is a finding all the same", async () => {
    const { found, report } = await look([...GOOD, listen(4096, 8080), ["hide", "ss"]]);
    expect(found).toEqual(["nginx on port 80: 4096, got no listening socket"]);
    expect(report.verdict).toBe("not-as-declared");
    const lower = await look([PERSISTED, somaxconn(99), listen(4096), ["hide", "ss"]]);
    expect(lower.found).toEqual(["net.core.somaxconn (live): 4096, got 99"]);
  });

  it("stat: does not know when files changed, and says so", async () => {
    const { report } = await look([...GOOD, listen(4096), ["hide", "stat"]]);
    expect(report).toMatchObject({
      verdict: "as-declared",
      tools: { stat: false },
      settings: [{ changed: null }],
    });
    expect(report.unseen).toEqual([
      "when files changed, and the network namespaces of containers: stat is not installed here",
    ]);
  });

  it("grep: reads the files itself", async () => {
    const steps = [...GOOD, listen(4096)];
    const [without, whole] = [await look([...steps, ["hide", "grep"]]), await look(steps)];
    expect(without.report.services).toEqual(whole.report.services);
    expect(without.report.kernel).toBe(whole.report.kernel);
    expect(without.report.verdict).toBe("as-declared");
  });
});

describe("a key that cannot be read as a value", () => {
  it.each(["net.core", "net.ipv4.route.flush"])("is said to be missing: %s", async (key) => {
    const { found } = await look([...GOOD, listen(4096)], { ...NGINX, settings: { extra: { [key]: 1 } } });
    expect(found).toEqual([`${key} (live): 1, got no such key`, `${key} (next boot): 1, got nothing`]);
  });
});

describe("a report that would be too long", () => {
  it("of 500 sockets lists the wrong ones first and counts the rest", async () => {
    const listeners = Array.from({ length: 500 }, (_, i) => ({
      address: `127.1.${Math.floor(i / 250)}.${(i % 250) + 1}`,
      port: 80,
      backlog: i % 50 === 0 ? 100 + i : 4096,
    }));
    const { report, verdict } = await look([...GOOD, ["child", { listeners }]]);
    const [service] = report.services;
    expect(service?.sockets.slice(0, 10).map(({ sendQ }) => sendQ)).not.toContain(4096);
    expect((service?.sockets.length ?? 0) + (service?.socketsOmitted ?? 0)).toBe(500);
    expect(report.omitted?.sockets).toBe(service?.socketsOmitted);
    expect(report.findings).toHaveLength(10);
    expect(verdict).toMatch(/\(and 9 more\)$/);
  });

  it("of 500 wrong sockets still has the verdict, and findings as far as there is room", async () => {
    const listeners = Array.from({ length: 500 }, (_, i) => ({
      address: "127.0.0.1",
      port: 10000 + i,
      backlog: 7,
    }));
    const services = Array.from({ length: 100 }, (_, i) => ({
      name: `${"x".repeat(59)}-${i}`,
      port: 10000 + i,
      backlog: 1000 + i,
    }));
    const { report, verdict, stderr } = await lookForDocument(chamber, [...GOOD, ["child", { listeners }]], {
      services,
    });
    expect(verdict).toMatch(/^not as declared: .* \(and 99 more\)$/);
    expect((report.findings?.length ?? 0) + (report.omitted?.findings ?? 0)).toBe(100);
    expect(report.findings?.length).toBeGreaterThan(5);
    expect((report.services?.length ?? 0) + (report.omitted?.services ?? 0)).toBe(100);
    expect(stderr.length).toBeLessThan(8000);
    expect(stderr).toMatch(/and \d+ more findings on web\n$/);
  });

  it("of settings with long values and many losing lines is cut in its lists, never in its middle", async () => {
    const extra = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`net.x.key${i}`, `"\\`.repeat(190)]),
    );
    const files = Array.from({ length: 60 }, (_, i): Step => [
      "file",
      `/etc/sysctl.d/${i + 10}-${"n".repeat(200)}.conf`,
      "net.core.somaxconn = 1\n",
    ]);
    const { report } = await look([...GOOD, ...files, listen(4096)], { ...NGINX, settings: { extra } });
    expect((report.settings[0]?.losers?.length ?? 0) + (report.settings[0]?.losersOmitted ?? 0)).toBe(60);
    expect(report.settings[0]?.file).toBe(OURS);
    expect(report.settings.length + (report.omitted?.settings ?? 0)).toBe(41);
    expect(report.omitted?.settings).toBeGreaterThan(0);
    expect(report.services).toHaveLength(1);
  });
});
