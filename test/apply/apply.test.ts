import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerOf, onHost, type Step } from "./host";
import { EXTRA_KEYS_OUTSIDE_NET } from "../../backlog";

const OURS = "99-zz-listen-backlog.conf";
const MARKER = "# Written by listen-backlog: change the declaration, not this file.\n";
const set = (value: number | string, ...more: string[]): string[] => [
  ...["--host", "web", "--owner", "0a"],
  ...["--setting", "net.core.somaxconn", String(value)],
  ...more,
];
const RESTORE = ["--host", "web", "--owner", "0a", "--restore"];

describe("a host", () => {
  it("gets the file and the value, once; the second run finds nothing to do", () => {
    const { runs, files } = onHost(set(8192), set(8192));
    expect(runs.map(({ status, somaxconn }) => [status, somaxconn])).toEqual([
      [0, "8192"],
      [0, "8192"],
    ]);
    expect(answerOf(runs[0])).toEqual({
      schema: "listen-backlog-apply/1",
      line: `applied: web: wrote /etc/sysctl.d/${OURS}; set net.core.somaxconn from 1024 to 8192`,
      host: "web",
      verdict: "changed",
      mode: "at-least",
      file: `/etc/sysctl.d/${OURS}`,
      settings: [{ key: "net.core.somaxconn", wanted: "8192", was: "1024" }],
      steps: [`wrote /etc/sysctl.d/${OURS}`, "set net.core.somaxconn from 1024 to 8192"],
      reason: "",
    });
    expect(answerOf(runs[1])).toMatchObject({ verdict: "unchanged", line: "nothing to do: web", steps: [] });
    expect(files).toEqual({
      [OURS]: `${MARKER}# owner: 0a\n# before: net.core.somaxconn = 1024\nnet.core.somaxconn = 8192\n`,
    });
  });

  it("is told what would be done, and nothing is", () => {
    const { runs, files } = onHost(set(8192, "--dry-run"));
    expect(answerOf(runs[0])).toMatchObject({
      verdict: "planned",
      steps: [`would write /etc/sysctl.d/${OURS}`, "would set net.core.somaxconn from 1024 to 8192"],
    });
    expect(runs[0]?.somaxconn).toBe("1024");
    expect(files).toEqual({});
  });

  it.each<[string, string, Step[]]>([
    ["the live value", "9000", ["sysctl -q -w net.core.somaxconn=9000"]],
    ["another file", "9000", ["echo net/core/somaxconn=9000 >/etc/sysctl.d/10-a.conf"]],
    [
      "the last of others",
      "9000",
      ["for n in 10:20000 20:9000; do echo net.core.somaxconn = ${n#*:} >/etc/sysctl.d/${n%:*}.conf; done"],
    ],
    ["our own file", "9000", [set(9000), "sysctl -q -w net.core.somaxconn=100"]],
    ["nothing higher", "8192", ["echo net.core.somaxconn=100 >/etc/sysctl.d/10-a.conf"]],
    ["a pattern", "9000", ["echo 'net/core/som*=9000' >/etc/sysctl.d/10-a.conf"]],
    [
      "the line for the key, not a later pattern",
      "9000",
      [
        "echo net.core.somaxconn=9000 >/etc/sysctl.d/10-a.conf; echo 'net.core.*=20000' >/etc/sysctl.d/20-b.conf",
      ],
    ],
    [
      "a line that keeps patterns away",
      "8192",
      ["printf 'net.core.*=20000\\n-net.core.somaxconn\\n' >/etc/sysctl.d/10-a.conf"],
    ],
    ["a pattern of another key", "8192", ["echo 'net.core.[r-t]mem_*=9000000' >/etc/sysctl.d/10-a.conf"]],
    [
      "a file that is masked",
      "8192",
      [
        "ln -s /dev/null /etc/sysctl.d/z.conf; mkdir /run/sysctl.d; echo net.core.somaxconn=9000 >/run/sysctl.d/z.conf",
      ],
    ],
  ])("is never lowered: %s counts", (_, value, steps) => {
    const { runs, files } = onHost(...steps, set(8192));
    expect(runs.at(-1)?.somaxconn).toBe(value);
    expect(files[OURS]).toContain(`\nnet.core.somaxconn = ${value}\n`);
  });

  it("is lowered where it is to be exact", () => {
    const { runs, files } = onHost("sysctl -q -w net.core.somaxconn=9000", set(8192, "--mode", "exact"));
    expect(runs[0]?.somaxconn).toBe("8192");
    expect(files[OURS]).toContain("# before: net.core.somaxconn = 9000\nnet.core.somaxconn = 8192\n");
  });

  it("keeps what it had where the kernel takes one of the values and not the other", () => {
    const { runs, files } = onHost(
      set(2048),
      set(4096, "--mode", "exact", "--setting", "net.ipv4.ip_local_port_range", "50000 40000"),
    );
    expect(runs[1]).toMatchObject({ status: 1, somaxconn: "2048" });
    expect(answerOf(runs[1])).toMatchObject({ verdict: "failed", steps: [] });
    expect(runs[1]?.stderr).toMatch(
      /^could not apply on web: the kernel did not take net\.ipv4\.ip_local_port_range = 50000 40000, it is \d+ \d+ .*; everything is as it was before\n$/,
    );
    expect(files).toEqual({
      [OURS]: `${MARKER}# owner: 0a\n# before: net.core.somaxconn = 1024\nnet.core.somaxconn = 2048\n`,
    });
  });

  it("is not touched where at-least would have to compare several numbers", () => {
    const { runs } = onHost(set(4096, "--setting", "net.ipv4.ip_local_port_range", "32768 60000"));
    expect(runs[0]).toMatchObject({ status: 2, somaxconn: "1024" });
    expect(runs[0]?.stderr).toMatch(
      /^could not apply on web: net\.ipv4\.ip_local_port_range is \d+ \d+ here, and of several numbers nobody can say which are larger; declare that value, or mode exact\n$/,
    );
  });

  it("keeps a number that no shell can compare, where it is larger", () => {
    const { runs } = onHost(
      "echo fs.file-max = 9223372036854775807 >/etc/sysctl.d/10-a.conf",
      // Only planned: the key is of the whole machine.
      set(4096, "--dry-run", "--setting", "fs.file-max", "2097152"),
    );
    expect(answerOf(runs[0])).toMatchObject({
      settings: [{ key: "net.core.somaxconn" }, { key: "fs.file-max", wanted: "9223372036854775807" }],
    });
  });

  it("is not kept from its values by a number in a file that no kernel takes", () => {
    const { runs, files } = onHost(
      "echo net.core.somaxconn = 4294967296 >/etc/sysctl.d/10-a.conf",
      set(4096),
      `sed -i 's/^net.core.somaxconn = .*/net.core.somaxconn = 99999999999/' /etc/sysctl.d/${OURS}`,
      set(4096),
    );
    expect(runs.map(({ status, somaxconn }) => [status, somaxconn])).toEqual([
      [0, "4096"],
      [0, "4096"],
    ]);
    expect(files[OURS]).toContain("\nnet.core.somaxconn = 4096\n");
  });

  it("keeps its file where the disk is full", () => {
    const { runs, files } = onHost(
      set(2048),
      "mount -o remount,size=8k /etc/sysctl.d; head -c 4096 /dev/zero | tr '\\0' x >/etc/sysctl.d/filler",
      set(4096),
      "rm /etc/sysctl.d/filler",
    );
    expect(runs[1]).toMatchObject({ status: 1, somaxconn: "2048" });
    expect(runs[1]?.stderr).toContain("everything is as it was before");
    expect(Object.keys(files)).toEqual([OURS]);
    expect(files[OURS]).toContain("net.core.somaxconn = 2048\n");
  });

  it.each<[string, string, RegExp]>([
    ["somebody else's file", `echo x >/etc/sysctl.d/${OURS}`, /was not written by listen-backlog/],
    ["a link", `ln -s /dev/null /etc/sysctl.d/${OURS}`, /is a link; remove it/],
    ["a directory", `mkdir /etc/sysctl.d/${OURS}`, /is not a file/],
  ])("is refused in the place of %s", (_, step, reason) => {
    const { runs, files } = onHost(step, set(4096));
    expect(runs[0]).toMatchObject({ status: 2, somaxconn: "1024" });
    expect(answerOf(runs[0])).toMatchObject({
      verdict: "refused",
      reason: expect.stringMatching(reason) as string,
    });
    expect(Object.keys(files)).toEqual([OURS]);
  });

  it("refuses a key that it does not have, before anything is changed", () => {
    const { runs, files } = onHost(set(4096, "--setting", "net.core.no_such_key", "1"));
    expect(runs[0]).toMatchObject({ status: 2, somaxconn: "1024" });
    expect(files).toEqual({});
  });

  it("waits for cloud-init no longer than it is told, and is not changed meanwhile", () => {
    const { runs, files } = onHost(
      "mkdir -p /run/cloud-init; touch /run/cloud-init/enabled",
      set(4096, "--wait", "0"),
    );
    expect(runs[0]).toMatchObject({ status: 2, somaxconn: "1024" });
    expect(runs[0]?.stderr).toContain("cloud-init still ran after 0 seconds");
    expect(files).toEqual({});
  });

  it("is changed by one run at a time: the second waits, and says so where that takes too long", () => {
    const { runs, files } = onHost(
      "(exec 9</etc/sysctl.d; flock 9; touch /run/locked; exec sleep 1000) </dev/null >/dev/null 2>&1 & echo $! >/run/pid; until [ -e /run/locked ]; do sleep 0.1; done",
      set(4096, "--wait", "0"),
      set(4096, "--dry-run", "--wait", "0"),
      "(sleep 1; kill $(cat /run/pid)) >/dev/null 2>&1 &",
      set(4096, "--wait", "60"),
    );
    expect(runs.map(({ status }) => status)).toEqual([2, 0, 0]);
    expect(runs[0]?.stderr).toBe(
      "could not apply on web: another run changes this host: it was not done after 0 seconds; run pulumi up again when it is\n",
    );
    expect(runs[0]?.somaxconn).toBe("1024");
    expect(runs[2]?.somaxconn).toBe("4096");
    expect(Object.keys(files)).toEqual([OURS]);
  });

  it("is changed by one run at a time without flock as well, and what a killed one left counts for nothing", () => {
    // What cannot be executed is not found.
    const hide = "mount -o bind /dev/null /usr/bin/flock; rm -f /run/applets/flock";
    const { runs } = onHost(
      hide,
      "mkdir /run/listen-backlog.lock; sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >/run/listen-backlog.lock/pid",
      set(4096, "--wait", "0"),
      "kill $(cat /run/listen-backlog.lock/pid)",
      set(4096, "--wait", "60"),
      "[ ! -e /run/listen-backlog.lock ]",
      set(8192, "--wait", "0"),
    );
    expect(runs.map(({ status, somaxconn }) => [status, somaxconn])).toEqual([
      [2, "1024"],
      [0, "4096"],
      [0, "8192"],
    ]);
  });

  it("takes over what was left by a run that was killed", () => {
    const { files } = onHost(`echo half >/etc/sysctl.d/.${OURS}.new`, set(4096));
    expect(Object.keys(files)).toEqual([OURS]);
  });
});

