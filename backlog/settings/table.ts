import { kernelAtLeast } from "../kernel/version";
import type { SettingDefinition, SettingKey, SettingName } from "./definition";

const INT_MIN = -2147483648n;
const INT_MAX = 2147483647;

/**
 * The settings that a declaration can name. A fact about one of them is stated here and nowhere else.
 * Defaults start at Linux 3.0; anything older is not described.
 */
export const SETTINGS: readonly SettingDefinition[] = [
  {
    key: "net.core.somaxconn",
    name: "somaxconn",
    type: "integer",
    unit: "connections per listening socket",
    min: 1,
    max: INT_MAX,
    kernelMin: 0n,
    kernelMax: BigInt(INT_MAX),
    whyNarrower: "with 0, every listener of the namespace gets an accept queue of one slot",
    suggestion: "4096, or the largest declared backlog",
    defaults: [
      { since: "3.0", value: 128 },
      { since: "5.4", value: 4096 },
    ],
    scope: "network-namespace",
    namespacedSince: "3.0",
    bounds:
      "the effective backlog of every TCP, MPTCP and Unix stream listener that calls listen() from now on, and the queue of pending Fast Open requests",
    doesNotBound:
      "listeners that are already open: they keep the effective backlog of their last listen(). It raises nobody's declared backlog: software that asks for 511 keeps 511",
    source:
      "net/socket.c __sys_listen_socket(), net/core/sysctl_net_core.c (minimum 0, no maximum below INT_MAX), Documentation/networking/ip-sysctl.rst (4096, 128 before 5.4); test/e2e/kernel-effective-backlog.test.ts",
  },
  {
    key: "net.ipv4.tcp_max_syn_backlog",
    name: "tcpMaxSynBacklog",
    type: "integer",
    unit: "half-open connections per listening socket",
    min: 1,
    max: INT_MAX,
    kernelMin: INT_MIN,
    kernelMax: BigInt(INT_MAX),
    whyNarrower:
      "the kernel checks nothing here; 0 leaves room for one half-open connection while tcp_syncookies is 0",
    suggestion: "a value from 1024 up, or leave it out: it has no effect while tcp_syncookies is 1",
    defaults: [{ since: "3.0", value: "computed" }],
    scope: "network-namespace",
    namespacedSince: "4.11",
    bounds:
      "the SYN queue of peers without a history, to three quarters of it plus one, and only while tcp_syncookies is 0",
    doesNotBound:
      "anything while tcp_syncookies is 1 or 2: then the SYN queue is bounded by the effective backlog of the listener alone. Never the accept queue",
    source:
      "net/ipv4/tcp_input.c tcp_conn_request(), net/ipv4/tcp_ipv4.c tcp_sk_init() (default max(128, ehash entries / 128), so it grows with memory), listen(2); test/e2e/kernel-syn-queue.test.ts",
  },
  {
    key: "net.ipv4.tcp_syncookies",
    name: "tcpSyncookies",
    type: "integer",
    unit: "mode: 0 never, 1 when the SYN queue is full, 2 always",
    min: 0,
    max: 2,
    kernelMin: 0n,
    kernelMax: 255n,
    whyNarrower: "the kernel stores any byte, and documents only 0, 1 and 2",
    suggestion: "1, the kernel's default",
    defaults: [{ since: "3.0", value: 1 }],
    scope: "network-namespace",
    namespacedSince: "4.6",
    bounds:
      "what happens to a SYN when the SYN queue is full: answered with a cookie (1), dropped (0), or always a cookie (2)",
    doesNotBound:
      "the accept queue: a SYN that finds it full is dropped whatever this says. Cookies are a fallback under attack, not a way to carry a heavy load",
    source:
      "net/ipv4/tcp_input.c tcp_conn_request(), net/ipv4/sysctl_net_ipv4.c, Documentation/networking/ip-sysctl.rst; test/e2e/kernel-syn-queue.test.ts",
  },
  {
    key: "net.ipv4.tcp_abort_on_overflow",
    name: "tcpAbortOnOverflow",
    type: "integer",
    unit: "switch: 0 or 1",
    min: 0,
    max: 1,
    kernelMin: 0n,
    kernelMax: 255n,
    whyNarrower: "the kernel stores any byte and asks only whether it is 0",
    suggestion: "0, the kernel's default",
    defaults: [{ since: "3.0", value: 0 }],
    scope: "network-namespace",
    namespacedSince: "4.15",
    bounds:
      "the final ACK of a handshake that finds the accept queue full: ignored (0) or answered with a reset (1)",
    doesNotBound:
      "SYNs: since 4.10 they are dropped in silence when the accept queue is full, so it does not make a server fail fast",
    source:
      "net/ipv4/tcp_minisocks.c tcp_check_req(), Documentation/networking/ip-sysctl.rst; test/e2e/kernel-overflow.test.ts",
  },
  {
    key: "net.ipv4.tcp_synack_retries",
    name: "tcpSynackRetries",
    type: "integer",
    unit: "retransmissions of a SYN-ACK",
    min: 0,
    max: 255,
    kernelMin: 0n,
    kernelMax: 255n,
    whyNarrower: "",
    suggestion: "5, the kernel's default",
    defaults: [{ since: "3.0", value: 5 }],
    scope: "network-namespace",
    namespacedSince: "4.6",
    bounds: "how long a half-open connection stays in the SYN queue: 5 retransmissions are 63 seconds",
    doesNotBound: "the size of the SYN queue, and how often a client repeats its own SYN",
    source: "net/ipv4/inet_connection_sock.c reqsk_timer_handler(), Documentation/networking/ip-sysctl.rst",
  },
  {
    key: "net.ipv4.tcp_fastopen",
    name: "tcpFastopen",
    type: "integer",
    unit: "bit mask: 1 client, 2 server, 4 client without cookie, 0x200 server without cookie, 0x400 every listener",
    min: 0,
    max: 0x607,
    mask: 0x607,
    kernelMin: INT_MIN,
    kernelMax: BigInt(INT_MAX),
    whyNarrower: "the other bits mean nothing",
    suggestion: "1, the kernel's default, or 3 for a server",
    defaults: [
      { since: "3.0", value: 0 },
      { since: "3.13", value: 1 },
    ],
    scope: "network-namespace",
    namespacedSince: "4.15",
    bounds:
      "who may use Fast Open; with 0x400, every listener takes Fast Open requests up to its effective backlog",
    doesNotBound: "the accept queue: a Fast Open connection takes a slot of it like any other",
    source:
      "net/ipv4/af_inet.c inet_listen(), Documentation/networking/ip-sysctl.rst; test/e2e/kernel-listeners.test.ts",
  },
  {
    key: "net.core.netdev_max_backlog",
    name: "netdevMaxBacklog",
    type: "integer",
    unit: "packets per CPU",
    min: 1,
    max: INT_MAX,
    kernelMin: INT_MIN,
    kernelMax: BigInt(INT_MAX),
    whyNarrower: "the kernel checks nothing here; 0 or less drops packets before they reach TCP",
    suggestion: "1000, the kernel's default, or more for fast links",
    defaults: [{ since: "3.0", value: 1000 }],
    scope: "host",
    bounds: "received packets that wait for a CPU before the network stack sees them",
    doesNotBound: "connections of any kind: it is a packet queue, in spite of its name",
    source:
      "net/core/dev.c enqueue_to_backlog(), net/core/sysctl_net_core.c; test/e2e/kernel-settings.test.ts",
  },
  {
    key: "fs.file-max",
    name: "fsFileMax",
    type: "integer",
    unit: "open files on the host",
    min: 8192,
    max: Number.MAX_SAFE_INTEGER,
    kernelMin: 0n,
    kernelMax: 9223372036854775807n,
    whyNarrower:
      "the kernel itself never computes less than 8192, and above 2^53-1 a number here would not be exact",
    suggestion: "leave it out: systemd 240 and later raise it to the largest value",
    defaults: [{ since: "3.0", value: "computed" }],
    scope: "host",
    bounds:
      "open files of all processes together; accept() fails with ENFILE at the limit, and then the accept queue fills",
    doesNotBound: "the accept queue: a queued connection holds no file of the server before accept()",
    source: "fs/file_table.c files_maxfiles_init() (NR_FILE 8192), Documentation/admin-guide/sysctl/fs.rst",
  },
  {
    key: "fs.nr_open",
    name: "fsNrOpen",
    type: "integer",
    unit: "open files per process",
    min: 1024,
    max: 2147483584,
    kernelMin: 64n,
    kernelMax: 2147483584n,
    whyNarrower: "1024 is the soft limit with which every process starts; less locks logins out",
    suggestion: "1048576, the kernel's default",
    defaults: [{ since: "3.0", value: 1048576 }],
    scope: "host",
    bounds:
      "how far a process may raise its own limit of open files; accept() fails with EMFILE at that limit",
    doesNotBound: "the limit that a service really has: that is LimitNOFILE= of its unit",
    source: "fs/file.c (sysctl_nr_open_min, sysctl_nr_open_max), Documentation/admin-guide/sysctl/fs.rst",
  },
];

