import type { Expected } from "../support/expected";

/** What the pack has to say of a server that is launched with a sample as its user data, and that changed user data replaces. */
export interface ExpectedOfSample {
  readonly findings: readonly Omit<Expected, "resource">[];
  /** Whether it sets somaxconn and asks for a backlog, so that a stack in which nothing verifies the server hears of that. */
  readonly tuned: boolean;
}

type Said = Omit<Expected, "resource">;

const mandatory = (policy: string, ...says: string[]): Said => ({ policy, level: "mandatory", says });
const advisory = (policy: string, ...says: string[]): Said => ({ policy, level: "advisory", says });

/** Lost at the next boot. */
const survives = (value: string) => mandatory("backlog-survives-reboot", "net.core.somaxconn", value);
/** Written, and not applied before the next boot. */
const applied = (file: string, value: string) => advisory("backlog-applied-at-first-boot", file, value);
/** A line that something else beats. */
const agree = (...says: string[]) => mandatory("sysctl-files-agree", "net.core.somaxconn", ...says);
/** somaxconn below what a service asks for. */
const covers = (...says: string[]) => mandatory("somaxconn-covers-backlog", ...says);
/** A backlog above what any kernel allows by itself, and no somaxconn: unless the image brings one. */
const absent = (...says: string[]) => advisory("backlog-can-be-judged", ...says);
/** A value that the kernel refuses. */
const limits = (...says: string[]) => mandatory("backlog-within-limits", "net.core.somaxconn", ...says);
/** SYN cookies off, or sent to everybody. */
const syn = (value: string) => mandatory("syn-flood-protection", "net.ipv4.tcp_syncookies", value);
/** Below what the kernel allows by itself, so that it lowers every other listener. */
const low = (value: string) => advisory("somaxconn-keeps-kernel-default", "net.core.somaxconn", value);

