import { describe, expect, it } from "vitest";
import {
  explainLoss,
  mergeBoot,
  mergeFile,
  mergeProcpsSystem,
  type KeyOutcome,
  type MergeResult,
  type SysctlTree,
  type TreeNode,
} from "../../../backlog/sysctld";

const SOMAXCONN = "net.core.somaxconn";
const knownKeys = [
  SOMAXCONN,
  "net.ipv4.tcp_syncookies",
  "net.ipv4.conf.all.rp_filter",
  "net.ipv4.conf.eth0.rp_filter",
  "net.ipv4.conf.eth0/7.rp_filter",
];
const file = (path: string, text: string): TreeNode => ({ path, kind: "file", text });
const link = (path: string, target: string): TreeNode => ({ path, kind: "symlink", target });
const DEBIAN = [
  file("/etc/sysctl.conf", "# Debian\nnet.core.somaxconn = 2222\n"),
  link("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf"),
];

function outcome(result: MergeResult, key = SOMAXCONN): KeyOutcome | undefined {
  return result.keys[key];
}

describe("the answer for a key", () => {
  it("names file, line and link of the winner, and why each loser lost", () => {
    const tree: SysctlTree = [
      ...DEBIAN,
      file("/etc/sysctl.d/10-tuning.conf", "net.core.somaxconn=512\n"),
      file("/run/sysctl.d/10-tuning.conf", "net.core.somaxconn=256\n"),
      file("/etc/sysctl.d/50-old.conf.bak", "net.core.somaxconn=64\n"),
      file("/etc/sysctl.d/20-glob.conf", "\nnet.core.s*=32\n"),
    ];
    expect(outcome(mergeBoot(tree, { knownKeys }))).toEqual({
      key: SOMAXCONN,
      winner: { file: "/etc/sysctl.conf", line: 2, via: "/etc/sysctl.d/99-sysctl.conf", value: "2222" },
      losers: [
        {
          file: "/etc/sysctl.d/10-tuning.conf",
          line: 1,
          value: "512",
          why: "overwritten",
          by: { file: "/etc/sysctl.conf", line: 2, via: "/etc/sysctl.d/99-sysctl.conf" },
        },
        {
          file: "/run/sysctl.d/10-tuning.conf",
          line: 1,
          value: "256",
          why: "masked",
          by: { file: "/etc/sysctl.d/10-tuning.conf" },
        },
        {
          file: "/etc/sysctl.d/20-glob.conf",
          line: 2,
          value: "32",
          glob: "net.core.s*",
          why: "explicit-key",
          by: { file: "/etc/sysctl.conf", line: 2, via: "/etc/sysctl.d/99-sysctl.conf" },
        },
        { file: "/etc/sysctl.d/50-old.conf.bak", line: 1, value: "64", why: "not-conf" },
      ],
    });
  });

  it("says at boot that nothing reads /etc/sysctl.conf when the link is missing", () => {
    const tree = [file("/etc/sysctl.conf", "net.core.somaxconn=2222\n")];
    const boot = outcome(mergeBoot(tree, { knownKeys }));
    expect(boot?.winner).toBeUndefined();
    expect(boot?.losers).toEqual([{ file: "/etc/sysctl.conf", line: 1, value: "2222", why: "not-read" }]);
    expect(outcome(mergeProcpsSystem(tree, { knownKeys }))?.winner).toEqual({
      file: "/etc/sysctl.conf",
      line: 1,
      value: "2222",
    });
  });

  it("names the last of several equal lines: the one to edit", () => {
    const tree = [
      file("/etc/sysctl.d/a.conf", "net.core.somaxconn=1\n"),
      file("/etc/sysctl.d/b.conf", "net.core.somaxconn=1\n"),
    ];
    for (const merge of [mergeBoot, mergeProcpsSystem]) {
      expect(outcome(merge(tree, { knownKeys }))).toMatchObject({
        winner: { file: "/etc/sysctl.d/b.conf" },
        losers: [
          { file: "/etc/sysctl.d/a.conf", why: "overwritten", by: { file: "/etc/sysctl.d/b.conf", line: 1 } },
        ],
      });
    }
  });

  it("shows that sysctl --system reads /etc/sysctl.conf twice where the link exists", () => {
    const ours = file("/etc/sysctl.d/99-zz-listen-backlog.conf", "net.core.somaxconn = 4096\n");
    expect(outcome(mergeBoot([...DEBIAN, ours], { knownKeys }))?.winner?.value).toBe("4096");
    expect(outcome(mergeProcpsSystem([...DEBIAN, ours], { knownKeys }))).toMatchObject({
      winner: { file: "/etc/sysctl.conf", line: 2, value: "2222" },
      losers: [
        { file: "/etc/sysctl.conf", via: "/etc/sysctl.d/99-sysctl.conf", why: "overwritten" },
        { file: ours.path, value: "4096", why: "overwritten", by: { file: "/etc/sysctl.conf", line: 2 } },
      ],
    });
  });

  it("tells an excluded key from one that another line names", () => {
    const text =
      "net.ipv4.conf.*.rp_filter=2\n-net.ipv4.conf.eth0.rp_filter\nnet.ipv4.conf.eth0/7.rp_filter=1\n";
    for (const merge of [mergeBoot, mergeProcpsSystem]) {
      const result = merge([file("/etc/sysctl.d/a.conf", text)], { knownKeys });
      expect(outcome(result, "net.ipv4.conf.eth0.rp_filter")).toMatchObject({
        losers: [{ line: 1, glob: "net.ipv4.conf.*.rp_filter", why: "excluded", by: { line: 2 } }],
      });
      expect(outcome(result, "net.ipv4.conf.eth0.rp_filter")?.winner).toBeUndefined();
      expect(outcome(result, "net.ipv4.conf.eth0/7.rp_filter")).toMatchObject({
        winner: { line: 3, value: "1" },
        losers: [{ line: 1, why: "explicit-key", by: { line: 3 } }],
      });
      expect(outcome(result, "net.ipv4.conf.all.rp_filter")).toEqual({
        key: "net.ipv4.conf.all.rp_filter",
        winner: { file: "/etc/sysctl.d/a.conf", line: 1, value: "2", glob: "net.ipv4.conf.*.rp_filter" },
        losers: [],
      });
    }
  });

  it("keeps lines for keys that the host does not have", () => {
    const result = mergeBoot([file("/etc/sysctl.d/a.conf", "net.netfilter.nf_conntrack_max=1\n")], {
      knownKeys,
    });
    expect(result.keys).toEqual({
      "net.netfilter.nf_conntrack_max": {
        key: "net.netfilter.nf_conntrack_max",
        losers: [{ file: "/etc/sysctl.d/a.conf", line: 1, value: "1", why: "no-such-key" }],
      },
    });
  });

  it("knows that sysctl has written the value before a refused one, and systemd-sysctl has not", () => {
    const tree = [file("/etc/sysctl.d/a.conf", "net.core.somaxconn=1\nnet.core.somaxconn=-5\n")];
    const options = { knownKeys, accepts: (_key: string, value: string) => !value.startsWith("-") };
    expect(outcome(mergeProcpsSystem(tree, options))).toMatchObject({
      winner: { line: 1 },
      losers: [{ line: 2, why: "refused" }],
    });
    const boot = outcome(mergeBoot(tree, options));
    expect(boot?.winner).toBeUndefined();
    expect(boot?.losers.map((loser) => [loser.line, loser.why])).toEqual([
      [1, "overwritten"],
      [2, "refused"],
    ]);
  });
});