describe("a service that is right already", () => {
  const command = (name: string, ...lines: string[]) =>
    `mkdir -p /run/commands; printf '%s\\n' '#!/bin/sh' ${lines.map((line) => `'${line}'`).join(" ")} >/run/commands/${name}; chmod 0755 /run/commands/${name}`;
  const SYSTEMCTL = command(
    "systemctl",
    'case $1 in is-active) echo active ;; show) echo MainPID=0 ;; *) echo "$@" >>/etc/sysctl.d/calls ;; esac',
  );
  /** Somebody listens there for as long as the host is. */
  const listening = (address: string, backlog: number) =>
    `ip link set lo up; python3 -c 'import os, socket, sys, time
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.bind((sys.argv[1], 9000))
s.listen(int(sys.argv[2]))
print("ready", flush=True)
while os.path.exists("/proc/" + sys.argv[3]): time.sleep(0.1)' ${address} ${backlog} $PPID >/run/ready 2>&1 &
until [ -s /run/ready ]; do sleep 0.1; done`;
  const relisten = (address: string) => [
    ...set(1024, "--settle", "0"),
    ...["--relisten", "app", "9000", "1024", address, "app.service", "restart"],
  ];

  it("is restarted where it is wrong, as the other tests here need", () => {
    const { files } = onHost(SYSTEMCTL, listening("127.0.0.1", 100), relisten("-"));
    expect(files["calls"]).toBe("restart app.service\n");
  });

  it("is not restarted because it is bound to its IPv4 address by way of IPv6, as Java does", () => {
    const { runs, files } = onHost(SYSTEMCTL, listening("::ffff:127.0.0.1", 1024), relisten("127.0.0.1"));
    expect(files["calls"]).toBeUndefined();
    expect(runs[0]?.status).toBe(0);
  });

  it("is not restarted at each run where the kernel does not answer ss, but for a value that changed", () => {
    const mute = command("ss", 'PROC_NET_TCP=/proc/net/tcp exec /usr/bin/ss "$@"');
    const { runs, files } = onHost(
      SYSTEMCTL,
      mute,
      listening("127.0.0.1", 1024),
      relisten("-"),
      "sysctl -q -w net.core.somaxconn=999",
      relisten("-"),
    );
    expect(files["calls"]).toBe("restart app.service\n");
    expect(answerOf(runs[0]).steps).toEqual([`wrote /etc/sysctl.d/${OURS}`]);
    expect(answerOf(runs[1]).steps).toEqual([
      "set net.core.somaxconn from 999 to 1024",
      "restart of app.service: app on port 9000 had unknown, has unknown",
    ]);
  });
});

