import fc from "fast-check";
import type { SysctlTree, TreeNode } from "../../../backlog/sysctld";

/** The keys that the generated files are about. All belong to one network namespace. */
export const WATCHED_KEYS = [
  "net.core.somaxconn",
  "net.ipv4.tcp_max_syn_backlog",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.conf.all.rp_filter",
  "net.ipv4.conf.default.rp_filter",
  "net.ipv4.conf.lo.rp_filter",
  "net.ipv4.conf.lo/7.rp_filter",
  "net.ipv4.conf.w-1.rp_filter",
] as const;

/** Where `sysctl -p FILE` finds its file; outside of what the other commands read. */
export const SINGLE_FILE = "/opt/one.conf";

/** Nothing here may reach a key outside net.*: a wildcard never stands in the first component. */
const GLOBS = [
  "net.ipv4.conf.*.rp_filter",
  "net.ipv4.conf.lo*.rp_filter",
  "net.ipv4.conf.?o.rp_filter",
  "net.ipv4.conf.[al]*.rp_filter",
  "net.ipv4.conf.[!l]*.rp_filter",
  "net.ipv4.conf.[[:alpha:]]*.rp_filter",
  "net.ipv4.conf.lo[./]7.rp_filter",
  "net.ipv4.conf.lo?7.rp_filter",
  "net.ipv4.conf.{lo,all}.rp_filte[r]",
  "net/ipv4/conf/*/rp_filter",
  "net/ipv4/conf/lo.*/rp_filter",
  "net/ipv4/conf/{w-1,lo.7}/rp_*filter",
  "net/ipv4//conf/*/rp_filter",
  "/net/ipv4/conf/*/rp_filter",
  "net/ipv4/../ipv4/conf/*/rp_filter",
  "net.core.soma*",
  "net.*.somaxconn",
  "net/c?re/somaxcon[n",
  "net.core.somax\\conn*",
  "net.ipv4.tcp_{syncookies,fin_timeout}*",
  "net.ipv4.tcp_[fs][iy]n[_c]*",
  "net.ipv4.tcp_syncookie[]rs]",
  "net.ipv4.conf.*",
  "net.none.*.x",
];

const spelling = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...WATCHED_KEYS) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...WATCHED_KEYS),
        fc.constantFrom<(path: string) => string>(
          (path) => path,
          (path) => `/${path}`,
          (path) => `.${path}`,
          (path) => path.replace("/", "//"),
          (path) => path.replace("/", "/./"),
          (path) => `./${path}`,
          (path) => path.replace("net/", "net/core/../"),
          (path) => path.replace("net/", "net/none/../"),
          (path) => path.replace("net/", "../sys/net/"),
          (path) => `${path}/`,
          (path) => `${path}/.`,
          (path) => path.replace("/", "."),
          (path) => path.replaceAll("/", "."),
          (path) => path.replace(/\/(?=[^/]*$)/, "."),
          (path) => path.toUpperCase(),
          (path) => `\v${path}`,
          (path) => `\u00a0${path}`,
          (path) => `${path}x`,
          (path) => path.replace("o", "\u043e"),
        ),
      )
      .map(([key, change]) => change(key.replace(/[./]/g, (c) => (c === "." ? "/" : ".")))),
  },
  { weight: 4, arbitrary: fc.constantFrom(...GLOBS) },
);

const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("0", "1", "2", "3") },
  { weight: 2, arbitrary: fc.constantFrom("77", "128", "511", "4096", "65536") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "5 # big",
      "6;",
      "0x10",
      "010",
      "-5",
      "",
      "abc",
      "7\t8",
      "99999999999",
      "1=2",
      '"3"',
      "4\v",
      "\f5",
      "é",
      "3\u00a0",
    ),
  },
);

const space = fc.constantFrom("", "", "", " ", "  ", "\t", "\v", " \r");
const minus = fc.constantFrom("", "", "", "", "-", "- ", "--");

/** Few globs and few values, so that the same line comes again: its place among the others then decides. */
const overlapping = fc
  .tuple(
    fc.constantFrom("-", "", "", "", ""),
    fc.constantFrom("net.ipv4.conf.*.rp_filter", "net.ipv4.conf.lo*.rp_filter", "net.ipv4.conf.lo.rp_filter"),
    fc.constantFrom("=1", "=2", "=1", "=2", ""),
  )
  .map((parts) => parts.join(""));

const line = fc.oneof(
  { weight: 4, arbitrary: overlapping },
  {
    weight: 10,
    arbitrary: fc
      .tuple(space, minus, spelling, space, space, value, space)
      .map(([a, sign, key, b, c, text, d]) => `${a}${sign}${key}${b}=${c}${text}${d}`),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(space, fc.constantFrom("-", "-", "- ", "--", ""), spelling, space)
      .map((parts) => parts.join("")),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "# net.core.somaxconn = 3",
      "; net.core.somaxconn = 3",
      "  #net.core.somaxconn=3",
      "=",
      "= 3",
      "-",
      "-=3",
      ".=3",
      "/=3",
      "a",
      "net.core.somaxconn 3",
      "net.core.somaxconn:3",
      "\u2028",
    ),
  },
);