describe("the list of files", () => {
  const tree: SysctlTree = [
    ...DEBIAN,
    link("/lib", "usr/lib"),
    file("/usr/lib/sysctl.d/50-default.conf", "net.core.somaxconn=1\n"),
    link("/etc/sysctl.d/50-default.conf", "/dev/null"),
    { path: "/etc/sysctl.d/60-dir.conf", kind: "directory" },
    { path: "/etc/sysctl.d/70-secret.conf", kind: "unreadable" },
    link("/etc/sysctl.d/80-gone.conf", "/nowhere"),
    file("/etc/sysctl.d/.hidden.conf", ""),
    file("/etc/sysctl.d/README", "no sysctl file"),
  ];

  it("is what systemd reads, in order, with what it passes over", () => {
    const result = mergeBoot(tree, { knownKeys });
    expect(result.files).toEqual([
      { file: "/etc/sysctl.d/.hidden.conf", status: "hidden" },
      { file: "/dev/null", via: "/etc/sysctl.d/50-default.conf", status: "read" },
      {
        file: "/usr/lib/sysctl.d/50-default.conf",
        status: "masked",
        maskedBy: "/etc/sysctl.d/50-default.conf",
      },
      { file: "/etc/sysctl.d/60-dir.conf", status: "directory" },
      { file: "/etc/sysctl.d/70-secret.conf", status: "unreadable" },
      { file: "/etc/sysctl.d/80-gone.conf", status: "missing" },
      { file: "/etc/sysctl.conf", via: "/etc/sysctl.d/99-sysctl.conf", status: "read" },
      { file: "/etc/sysctl.d/README", status: "not-conf" },
    ]);
    // Only files that are read are worth a diagnostic.
    expect(result.diagnostics).toEqual([]);
  });

  it("ends with /etc/sysctl.conf for procps", () => {
    const { files } = mergeProcpsSystem(tree, { knownKeys });
    expect(files.at(-1)).toEqual({ file: "/etc/sysctl.conf", status: "read" });
    expect(files.find((it) => it.file.endsWith(".hidden.conf"))?.status).toBe("read");
  });

  it("shows an /etc/sysctl.conf that could not be read", () => {
    const secret: SysctlTree = [{ path: "/etc/sysctl.conf", kind: "unreadable" }];
    expect(mergeBoot(secret, { knownKeys }).files).toEqual([
      { file: "/etc/sysctl.conf", status: "not-read" },
    ]);
    expect(mergeProcpsSystem(secret, { knownKeys }).files).toEqual([
      { file: "/etc/sysctl.conf", status: "unreadable" },
    ]);
  });

  it("finds the same place under two names, and follows links of directories", () => {
    for (const nodes of [
      [link("/lib", "usr/lib"), file("/lib/sysctl.d/a.conf", "net.core.somaxconn=1")],
      [file("/lib/sysctl.d/a.conf", "net.core.somaxconn=1"), link("/lib", "usr/lib")],
    ]) {
      expect(mergeBoot(nodes, { knownKeys }).files).toEqual([
        { file: "/usr/lib/sysctl.d/a.conf", status: "read" },
      ]);
    }
    const linked = [
      link("/etc/sysctl.d", "../opt/sysctl"),
      file("/opt/sysctl/a.conf", "net.core.somaxconn=1"),
      link("/run/sysctl.d", "/etc/sysctl.d"),
    ];
    expect(mergeBoot(linked, { knownKeys }).files).toEqual([
      { file: "/opt/sysctl/a.conf", via: "/etc/sysctl.d/a.conf", status: "read" },
    ]);
  });

  it("survives loops of links", () => {
    const loop = [
      link("/etc/sysctl.d/a.conf", "b.conf"),
      link("/etc/sysctl.d/b.conf", "a.conf"),
      link("/run", "/run"),
    ];
    expect(mergeBoot(loop, { knownKeys }).files.map((it) => it.status)).toEqual(["missing", "missing"]);
    expect(mergeBoot([link("/etc", "/etc"), file("/etc/sysctl.d/a.conf", "")], { knownKeys }).files).toEqual(
      [],
    );
  });
});

