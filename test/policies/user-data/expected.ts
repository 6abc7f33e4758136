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
/** A service that starts with less than is set afterwards, and keeps that. */
const early = (...says: string[]) => advisory("backlog-applied-at-first-boot", "a start before", ...says);
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
  "ecs-instance": { findings: [survives("4096")], tuned: false },
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
  "loop-until-ready": { findings: [survives("4096")], tuned: false },
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
  "mime-scripts-by-name": { findings: [agree("2", "1"), low("2")], tuned: false },
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
  "script-must-be-root": { findings: [survives("4096")], tuned: false },
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
  "sysctl-from-stdin": { findings: [survives("4096")], tuned: false },
  "sysctl-glob-load": { findings: [agree("200", "100"), low("200")], tuned: false },
  "systemd-socket-and-service": { findings: [absent("another mechanism of the boot")], tuned: false },
  "terraform-template-left-over": { findings: [limits("/etc/sysctl.d/99-app.conf")], tuned: false },
  "nginx-of-packages-and-no-restart": {
    findings: [
      early(
        "nginx",
        "on Debian and Ubuntu",
        "4096",
        "add systemctl restart nginx.service behind the command",
      ),
    ],
    tuned: true,
  },
  "nginx-of-packages-and-restart": { findings: [], tuned: true },
  // Right where the package does not start it, and nothing says that it does.
  "nginx-of-packages-and-start": { findings: [], tuned: true },
  "redis-by-apt-and-started-twice": {
    findings: [early("redis", "by the installation of its package", "16384", "4096", "redis-server.service")],
    tuned: true,
  },
  "redis-by-yum-and-started-once": { findings: [], tuned: true },
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

