import type { Expected } from "../support/expected";

/** What the pack has to say of a server that is launched with a sample as its user data, and that changed user data replaces. */
export interface ExpectedOfSample {
  readonly findings: readonly Omit<Expected, "resource">[];
  /** Whether the sample tunes the server for certain, so that a stack in which nothing verifies it hears of that. */
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
const absent = (...says: string[]) => advisory("?", ...says);
/** A value that the kernel refuses. */
const limits = (...says: string[]) => mandatory("backlog-within-limits", "net.core.somaxconn", ...says);
/** The key is set, and nobody can say to what. */
const undecided = () => advisory("?", "net.core.somaxconn");

export const EXPECTED: Readonly<Record<string, ExpectedOfSample>> = {
  "app-servers-in-scripts": { findings: [], tuned: false },
  archive: { findings: [], tuned: true },
  "boothook-without-interpreter": { findings: [], tuned: false },
  "boothook-writes-and-sets": { findings: [], tuned: true },
  "cloud-config-anchors": { findings: [applied("/etc/sysctl.d/15-anchor.conf", "1234")], tuned: true },
  "cloud-config-ansible": { findings: [], tuned: false },
  "cloud-config-append-to-image-file": { findings: [], tuned: true },
  "cloud-config-base64-file": { findings: [], tuned: true },
  "cloud-config-binary-tag": { findings: [applied("/etc/sysctl.d/60-bin.conf", "777")], tuned: true },
  "cloud-config-bootcmd-before-files": {
    findings: [applied("/etc/sysctl.d/50-app.conf", "1024")],
    tuned: true,
  },
  "cloud-config-bootcmd-every-boot": { findings: [], tuned: true },
  "cloud-config-comment-in-runcmd": { findings: [undecided()], tuned: false },
  "cloud-config-defer": { findings: [], tuned: true },
  "cloud-config-files-and-system": { findings: [], tuned: true },
  "cloud-config-files-not-applied": {
    findings: [applied("/etc/sysctl.d/99-tuning.conf", "65535")],
    tuned: true,
  },
  "cloud-config-gzip-file": { findings: [applied("/etc/sysctl.d/60-gz.conf", "20480")], tuned: true },
  "cloud-config-invalid-file-stops": { findings: [applied("/etc/sysctl.d/1.conf", "100")], tuned: true },
  "cloud-config-jinja": { findings: [], tuned: false },
  "cloud-config-not-conf-name": { findings: [agree("/etc/sysctl.d/somaxconn", ".conf")], tuned: false },
  "cloud-config-number-order": {
    findings: [agree("2222", "1111", "/etc/sysctl.d/10-last.conf", "/etc/sysctl.d/99-first.conf")],
    tuned: true,
  },
  "cloud-config-proc-sys-file": { findings: [survives("4096")], tuned: true },
  "cloud-config-runcmd-list-form": { findings: [], tuned: true },
  "cloud-config-runcmd-string-is-refused": { findings: [], tuned: false },
  "cloud-config-sysctl-conf-whole": { findings: [applied("/etc/sysctl.conf", "3240000")], tuned: true },
  "cloud-config-tab": { findings: [], tuned: false },
  "docker-sysctl": { findings: [], tuned: false },
  "ecs-instance": { findings: [survives("1024")], tuned: true },
  "eks-al2023-nodeconfig": { findings: [survives("4096")], tuned: true },
  "eks-bootstrap": { findings: [survives("4096")], tuned: true },
  "eks-managed-node-group": { findings: [], tuned: true },
  haproxy: { findings: [absent("haproxy", "16384")], tuned: false },
  "include-url": { findings: [], tuned: false },
  "java-and-databases": { findings: [], tuned: false },
  "mime-base64-part": { findings: [survives("5000")], tuned: true },
  "mime-indented-is-lost": { findings: [], tuned: false },
  "mime-merge-how-append": {
    findings: [agree("1024", "4096", "/etc/sysctl.d/10-team.conf", "/etc/sysctl.d/20-platform.conf")],
    tuned: true,
  },
  "mime-merge-how-in-first-only": {
    findings: [agree("1024", "/etc/sysctl.d/10-team.conf", "merge_how")],
    tuned: true,
  },
  "mime-merge-type-header": {
    findings: [agree("1024", "4096", "/etc/sysctl.d/10-team.conf", "/etc/sysctl.d/20-platform.conf")],
    tuned: true,
  },
  "mime-merge-type-string-prepend": {
    findings: [agree("1024", "4096", "/etc/sysctl.d/10-team.conf", "/etc/sysctl.d/20-platform.conf")],
    tuned: true,
  },
  "mime-merge-unknown": { findings: [], tuned: true },
  "mime-nested": { findings: [agree("600", "4096")], tuned: true },
  "mime-no-replace-keeps-first": {
    findings: [agree("4096", "/etc/sysctl.d/20-platform.conf", "merge_how")],
    tuned: true,
  },
  "mime-per-boot-script": { findings: [], tuned: true },
  "mime-quoted-printable-part": { findings: [survives("5000")], tuned: true },
  "mime-scripts-always": { findings: [], tuned: true },
  "mime-scripts-by-name": { findings: [survives("1"), agree("2", "1")], tuned: true },
  "mime-second-replaces-first": {
    findings: [agree("1024", "/etc/sysctl.d/10-team.conf", "merge_how")],
    tuned: true,
  },
  "mime-sniffed-plain": { findings: [], tuned: true },
  "part-handler": { findings: [], tuned: false },
  "php-fpm-and-nginx": { findings: [absent("php-fpm", "8192")], tuned: false },
  "redis-tuned": { findings: [covers("redis", "65535", "1024")], tuned: true },
  "ruby-servers": { findings: [], tuned: false },
  "run-directory-is-lost": { findings: [survives("4096")], tuned: true },
  "script-bash-echo-e": { findings: [], tuned: true },
  "script-comment-and-strings": { findings: [], tuned: false },
  "script-download-and-run": { findings: [survives("4096")], tuned: true },
  "script-download-earlier-file": { findings: [], tuned: true },
  "script-download-sysctl-file": { findings: [undecided()], tuned: false },
  "script-echo-e-differs": { findings: [undecided()], tuned: false },
  "script-echo-has-no-input": { findings: [], tuned: false },
  "script-elasticsearch": { findings: [], tuned: true },
  "script-function-main": { findings: [], tuned: true },
  "script-grep-guard": { findings: [undecided()], tuned: false },
  "script-group-redirect": { findings: [], tuned: true },
  "script-heredoc-append-then-load": { findings: [], tuned: true },
  "script-log-redirect-mixed": { findings: [survives("65535")], tuned: true },
  "script-loop": { findings: [], tuned: false },
  "script-must-be-root": { findings: [survives("1024")], tuned: true },
  "script-once-guard": { findings: [undecided()], tuned: false },
  "script-python": { findings: [], tuned: false },
  "script-rc-local": { findings: [undecided()], tuned: true },
  "script-sed-in-place": { findings: [], tuned: false },
  "script-su-bash-c": { findings: [], tuned: true },
  "script-sudo-tee": { findings: [], tuned: true },
  "script-tuned-profile": { findings: [undecided()], tuned: false },
  "script-value-refused": { findings: [limits("4294967296"), limits("10k")], tuned: false },
  "script-variable": { findings: [], tuned: true },
  "script-variable-from-metadata": { findings: [undecided()], tuned: false },
  "script-write-proc": { findings: [survives("65535")], tuned: true },
  "script-written-script-is-run": { findings: [survives("4096")], tuned: true },
  "sysctl-from-stdin": { findings: [survives("2500")], tuned: true },
  "sysctl-glob-load": { findings: [agree("200", "100")], tuned: true },
  "systemd-socket-and-service": { findings: [undecided()], tuned: false },
  "terraform-template-left-over": { findings: [limits("/etc/sysctl.d/99-app.conf")], tuned: false },
  "valkey-and-redis-flags": { findings: [], tuned: false },
  "whole-base64": { findings: [], tuned: true },
};