export const EXPECTED: Readonly<Record<string, ExpectedOfSample>> = {
  "apache-and-tomcat-script": { findings: [], tuned: false },
  "app-servers-in-scripts": { findings: [], tuned: false },
  archive: { findings: [low("1500")], tuned: false },
  "backlog-of-a-million": {
    findings: [mandatory("backlog-within-limits", "redis", "1000000", "65535")],
    tuned: true,
  },
  "boothook-without-interpreter": { findings: [], tuned: false },
  "boothook-writes-and-sets": { findings: [], tuned: false },
  "caches-and-search": { findings: [absent("memcached", "8192")], tuned: false },
  "cloud-config-anchors": {
    findings: [applied("/etc/sysctl.d/15-anchor.conf", "1234"), low("1234")],
    tuned: false,
  },
  "cloud-config-ansible": { findings: [], tuned: false },
  "cloud-config-append-to-image-file": { findings: [], tuned: false },
  "cloud-config-base64-file": { findings: [], tuned: false },
  "cloud-config-binary-tag": {
    findings: [applied("/etc/sysctl.d/60-bin.conf", "777"), low("777")],
    tuned: false,
  },
  "cloud-config-bootcmd-before-files": {
    findings: [applied("/etc/sysctl.d/50-app.conf", "1024"), low("1024")],
    tuned: false,
  },
  "cloud-config-bootcmd-every-boot": { findings: [low("1024")], tuned: false },
  "cloud-config-comment-in-runcmd": { findings: [], tuned: false },
  "cloud-config-defer": { findings: [low("3000")], tuned: false },
  "cloud-config-files-and-system": { findings: [], tuned: false },
  "cloud-config-files-not-applied": {
    findings: [applied("/etc/sysctl.d/99-tuning.conf", "65535")],
    tuned: true,
  },
  "cloud-config-gzip-file": { findings: [applied("/etc/sysctl.d/60-gz.conf", "20480")], tuned: false },
  "cloud-config-invalid-file-stops": {
    findings: [applied("/etc/sysctl.d/1.conf", "100"), low("100")],
    tuned: false,
  },
  "cloud-config-jinja": { findings: [], tuned: false },
  "cloud-config-not-conf-name": { findings: [agree("/etc/sysctl.d/somaxconn", ".conf")], tuned: false },
  "cloud-config-number-order": {
    findings: [
      agree("2222", "1111", "/etc/sysctl.d/10-last.conf", "/etc/sysctl.d/99-first.conf"),
      low("2222"),
    ],
    tuned: false,
  },
  "cloud-config-proc-sys-file": { findings: [survives("4096")], tuned: false },
  "cloud-config-runcmd-list-form": { findings: [low("2048")], tuned: false },
  "cloud-config-runcmd-string-is-refused": { findings: [], tuned: false },
  "cloud-config-sysctl-conf-whole": { findings: [applied("/etc/sysctl.conf", "3240000")], tuned: false },
  "cloud-config-tab": { findings: [], tuned: false },
  "congestion-and-qdisc": { findings: [], tuned: false },
  "cookies-always": { findings: [syn("2")], tuned: false },
  "cookies-off": { findings: [syn("0")], tuned: false },
  "cookies-off-and-short-queue": { findings: [syn("0")], tuned: true },
  "cookies-on-as-by-default": { findings: [], tuned: false },
  "copied-from-home": { findings: [], tuned: false },
  "docker-compose-and-podman": { findings: [], tuned: false },
  "docker-run-in-a-unit": { findings: [], tuned: false },
  "docker-without-sysctl": { findings: [], tuned: false },
  "docker-sysctl": { findings: [], tuned: false },
  "ecs-instance": { findings: [survives("1024"), low("1024")], tuned: false },
  "eks-al2023-nodeconfig": { findings: [survives("4096")], tuned: false },
  "eks-bootstrap": { findings: [survives("4096")], tuned: false },
  "eks-managed-node-group": { findings: [], tuned: false },
  "exactly-the-kernels-default": { findings: [], tuned: false },
  "function-for-each-setting": { findings: [survives("16384")], tuned: false },
  "gunicorn-socket-activated": { findings: [], tuned: false },
  haproxy: { findings: [absent("haproxy", "16384")], tuned: false },
  "haproxy-script": { findings: [], tuned: true },
  ignition: { findings: [], tuned: false },
  "include-url": { findings: [], tuned: false },
  "init-script-written-by-echo": { findings: [], tuned: false },
  "java-and-databases": { findings: [], tuned: false },
  "load-99-sysctl-link": { findings: [], tuned: false },
  "loop-over-keys-in-proc": { findings: [survives("4096")], tuned: false },
  "loop-over-pairs-into-a-file": { findings: [], tuned: false },
  "loop-until-ready": { findings: [survives("1024"), low("1024")], tuned: false },
  "mime-base64-part": { findings: [survives("5000")], tuned: false },
  "mime-indented-is-lost": { findings: [], tuned: false },
  "mime-merge-how-append": { findings: [], tuned: false },
  "mime-merge-how-in-first-only": { findings: [], tuned: false },
  "mime-merge-type-header": { findings: [], tuned: false },
  "mime-merge-type-string-prepend": { findings: [], tuned: false },
  "mime-merge-unknown": { findings: [low("1024")], tuned: false },
  "mime-nested": { findings: [agree("600", "4096")], tuned: false },
  "mime-no-replace-keeps-first": {
    findings: [agree("4096", "/etc/sysctl.d/20-platform.conf", "merge_how")],
    tuned: false,
  },
  "mime-per-boot-script": { findings: [low("700")], tuned: false },
  "mime-quoted-printable-part": { findings: [survives("5000")], tuned: false },
  "mime-scripts-always": { findings: [], tuned: false },
  "mime-scripts-by-name": { findings: [survives("1"), agree("2", "1"), low("2")], tuned: false },
  "mime-second-replaces-first": { findings: [], tuned: false },
  "mime-sniffed-plain": { findings: [], tuned: false },
  "mime-three-kinds": { findings: [], tuned: false },
  "mysql-and-mariadb": { findings: [], tuned: false },
  "netdev-backlog-is-no-backlog": { findings: [], tuned: false },
  "nginx-heredoc-and-reload": { findings: [], tuned: true },
  "other-keys-only": { findings: [], tuned: false },
  "part-handler": { findings: [], tuned: false },
  "php-fpm-and-nginx": { findings: [absent("php-fpm", "8192")], tuned: false },
  "php-fpm-by-sed": { findings: [], tuned: false },
  "redis-cluster-loop": { findings: [survives("65535")], tuned: true },
  "redis-tuned": { findings: [covers("redis", "65535", "1024")], tuned: true },
  "ruby-servers": { findings: [], tuned: false },
  "run-directory-is-lost": { findings: [survives("4096")], tuned: false },
  "script-bash-echo-e": { findings: [low("1024")], tuned: false },
  "script-comment-and-strings": { findings: [], tuned: false },
  "script-download-and-run": { findings: [survives("4096")], tuned: false },
  "script-download-earlier-file": { findings: [], tuned: false },
  "script-download-sysctl-file": { findings: [], tuned: false },
  "script-echo-e-differs": { findings: [], tuned: false },
  "script-echo-has-no-input": { findings: [], tuned: false },
  "script-elasticsearch": { findings: [], tuned: false },
  "script-function-main": { findings: [], tuned: false },
  "script-grep-guard": { findings: [], tuned: false },
  "script-group-redirect": { findings: [], tuned: false },
  "script-heredoc-append-then-load": { findings: [], tuned: false },
  "script-log-redirect-mixed": { findings: [survives("65535")], tuned: false },
  "script-loop": { findings: [survives("4096")], tuned: false },
  "script-must-be-root": { findings: [survives("1024"), low("1024")], tuned: false },
  "script-once-guard": { findings: [], tuned: false },
  "script-python": { findings: [], tuned: false },
  "script-rc-local": { findings: [low("1024")], tuned: false },
  "script-sed-in-place": { findings: [], tuned: false },
  "script-su-bash-c": { findings: [], tuned: false },
  "script-sudo-tee": { findings: [low("1024")], tuned: false },
  "script-tuned-profile": { findings: [], tuned: false },
  "script-value-refused": { findings: [limits("4294967296")], tuned: false },
  "script-variable": { findings: [], tuned: false },
  "script-variable-from-metadata": { findings: [], tuned: false },
  "script-write-proc": { findings: [survives("65535")], tuned: false },
  "script-written-script-is-run": { findings: [survives("4096")], tuned: false },
  "secret-in-a-file-name": {
    findings: [agree("16384", "8192", "/etc/sysctl.d/50-app.conf", "/etc/sysctl.conf")],
    tuned: false,
  },
  "secret-in-the-same-command": { findings: [survives("8192")], tuned: false },
  "secrets-and-nothing-else": { findings: [], tuned: false },
  "socket-drop-in": { findings: [], tuned: false },
  "somaxconn-negative": { findings: [limits("-1")], tuned: false },
  "somaxconn-zero": { findings: [limits("0")], tuned: false },
  "sysctl-from-stdin": { findings: [survives("2500"), low("2500")], tuned: false },
  "sysctl-glob-load": { findings: [agree("200", "100"), low("200")], tuned: false },
  "systemd-socket-and-service": { findings: [absent("another mechanism of the boot")], tuned: false },
  "terraform-template-left-over": { findings: [limits("/etc/sysctl.d/99-app.conf")], tuned: false },
  "tuned-right-for-two-services": { findings: [], tuned: true },
  "tuned-right-with-nginx": { findings: [], tuned: true },
  "ubuntu-pro-and-snap": { findings: [], tuned: false },
  "uvicorn-in-the-foreground": { findings: [], tuned: false },
  "uvicorn-unit": { findings: [], tuned: true },
  "uwsgi-and-supervisor": { findings: [], tuned: false },
  "uwsgi-asks-the-kernel": { findings: [], tuned: false },
  "valkey-and-redis-flags": { findings: [], tuned: false },
  "web-server-with-secrets": { findings: [covers("gunicorn", "4096", "2048")], tuned: true },
  "whole-base64": { findings: [], tuned: false },
  "windows-batch": { findings: [], tuned: false },
};