/** Of `published/`: whole user data as people have published it, in other words. What is wrong with each was thought through before any policy read it. */
export const PUBLISHED: Readonly<Record<string, ExpectedOfSample>> = {
  "agent-and-etc-from-a-bucket": { findings: [], tuned: false },
  "baseline-of-a-repository": { findings: [], tuned: false },
  "sed-appends-at-the-end": { findings: [], tuned: false },
  "apache-asks-for-much": { findings: [absent("8192")], tuned: false },
  // A shell that reads its commands is not followed: nothing is said of what it may do.
  "as-another-user": { findings: [], tuned: false },
  "associative-array": { findings: [], tuned: false },
  "benchmark-of-hardening": { findings: [], tuned: false },
  "bootcmd-and-appended-line": { findings: [], tuned: false },
  "bottlerocket-settings": { findings: [], tuned: false },
  "broker-appends-to-99-sysctl": { findings: [], tuned: false },
  "cache-by-sh-c": { findings: [low("1024")], tuned: false },
  "cache-in-proc-and-rc-local": { findings: [], tuned: false },
  "chain-node-scripts-always": { findings: [], tuned: false },
  "change-or-append": { findings: [], tuned: false },
  "cluster-node-nodeadm-and-sysctl-w": { findings: [survives("65535")], tuned: false },
  "cluster-node-slashes-for-a-boundary": { findings: [], tuned: false },
  "cluster-node-sysctl-before-bootstrap": { findings: [], tuned: false },
  "compose-with-sysctls": { findings: [], tuned: false },
  "configuration-management-takes-over": { findings: [], tuned: false },
  "container-host-boothook-once": { findings: [], tuned: false },
  "container-host-loop-of-pairs": { findings: [], tuned: false },
  "container-linux-units": { findings: [], tuned: false },
  "cron-at-reboot": { findings: [], tuned: false },
  "crontab-at-reboot": { findings: [], tuned: false },
  "database-parameters-without-somaxconn": { findings: [], tuned: false },
  "delete-the-old-line-and-append": { findings: [], tuned: false },
  "file-from-a-bucket": { findings: [], tuned: false },
  "gunicorn-unit-and-file": { findings: [], tuned: true },
  "haproxy-on-al2023": { findings: [], tuned: false },
  "high-throughput-without-cookies": { findings: [syn("0")], tuned: false },
  "install-from-standard-input": { findings: [], tuned: false },
  "k3s-agent-file-only": { findings: [applied("/etc/sysctl.d/90-kubelet.conf", "32768")], tuned: false },
  "k3s-control-plane": { findings: [], tuned: false },
  "kafka-lowers-what-it-does-not-need": { findings: [low("1024")], tuned: true },
  "key-value-store-replaces-sysctl-conf": {
    findings: [applied("/etc/sysctl.conf", "4000"), low("4000")],
    tuned: false,
  },
  // What a loop reads is not followed either.
  "list-read-in-a-loop": { findings: [], tuned: false },
  "load-balancer-keepalive": { findings: [], tuned: false },
  "load-generator-broker": { findings: [survives("32768")], tuned: false },
  "message-broker-quotes-within-quotes": { findings: [], tuned: false },
  "nginx-limits-and-forgotten-reload": {
    findings: [applied("/etc/sysctl.conf", "4000"), low("4000")],
    tuned: false,
  },
  "nginx-page-on-al2023": { findings: [], tuned: false },
  "nginx-site-with-its-backlog": { findings: [], tuned: true },
  "node-under-pm2": { findings: [], tuned: false },
  "only-looks": { findings: [], tuned: false },
  "orchestrator-client": { findings: [], tuned: false },
  "orchestrator-sysctl-or-true": { findings: [], tuned: false },
  "per-boot-script-as-a-file": { findings: [], tuned: false },
  // Nobody has the name postgres before the package is there: cloud-init stops at that file, and writes none after it.
  "pooler-file-before-its-owner": { findings: [], tuned: false },
  // Its file belongs to a user that the package has to make, which the reader does not count on.
  "pooler-with-its-backlog": { findings: [], tuned: false },
  "powershell-that-persists": { findings: [], tuned: false },
  "ps1-of-another-cloud": { findings: [], tuned: false },
  quadlet: { findings: [], tuned: false },
  "rancher-node-ports-and-buffers": { findings: [], tuned: false },
  "rancheros-sysctl": { findings: [], tuned: false },
  "reboots-at-the-end": { findings: [], tuned: false },
  "reboots-if-packages-want-it": { findings: [applied("/etc/sysctl.d/60-web.conf", "16384")], tuned: false },
  "redis-in-a-container-with-its-own": { findings: [], tuned: false },
  "search-node-cloud-init-per": { findings: [], tuned: false },
  "search-node-commented-mounts": { findings: [], tuned: false },
  "signals-the-stack": { findings: [], tuned: false },
  "squid-proxy": { findings: [], tuned: false },
  "swap-and-ssh-port": { findings: [], tuned: false },
  "swarm-member-and-nginx": { findings: [], tuned: false },
  "sysctl-output-into-the-file": { findings: [], tuned: false },
  "sysctl-output-through-tee": { findings: [], tuned: false },
  "tunnel-host": { findings: [], tuned: false },
  "tunnel-host-only-without-bbr": { findings: [], tuned: false },
  "two-files-of-two-teams": { findings: [agree("65535", "1024", "/etc/sysctl.conf")], tuned: false },
  "unicorn-asks-for-more": { findings: [covers("unicorn", "2048", "1024")], tuned: true },
  "unit-that-sets-it": { findings: [], tuned: false },
  // A unit is not followed, and may set it: a note and no verdict.
  "unit-whose-start-sets-it": { findings: [absent("another mechanism of the boot")], tuned: false },
  "uvicorn-asks-for-more": { findings: [covers("uvicorn", "8192", "4096")], tuned: true },
  "validator-buffers": { findings: [], tuned: false },
  "vps-setup-list": { findings: [low("1024")], tuned: false },
  "wordpress-on-lamp": { findings: [], tuned: false },
};