describe("what was there before", () => {
  it("is kept over updates, and put back", () => {
    const extra = ["--setting", "net.ipv4.tcp_fin_timeout", "90"];
    const { runs, files } = onHost(
      set(2048),
      set(4096, ...extra),
      set(8192),
      RESTORE,
      "sysctl -n net.ipv4.tcp_fin_timeout | grep -qx 60",
    );
    expect(answerOf(runs[2]).steps).toEqual([
      `/etc/sysctl.d/${OURS} no longer has net.ipv4.tcp_fin_timeout, which is not declared here: its value stays until the next boot`,
      `wrote /etc/sysctl.d/${OURS}`,
      "set net.core.somaxconn from 4096 to 8192",
    ]);
    expect(runs.at(-1)?.somaxconn).toBe("1024");
    expect(answerOf(runs.at(-1))).toMatchObject({
      verdict: "restored",
      steps: [
        "set net.core.somaxconn from 8192 to 1024",
        "set net.ipv4.tcp_fin_timeout from 90 to 60",
        `removed /etc/sysctl.d/${OURS}`,
      ],
    });
    expect(files).toEqual({});
  });

  it("is a file of ours from cloud-init, too", () => {
    const earlier = `${MARKER}net.core.somaxconn = 512\n`;
    const { files } = onHost(`printf '${earlier}' >/etc/sysctl.d/${OURS}`, set(2048), set(4096), RESTORE);
    expect(files).toEqual({ [OURS]: earlier });
  });

  it.each<[string, Step[]]>([
    ["nothing is there", []],
    ["it has another owner", [["--host", "web", "--owner", "0b", "--setting", "net.core.somaxconn", "2048"]]],
    ["it has none", [["--host", "web", "--setting", "net.core.somaxconn", "2048"]]],
    ["cloud-init wrote it", [`printf '${MARKER}net.core.somaxconn = 512\n' >/etc/sysctl.d/${OURS}`]],
  ])("is left alone where %s", (_, steps) => {
    const before = onHost(...steps);
    const after = onHost(...steps, RESTORE);
    expect(after.files).toEqual(before.files);
    expect(after.runs.at(-1)?.status).toBe(0);
    expect(answerOf(after.runs.at(-1)).verdict).toBe("unchanged");
    expect(after.runs.at(-1)?.somaxconn).toBe(before.runs.at(-1)?.somaxconn ?? "1024");
  });

  it("moves with the name of the file", () => {
    const renamed = (args: string[]) => [...args, "--file", "99-zzz.conf"];
    const { runs, files } = onHost(set(2048), renamed(set(4096)), RESTORE, renamed(RESTORE));
    expect(runs.map(({ somaxconn }) => somaxconn)).toEqual(["2048", "4096", "4096", "1024"]);
    expect(files).toEqual({});
  });

  it.each([
    ["the first", ["99-a.conf", "99-b.conf"], ["4096", "1024"]],
    ["the second", ["99-b.conf", "99-a.conf"], ["2048", "1024"]],
  ])(
    "is put back when both of two declarations are gone, whichever goes first: %s",
    (_, [one, two], expected) => {
      const of = (args: string[], file = "") => [...args, "--file", file];
      const { runs, files } = onHost(
        of(set(2048), "99-a.conf"),
        of(set(4096), "99-b.conf"),
        of(RESTORE, one),
        of(RESTORE, two),
      );
      expect(runs.map(({ somaxconn }) => somaxconn)).toEqual(["2048", "4096", ...expected]);
      expect(files).toEqual({});
    },
  );

  it("is not believed where somebody edited it", () => {
    const { runs, files } = onHost(
      set(2048),
      `sed -i 's/^# before: .*/# before: kernel.core_pattern = |evil/' /etc/sysctl.d/${OURS}`,
      RESTORE,
    );
    expect(runs[1]).toMatchObject({ status: 2, somaxconn: "2048" });
    expect(Object.keys(files)).toEqual([OURS]);
  });
});

