import type { SysctlTree } from "../../../backlog/sysctld";

/** A tree and what the real tools make of it: the watched keys that they change. */
export interface SysctldCase {
  readonly name: string;
  readonly tree: SysctlTree;
  readonly boot: Readonly<Record<string, string>>;
  readonly system: Readonly<Record<string, string>>;
}

const SOMAXCONN = "net.core.somaxconn";
const file = (path: string, text: string) => ({ path, kind: "file", text }) as const;
const link = (path: string, target: string) => ({ path, kind: "symlink", target }) as const;
const somaxconn = (path: string, value: number) => file(path, `${SOMAXCONN} = ${value}\n`);
const one = (text: string) => [file("/etc/sysctl.d/50-a.conf", text)];
const rpFilter = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(values).map(([device, value]) => [`net.ipv4.conf.${device}.rp_filter`, String(value)]),
  );
const EVERY_RP_FILTER = (value: number) =>
  rpFilter({ all: value, default: value, lo: value, "lo/7": value, "w-1": value });
const DEBIAN_LINK = link("/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf");

export const SYSCTLD_CASES: readonly SysctldCase[] = [
  {
    name: "99-sysctl.conf, the link to /etc/sysctl.conf, sorts after 99-somaxconn.conf",
    tree: [
      somaxconn("/etc/sysctl.conf", 2222),
      DEBIAN_LINK,
      somaxconn("/etc/sysctl.d/99-somaxconn.conf", 1111),
    ],
    boot: { [SOMAXCONN]: "2222" },
    system: { [SOMAXCONN]: "2222" },
  },
  {
    name: "99-zz.conf beats the link at boot, but sysctl --system applies /etc/sysctl.conf again, last",
    tree: [somaxconn("/etc/sysctl.conf", 2222), DEBIAN_LINK, somaxconn("/etc/sysctl.d/99-zz.conf", 1111)],
    boot: { [SOMAXCONN]: "1111" },
    system: { [SOMAXCONN]: "2222" },
  },
  {
    name: "without the link nothing reads /etc/sysctl.conf at boot",
    tree: [somaxconn("/etc/sysctl.conf", 2222)],
    boot: {},
    system: { [SOMAXCONN]: "2222" },
  },
  {
    name: "the name orders files of all directories, /usr/lib included",
    tree: [somaxconn("/usr/lib/sysctl.d/zzz.conf", 4444), somaxconn("/etc/sysctl.d/99-zz.conf", 1111)],
    boot: { [SOMAXCONN]: "4444" },
    system: { [SOMAXCONN]: "4444" },
  },
  {
    name: "names are ordered by bytes, not as numbers: 100-x.conf comes before 99-zz.conf",
    tree: [somaxconn("/etc/sysctl.d/100-x.conf", 5555), somaxconn("/etc/sysctl.d/99-zz.conf", 1111)],
    boot: { [SOMAXCONN]: "1111" },
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "names are ordered by UTF-8 bytes, not by UTF-16 units",
    tree: [somaxconn("/etc/sysctl.d/\u{1F600}.conf", 1111), somaxconn("/etc/sysctl.d/\uFF61.conf", 2222)],
    boot: { [SOMAXCONN]: "1111" },
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "of two files of one name, /etc counts, then /run, /usr/local/lib, /usr/lib",
    tree: [
      somaxconn("/usr/lib/sysctl.d/a.conf", 1111),
      somaxconn("/usr/local/lib/sysctl.d/a.conf", 2222),
      somaxconn("/run/sysctl.d/a.conf", 3333),
      somaxconn("/etc/sysctl.d/a.conf", 4444),
    ],
    boot: { [SOMAXCONN]: "4444" },
    system: { [SOMAXCONN]: "4444" },
  },
  {
    name: "a link to /dev/null masks",
    tree: [somaxconn("/usr/lib/sysctl.d/a.conf", 1111), link("/etc/sysctl.d/a.conf", "/dev/null")],
    boot: {},
    system: {},
  },
  {
    name: "an empty file masks as well",
    tree: [somaxconn("/usr/lib/sysctl.d/a.conf", 1111), file("/run/sysctl.d/a.conf", "")],
    boot: {},
    system: {},
  },
  {
    name: "a dangling link masks as well",
    tree: [somaxconn("/usr/lib/sysctl.d/a.conf", 1111), link("/etc/sysctl.d/a.conf", "/nowhere")],
    boot: {},
    system: {},
  },
  {
    name: "a directory with a file's name masks as well",
    tree: [somaxconn("/usr/lib/sysctl.d/a.conf", 1111), { path: "/etc/sysctl.d/a.conf", kind: "directory" }],
    boot: {},
    system: {},
  },
  {
    name: "a name without .conf is not read",
    tree: [somaxconn("/etc/sysctl.d/99-zz", 1111), somaxconn("/etc/sysctl.d/99-zz.conf.bak", 1111)],
    boot: {},
    system: {},
  },
  {
    name: "a hidden name is read by procps only",
    tree: [somaxconn("/etc/sysctl.d/.a.conf", 1111)],
    boot: {},
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "a hidden name in /etc masks for procps only",
    tree: [somaxconn("/etc/sysctl.d/.a.conf", 1111), somaxconn("/usr/lib/sysctl.d/.a.conf", 2222)],
    boot: {},
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "both read a /lib/sysctl.d that is not /usr/lib/sysctl.d",
    tree: [link("/etc/sysctl.d", "../opt/etc-sysctl.d"), somaxconn("/lib/sysctl.d/A.conf", 1111)],
    boot: { [SOMAXCONN]: "1111" },
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "the same directory under two names masks nothing",
    tree: [link("/lib/sysctl.d", "/usr/lib/sysctl.d"), somaxconn("/usr/lib/sysctl.d/a.conf", 1111)],
    boot: { [SOMAXCONN]: "1111" },
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "procps takes a file's name for a glob and reads z.conf twice instead of [z].conf",
    tree: [
      file("/etc/sysctl.d/[z].conf", "net.ipv4.tcp_syncookies=2"),
      somaxconn("/etc/sysctl.d/z.conf", 2222),
    ],
    boot: { [SOMAXCONN]: "2222", "net.ipv4.tcp_syncookies": "2" },
    system: { [SOMAXCONN]: "2222" },
  },
  {
    name: "procps reads zz.conf and a.conf, in this order, where it finds the name {zz,a}.conf",
    tree: [
      file("/etc/sysctl.d/{zz,a}.conf", "net.ipv4.tcp_syncookies=2"),
      somaxconn("/etc/sysctl.d/a.conf", 2222),
      somaxconn("/etc/sysctl.d/zz.conf", 3333),
    ],
    boot: { [SOMAXCONN]: "3333", "net.ipv4.tcp_syncookies": "2" },
    system: { [SOMAXCONN]: "2222" },
  },
  {
    name: "a directory among the files that such a name stands for does not end the list, a dangling link does",
    tree: [
      link("/usr/lib/sysctl.d/10-a.conf", "/etc"),
      somaxconn("/usr/lib/sysctl.d/[!a]*.conf", 1111),
      link("/usr/lib/sysctl.d/b-1.conf", "/nowhere"),
      file("/usr/lib/sysctl.d/b-[!0].conf", "net.ipv4.tcp_syncookies=2"),
    ],
    boot: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2" },
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "a bad line and an unknown key cost only themselves",
    tree: one(`net.core.nonexistent=1\nwhat is this\n=\n${SOMAXCONN}=1212\n`),
    boot: { [SOMAXCONN]: "1212" },
    system: { [SOMAXCONN]: "1212" },
  },
  {
    name: "a refused last value: sysctl has written the one before it, systemd-sysctl has not",
    tree: one(`${SOMAXCONN}=1212\n${SOMAXCONN}=-5\n`),
    boot: {},
    system: { [SOMAXCONN]: "1212" },
  },
  {
    name: "an inline comment is part of the value, and the kernel ignores it after a number",
    tree: one(`${SOMAXCONN} = 1414 # big`),
    boot: { [SOMAXCONN]: "1414" },
    system: { [SOMAXCONN]: "1414" },
  },
  {
    name: "a line that begins with # or ; is a comment, after white space as well",
    tree: one(`# ${SOMAXCONN}=1\n;${SOMAXCONN}=1\n \t# ${SOMAXCONN}=1\n`),
    boot: {},
    system: {},
  },
  {
    name: "slashes instead of dots, mixed with them as in an interface name",
    tree: one("net/core/somaxconn=1111\nnet/ipv4/conf/lo.7/rp_filter=2\nnet.ipv4.conf.w-1.rp_filter=1\n"),
    boot: { [SOMAXCONN]: "1111", ...rpFilter({ "lo/7": 2, "w-1": 1 }) },
    system: { [SOMAXCONN]: "1111", ...rpFilter({ "lo/7": 2, "w-1": 1 }) },
  },
  {
    name: "a dot in a dotted interface name is a separator",
    tree: one("net.ipv4.conf.lo.7.rp_filter=2\n"),
    boot: {},
    system: {},
  },
  {
    name: "repeated and leading separators are ignored, a trailing one by systemd only",
    tree: one("/net//core/./somaxconn=1111\nnet.ipv4.tcp_syncookies.=2\n.net.ipv4.tcp_fin_timeout=30"),
    boot: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2", "net.ipv4.tcp_fin_timeout": "30" },
    system: { [SOMAXCONN]: "1111", "net.ipv4.tcp_fin_timeout": "30" },
  },
  {
    name: "procps follows .. in a key, systemd refuses it",
    tree: one("net/ipv4/../core/somaxconn=1111\n"),
    boot: {},
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "white space between - and the key hides the key from procps",
    tree: one(`- ${SOMAXCONN}=1111\n`),
    boot: { [SOMAXCONN]: "1111" },
    system: {},
  },
  {
    name: "procps skips a second -, systemd does not",
    tree: one(`--${SOMAXCONN}=1111\n`),
    boot: {},
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "a byte order mark costs the first line",
    tree: one(`\uFEFF${SOMAXCONN}=1111\nnet.ipv4.tcp_syncookies=2\n`),
    boot: { "net.ipv4.tcp_syncookies": "2" },
    system: { "net.ipv4.tcp_syncookies": "2" },
  },
  {
    name: "CRLF line ends are stripped",
    tree: one(`# a comment\r\n${SOMAXCONN}=1111\r\n\r\nnet.ipv4.tcp_syncookies=2\r\n`),
    boot: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2" },
    system: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2" },
  },
  {
    name: "a lone carriage return ends a line for systemd only",
    tree: one(`${SOMAXCONN}=1111\rnet.ipv4.tcp_syncookies=2`),
    boot: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2" },
    system: {},
  },
  {
    name: "a NUL ends a line for systemd, and hides the rest of the line from procps",
    tree: one(`${SOMAXCONN}=1111\0net.ipv4.tcp_syncookies=2\nnet.ipv4.tcp_fin_timeout=30\n`),
    boot: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2", "net.ipv4.tcp_fin_timeout": "30" },
    system: { [SOMAXCONN]: "1111", "net.ipv4.tcp_fin_timeout": "30" },
  },
  {
    name: "systemd gives a file up at a line of 1 MiB and keeps what it has read, procps goes on",
    tree: one(`${SOMAXCONN}=1111\n#${"x".repeat(1024 * 1024 - 1)}\nnet.ipv4.tcp_syncookies=2\n`),
    boot: { [SOMAXCONN]: "1111" },
    system: { [SOMAXCONN]: "1111", "net.ipv4.tcp_syncookies": "2" },
  },
  {
    name: "systemd reads a line of one byte less, counted in bytes of UTF-8",
    tree: one(`#${"é".repeat(512 * 1024 - 1)}\nnet.ipv4.tcp_syncookies=2\n`),
    boot: { "net.ipv4.tcp_syncookies": "2" },
    system: { "net.ipv4.tcp_syncookies": "2" },
  },
  {
    name: "a glob sets every key that it matches",
    tree: one("net.ipv4.conf.*.rp_filter=2\n"),
    boot: EVERY_RP_FILTER(2),
    system: EVERY_RP_FILTER(2),
  },
  {
    name: "an explicit key is taken away from globs, even from those of later files",
    tree: [
      file("/etc/sysctl.d/10-a.conf", "net.ipv4.conf.lo.rp_filter=1\n"),
      file("/etc/sysctl.d/20-b.conf", "net.ipv4.conf.*.rp_filter=2\n"),
    ],
    boot: { ...EVERY_RP_FILTER(2), ...rpFilter({ lo: 1 }) },
    system: { ...EVERY_RP_FILTER(2), ...rpFilter({ lo: 1 }) },
  },
  {
    name: "an explicit key in a masked file takes nothing away",
    tree: [
      file("/usr/lib/sysctl.d/10-a.conf", "net.ipv4.conf.lo.rp_filter=1\n"),
      file("/etc/sysctl.d/10-a.conf", "net.ipv4.conf.*.rp_filter=2\n"),
    ],
    boot: EVERY_RP_FILTER(2),
    system: EVERY_RP_FILTER(2),
  },
  {
    name: "-key keeps globs from the key",
    tree: one("net.ipv4.conf.*.rp_filter=2\n-net.ipv4.conf.lo.rp_filter\n"),
    boot: rpFilter({ all: 2, default: 2, "lo/7": 2, "w-1": 2 }),
    system: rpFilter({ all: 2, default: 2, "lo/7": 2, "w-1": 2 }),
  },
  {
    name: "-glob excludes nothing that it matches; for systemd it cancels the same glob before it",
    tree: one("net.ipv4.conf.*.rp_filter=2\n-net.ipv4.conf.*.rp_filter\n"),
    boot: {},
    system: EVERY_RP_FILTER(2),
  },
  {
    name: "-key after key=value cancels it for systemd only",
    tree: one(`${SOMAXCONN}=1111\n-${SOMAXCONN}\n`),
    boot: {},
    system: { [SOMAXCONN]: "1111" },
  },
  {
    name: "of two globs the later one wins",
    tree: one("net.ipv4.conf.*.rp_filter=2\nnet.ipv4.conf.lo*.rp_filter=1\n"),
    boot: { ...EVERY_RP_FILTER(2), ...rpFilter({ lo: 1, "lo/7": 1 }) },
    system: { ...EVERY_RP_FILTER(2), ...rpFilter({ lo: 1, "lo/7": 1 }) },
  },
  {
    name: "repeating a glob with its old value does not move it to the end for systemd",
    tree: one("net.ipv4.conf.*.rp_filter=2\nnet.ipv4.conf.lo*.rp_filter=1\nnet.ipv4.conf.*.rp_filter=2\n"),
    boot: { ...EVERY_RP_FILTER(2), ...rpFilter({ lo: 1, "lo/7": 1 }) },
    system: EVERY_RP_FILTER(2),
  },
  {
    name: "repeating a glob with a new value moves it to the end",
    tree: one("net.ipv4.conf.*.rp_filter=1\nnet.ipv4.conf.lo*.rp_filter=1\nnet.ipv4.conf.*.rp_filter=2\n"),
    boot: EVERY_RP_FILTER(2),
    system: EVERY_RP_FILTER(2),
  },
  {
    name: "braces expand in globs for systemd, and only in globs",
    tree: one("net.ipv4.conf.{lo,w-1}.rp_filte[r]=2\nnet.ipv4.tcp_{syncookies,fin_timeout}=2\n"),
    boot: rpFilter({ lo: 2, "w-1": 2 }),
    system: {},
  },
  {
    name: "for procps a doubled separator is another path: it takes nothing away from a glob",
    tree: one("net.ipv4.conf..lo.rp_filter=1\nnet.ipv4.conf.*.rp_filter=2\n"),
    boot: { ...EVERY_RP_FILTER(2), ...rpFilter({ lo: 1 }) },
    system: EVERY_RP_FILTER(2),
  },
];