const BY_NAME = new Map<string, SettingDefinition>(
  SETTINGS.flatMap((s) => [
    [s.key, s],
    [s.name, s],
  ]),
);

/** The setting of a sysctl key or of a name in a declaration; undefined if it has no entry of its own. */
export function findSetting(keyOrName: SettingKey | SettingName): SettingDefinition;
export function findSetting(keyOrName: string): SettingDefinition | undefined;
export function findSetting(keyOrName: string): SettingDefinition | undefined {
  return BY_NAME.get(keyOrName);
}

/**
 * The value that a fresh kernel gives a setting; without a kernel, a current one.
 * Undefined if the kernel computes it from the machine's memory, or if the kernel is older than the table.
 * A distribution or an image may set another: read, don't assume.
 * @throws RangeError if `kernel` is not a kernel release.
 */
export function defaultFor(keyOrName: SettingKey | SettingName, kernel?: string): number | undefined {
  const row = [...findSetting(keyOrName).defaults].reverse().find((d) => kernelAtLeast(kernel, d.since));
  return row === undefined || row.value === "computed" ? undefined : row.value;
}

/**
 * Whether each network namespace has its own value of a setting; without a kernel, on a current one.
 * @throws RangeError if `kernel` is not a kernel release.
 */
export function isPerNamespace(keyOrName: SettingKey | SettingName, kernel?: string): boolean {
  const { namespacedSince } = findSetting(keyOrName);
  return namespacedSince !== undefined && kernelAtLeast(kernel, namespacedSince);
}