describe("arguments", () => {
  it("that no declaration makes are refused, and not echoed", () => {
    const hostile: string[][] = [
      [],
      ["--host", "web"],
      ["--host"],
      ["--host", "a b", "--setting", "net.core.somaxconn", "1"],
      set(4096, "--mode", "most"),
      set(4096, "--file", "../x.conf"),
      set(4096, "--file", "99-sysctl.conf"),
      set(4096, "--owner", "x y"),
      set(4096, "--wait", "-1"),
      set("4096\nkernel.core_pattern=|x"),
      set("$(touch /etc/sysctl.d/evil)"),
      ["--host", "web", "--setting", "kernel.core_pattern", "x"],
      ["--host", "web", "--setting", "net.//.kernel.core_pattern", "x"],
      ["--host", "web", "--setting", "net/../kernel/core_pattern", "x"],
      ["--host", "web", "--setting", "net.ipv4.route.flush", "1"],
      set(4096, "--relisten", "nginx", "80", "1", "-", "nginx", "restart"),
      set(4096, "--relisten", "nginx", "80", "1", "-", "-H.service", "restart"),
      set(4096, "--relisten", "nginx", "80", "1", "-", "nginx.service", "stop"),
      set(4096, "--relisten", "nginx", "80", "1"),
      set(4096, "\u001b[2J"),
      // One word of a command line holds 128 KiB at most, so 1 MB is several.
      ["--host", "web", ...Array.from({ length: 8 }, () => "x".repeat(120_000))],
    ];
    const { runs, files } = onHost(...hostile);
    expect(runs).toHaveLength(hostile.length);
    for (const [at, run] of runs.entries()) {
      expect(run, JSON.stringify(hostile[at]).slice(0, 100)).toMatchObject({ status: 2, somaxconn: "1024" });
      expect(run.stderr).toMatch(/^could not apply on \S.*: bad argument[\x20-\x7e]*\n$/);
    }
    expect(files).toEqual({});
  });

  it("never run anything, whatever they hold", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 60 }),
      fc.constantFrom(
        "$(touch /etc/sysctl.d/evil)",
        "`touch /etc/sysctl.d/evil`",
        "'; touch /etc/sysctl.d/evil; '",
        "-",
        "--",
      ),
      fc.constantFrom("--setting", "--relisten", "--host", "--file", "net.core.somaxconn", "4096"),
    );
    // All of one sample on one host: what one run leaves would be seen in the end.
    const sample = fc.sample(
      fc.array(
        nasty.filter((text) => !text.includes("\0")),
        { maxLength: 8 },
      ),
      { numRuns: 60 },
    );
    const { runs, files } = onHost(...sample.map((args) => ["--host", "web", ...args]));
    expect(Object.keys(files).filter((name) => name !== OURS)).toEqual([]);
    for (const [at, run] of runs.entries()) {
      expect(run.stdout.split("\n"), JSON.stringify(sample[at])).toHaveLength(3);
      expect(run.stdout).toMatch(/^[\x20-\x7e\n]*$/);
    }
  });

  it("take every key that a declaration takes", () => {
    const extra = EXTRA_KEYS_OUTSIDE_NET.flatMap((key) => ["--setting", key, "1"]);
    expect(onHost(set(4096, ...extra, "--dry-run")).runs[0]?.status).toBe(0);
  });
});
