import { REPORT_SCHEMA, type ProbeReport, type UndecidedReport } from "../../../probe";

/** A report with everything that one can have. */
export const WHOLE: ProbeReport = {
  schema: REPORT_SCHEMA,
  host: "web",
  verdict: "not-as-declared",
  mode: "exact",
  kernel: "6.1.0-18-amd64",
  os: { id: "debian", version: "12", name: "Debian GNU/Linux 12 (bookworm)" },
  container: "none",
  uid: 0,
  tools: { ss: true, sysctl: true, stat: true, nsenter: true, awk: "mawk" },
  cloudInit: "done",
  findings: [
    {
      rule: "effective-backlog",
      severity: "error",
      subject: "nginx on 0.0.0.0:80",
      wanted: "4096",
      got: "511",
      cause: "c",
      fix: "f",
    },
  ],
  notes: [
    {
      rule: "cloud-init-succeeded",
      severity: "warning",
      subject: "s",
      wanted: "w",
      got: "g",
      cause: "c",
      fix: "f",
    },
  ],
  settings: [
    {
      key: "net.core.somaxconn",
      wanted: "4096",
      live: "4096",
      sysctl: "4096",
      persisted: "4096",
      file: "/etc/sysctl.d/99-zz-listen-backlog.conf",
      line: 2,
      changed: 1700000000,
      losers: [{ file: "/etc/sysctl.d/10-a.conf", line: 1, value: "128" }],
      losersOmitted: 0,
      holds: true,
    },
    {
      key: "net.ipv4.tcp_syncookies",
      wanted: "1",
      live: "1",
      sysctl: "",
      persisted: "",
      file: "",
      line: null,
      changed: null,
      losers: [],
      losersOmitted: 0,
      holds: false,
    },
  ],
  namespaces: [
    {
      namespace: "host",
      somaxconn: 4096,
      counters: {
        ListenOverflows: 1,
        ListenDrops: 2,
        TCPReqQFullDoCookies: 3,
        TCPReqQFullDrop: 4,
        SyncookiesSent: 5,
      },
    },
    { namespace: "4026532281", pid: 77, somaxconn: null, counters: {} },
  ],
  services: [
    {
      name: "nginx",
      port: 80,
      address: "0.0.0.0",
      wanted: 4096,
      holds: false,
      elsewhere: 1,
      socketsOmitted: 3,
      sockets: [
        {
          local: "0.0.0.0:80",
          recvQ: 0,
          sendQ: 511,
          namespace: "4026532281",
          process: "nginx",
          pid: 77,
          unit: "nginx.service",
          started: 1700000001,
          listeningSince: "after-change",
          openFiles: 1024,
        },
        { local: "[::]:80", recvQ: null, sendQ: null },
      ],
    },
    { name: "php-fpm", port: null, path: "/run/php.sock", wanted: 511, holds: null, sockets: [] },
  ],
  unseen: ["something"],
  omitted: { findings: 0, notes: 0, settings: 0, services: 0, sockets: 3, namespaces: 0, unseen: 0 },
};

/** What a probe sends that cannot decide. */
export const UNDECIDED: UndecidedReport = {
  schema: REPORT_SCHEMA,
  host: "web",
  verdict: "unknown",
  reason: "ss is not installed here",
  kernel: "6.1.0",
  findings: [],
  services: [{ name: "nginx", port: 80, wanted: 4096, holds: null, sockets: [] }],
};