describe("mergeFile", () => {
  it("says what sysctl -p FILE sets", () => {
    const path = "/etc/sysctl.d/99-zz-listen-backlog.conf";
    const result = mergeFile({ path, text: "nonsense\nnet.core.somaxconn = 4096\n" }, { knownKeys });
    expect(outcome(result)).toEqual({
      key: SOMAXCONN,
      winner: { file: path, line: 2, value: "4096" },
      losers: [],
    });
    expect(result.diagnostics).toEqual([{ file: path, line: 1, reason: "not-an-assignment" }]);
  });
});

describe("results", () => {
  it("are plain data", () => {
    const tree = [...DEBIAN, file("/etc/sysctl.d/a.conf", "net.core.*=1\n__proto__=5\nx\n")];
    const result = mergeBoot(tree, { knownKeys });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(Object.keys(result.keys)).toEqual(["__proto__", SOMAXCONN]);
  });
});

describe("explainLoss", () => {
  it("gives the reason of every loser as a sentence", () => {
    const tree = [
      ...DEBIAN,
      file("/etc/sysctl.d/a.conf", "net.core.somaxconn=1\nnet.core.*=2\nnet.none=3\n"),
      file("/usr/lib/sysctl.d/a.conf", "net.core.somaxconn=1\n"),
    ];
    const { keys } = mergeBoot(tree, { knownKeys });
    // A link in the way is named as well.
    const bare = mergeBoot([...DEBIAN, file("/etc/sysctl.d/10.conf", "net.core.somaxconn=1\n")], {
      knownKeys,
    });
    expect(outcome(bare)?.losers.map((loser) => explainLoss(loser))).toEqual([
      "/etc/sysctl.conf:2 (via /etc/sysctl.d/99-sysctl.conf) sets the key again, later.",
    ]);
    const sentences = Object.values(keys).flatMap((key) => key.losers.map((loser) => explainLoss(loser)));
    expect(sentences).toEqual([
      "/etc/sysctl.d/a.conf:1 sets the key again, later.",
      "/etc/sysctl.d/a.conf:1 names the key itself, which takes it away from every glob.",
      "/etc/sysctl.d/a.conf has the same name in a directory of higher precedence and replaces the whole file.",
      "The host has no such key.",
    ]);
  });
});