const lineEnd = fc.oneof(
  { weight: 24, arbitrary: fc.constant("\n") },
  { weight: 2, arbitrary: fc.constant("\r\n") },
  { weight: 2, arbitrary: fc.constantFrom("\r", "\0", "\n\r", "\r\n\0", "\n\0", "\0\n", "\n\n", "\r\r") },
);

const text = fc
  .tuple(
    fc.constantFrom("", "", "", "", "", "\uFEFF"),
    fc.array(fc.tuple(line, lineEnd), { maxLength: 8 }),
    fc.boolean(),
  )
  .map(([mark, lines, ended]) => {
    const joined = lines.map(
      ([content, end], index) => content + (ended || index < lines.length - 1 ? end : ""),
    );
    return mark + joined.join("");
  });

const DIRECTORIES = [
  "/etc/sysctl.d",
  "/run/sysctl.d",
  "/usr/local/lib/sysctl.d",
  "/usr/lib/sysctl.d",
  "/lib/sysctl.d",
] as const;

const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "10-a.conf",
      "99-sysctl.conf",
      "99-zz-listen-backlog.conf",
      "100-c.conf",
      "a.conf",
      "zz.conf",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "A.conf",
      "é.conf",
      "\u{1F600}.conf",
      "\uFF61.conf",
      ".hidden.conf",
      ".conf",
      "-.conf",
      "conf",
      "a.conf.bak",
      "a.conf~",
      "a.CONF",
      "README",
      " a.conf",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "a*.conf",
      "?.conf",
      "[az].conf",
      "[!a]*.conf",
      "{zz,a}.conf",
      "{99-*,a}.conf",
      "{}a.conf",
      "{a.conf",
      "\\a.conf",
      "~.conf",
      "a[.conf",
    ),
  },
);

type Content = { readonly text: string } | { readonly target: string } | "directory";

const content: fc.Arbitrary<Content> = fc.oneof(
  { weight: 10, arbitrary: text.map((it) => ({ text: it })) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(
        "../sysctl.conf",
        "/etc/sysctl.conf",
        "/dev/null",
        "../../dev/null",
        "/etc/sysctl.d/a.conf",
        "a.conf",
        "zz.conf",
        "../../usr/lib/./sysctl.d//a.conf",
        "/nowhere/x.conf",
        "/etc",
        "",
      )
      // An empty target cannot be created.
      .map((target) => ({ target: target === "" ? "." : target })),
  },
  { weight: 1, arbitrary: fc.constant("directory" as const) },
);

function node(path: string, what: Content): TreeNode {
  if (what === "directory") return { path, kind: "directory" };
  return "text" in what
    ? { path, kind: "file", text: what.text }
    : { path, kind: "symlink", target: what.target };
}

/** How directories are linked: a merged /usr, a directory that really lies elsewhere, one directory under two names. */
const links = fc.constantFrom<readonly (readonly [directory: string, place: string])[]>(
  [["/lib/sysctl.d", "/usr/lib/sysctl.d"]],
  [["/lib/sysctl.d", "/usr/lib/sysctl.d"]],
  [["/lib/sysctl.d", "/usr/lib/sysctl.d"]],
  [],
  [["/etc/sysctl.d", "../opt/etc-sysctl.d"]],
  [["/run/sysctl.d", "/etc/sysctl.d"]],
  [["/usr/local/lib/sysctl.d", "/nowhere"]],
);

/** A file system as far as the tools look at it, and the text of a file for `sysctl -p`. */
export const treeWithFile = fc
  .record({
    files: fc.uniqueArray(fc.tuple(fc.constantFrom(...DIRECTORIES), name, content), {
      maxLength: 8,
      selector: ([directory, base]) => `${directory}/${base}`,
    }),
    sysctlConf: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      { weight: 4, arbitrary: text.map((it): Content => ({ text: it })) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Content>(
          { target: "sysctl.d/a.conf" },
          { target: "/usr/lib/sysctl.d/zz.conf" },
          { target: "/nowhere" },
          "directory",
        ),
      },
    ),
    debianLink: fc.boolean(),
    links,
    single: text,
  })
  .map(({ files, sysctlConf, debianLink, links: linked, single }) => {
    const nodes = new Map<string, TreeNode>();
    const put = (it: TreeNode): void => {
      if (!nodes.has(it.path)) nodes.set(it.path, it);
    };
    for (const [directory, place] of linked) put({ path: directory, kind: "symlink", target: place });
    if (sysctlConf !== undefined) put(node("/etc/sysctl.conf", sysctlConf));
    const placeOf = (directory: string): string => {
      const link = linked.find(([from]) => from === directory);
      return link === undefined ? directory : link[1].replace("..", "");
    };
    if (debianLink) {
      put({
        path: `${placeOf("/etc/sysctl.d")}/99-sysctl.conf`,
        kind: "symlink",
        target: "/etc/sysctl.conf",
      });
    }
    for (const [directory, base, what] of files) {
      const place = placeOf(directory);
      if (place !== "/nowhere") put(node(`${place}/${base}`, what));
    }
    put({ path: SINGLE_FILE, kind: "file", text: single });
    return { tree: [...nodes.values()] as SysctlTree, single };
  });
