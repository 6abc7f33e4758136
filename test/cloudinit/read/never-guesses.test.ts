import { describe, expect, it } from "vitest";
import { readUserData } from "../../../cloudinit";
import { SECRET } from "./support/secrets";

const KEY = "net.core.somaxconn";
const FILE = "/etc/sysctl.d/10-a.conf";
const sh = (...lines: string[]): string => `#!/bin/sh\n${lines.join("\n")}\n`;
const bash = (...lines: string[]): string => `#!/bin/bash\n${lines.join("\n")}\n`;
const SET = `sysctl -w ${KEY}=7`;
const WRITE = `echo ${KEY}=7 > ${FILE}`;

/** A value; `unknown`; or `nothing` where there surely is none. */
type Answer = string;

function answer(readings: readonly { readonly key: string; readonly value: string }[], text: string): Answer {
  const { unknown } = readUserData(text);
  const found = readings.find(({ key }) => key === KEY)?.value;
  return (
    found ?? (unknown.some(({ subject }) => subject === undefined || subject === KEY) ? "unknown" : "nothing")
  );
}
const live = (text: string): Answer => answer(readUserData(text).live, text);
const persisted = (text: string): Answer => answer(readUserData(text).persisted, text);

describe("what is in force when the first boot is over", () => {
  it.each<[string, string, Answer]>([
    ["a trap of the end", sh(`trap 'sysctl -w ${KEY}=9' EXIT`, SET), "9"],
    ["a trap of the end that is a function", sh(`f() { sysctl -w ${KEY}=9; }`, "trap f 0 INT", SET), "9"],
    ["a trap that is taken back", sh(`trap 'sysctl -w ${KEY}=9' EXIT`, "trap - EXIT", SET), "7"],
    ["a trap of errors, and one", bash(`trap 'sysctl -w ${KEY}=9' ERR`, SET, "false"), "9"],
    ["a trap of errors, and perhaps one", bash(`trap 'sysctl -w ${KEY}=9' ERR`, SET, "ls"), "unknown"],
    ["a trap of errors that only says so", bash("trap 'echo $LINENO; exit 1' ERR", SET), "7"],
    ["a trap of every command", bash(`trap 'sysctl -w ${KEY}=9' DEBUG`, SET), "unknown"],
    ["other separators", sh("IFS=,", "N=7,8", `sysctl -w ${KEY}=$N`), "unknown"],
    ["the separators of careful scripts", bash(String.raw`IFS=$'\n\t'`, "N=7", `sysctl -w ${KEY}=$N`), "7"],
    ["no command any more", sh("set -n", SET), "nothing"],
    ["no command at all", `#!/bin/sh -n\n${SET}\n`, "nothing"],
    ["two words of options", `#!/bin/sh -e -u\n${SET}\n`, "unknown"],
    ["options behind env", `#!/usr/bin/env bash -e\n${SET}\n`, "unknown"],
    ["options behind env -S", `#!/usr/bin/env -S bash -e -u\n${SET}\n`, "7"],
    ["no path of a shell", `#!sh\n${SET}\n`, "unknown"],
    ["a variable that is not set, under set -u", sh("set -u", "echo $NONE", SET), "unknown"],
    ["a variable that is set, under set -u", sh("set -eu", "A=$(date)", "echo $A $PATH", SET), "7"],
    ["an alias of it", sh("alias sysctl=true", SET), "unknown"],
    ["an alias in bash, which does not look", bash("alias sysctl=true", SET), "7"],
    ["a return from nowhere", sh("return", SET), "unknown"],
    ["a return from nowhere, in bash", bash("return", SET), "7"],
    ["a loop without end", sh("while true; do sleep 60; done", SET), "unknown"],
    ["a loop without end in the background", sh("while true; do sleep 60; done &", SET), "7"],
    ["a loop that waits", sh("until curl -f http://x; do sleep 1; done", SET), "7"],
    ["a sleep without end", sh("sleep infinity", SET), "unknown"],
    ["its own end", sh("kill $$", SET), "unknown"],
    ["a restart before it", sh("reboot", SET), "unknown"],
    ["an option that only dash refuses", sh("set -euo pipefail", SET), "unknown"],
    ["the same option, in bash", bash("set -euo pipefail", SET), "7"],
    ["an array, which dash cannot read", sh("a=(1 2)", SET), "unknown"],
    ["a substitution, which dash cannot do", sh("A=x; B=${A//x/y}", SET), "unknown"],
    ["a variable of a function", sh("N=7; f() { local N=8; }; f", `sysctl -w ${KEY}=$N`), "7"],
    ["a file that is added to itself", sh(`echo a > /etc/x; cat /etc/x /etc/x >> /etc/x`, SET), "7"],
    ["arithmetic", bash("N=7; ((N=8))", `sysctl -w ${KEY}=$N`), "unknown"],
    ["a function of a subshell", sh(`f() { ${SET}; }`, `(f() { sysctl -w ${KEY}=8; })`, "f"), "7"],
    ["a function that may be another", sh(`f() { ${SET}; }`, "if x; then f() { :; }; fi", "f"), "unknown"],
    ["a command substitution", sh(`A=$(${SET})`), "7"],
    ["a builtin that is no program", sh("sudo exit 0", SET), "7"],
    ["a condition inside of set -e", sh("set -e", `f() { false; ${SET}; }`, "f && true"), "7"],
    ["a dry run", sh(`sysctl --dry-run -w ${KEY}=7`), "nothing"],
    ["a dry run of all files", sh(WRITE, "sysctl --dry-run --system"), "nothing"],
    ["a listing", sh(`sysctl -a ${KEY}=7`), "nothing"],
    ["an option that it does not have", sh(`sysctl -t ${KEY}=7`), "nothing"],
    ["options cut short", sh(`sysctl --wri --q ${KEY}=7`), "7"],
    ["a pattern in quotes", sh(WRITE, "sysctl -p '/etc/sysctl.d/*.conf'"), "7"],
    ["a pattern of names", sh(WRITE, "sysctl -p /etc/sysctl.d/1?-*.conf"), "7"],
    ["a pattern that has the link", sh(`echo ${KEY}=7 > /etc/sysctl.conf`, "sysctl -p /etc/sysctl.d/*"), "7"],
    ["two files", sh(WRITE, `sysctl -p /nowhere ${FILE}`), "7"],
    ["dd", sh("echo 7 | dd of=/proc/sys/net/core/somaxconn"), "unknown"],
    ["a link", sh("ln -s /proc/sys/net/core/somaxconn /tmp/x", "echo 7 > /tmp/x"), "7"],
    ["a link that may be there", sh("x && ln -s /proc/sys/net /tmp/n", "echo 7 > /tmp/n/core/somaxconn"), "unknown"],
    ["every file that a pattern names", sh("for f in /proc/sys/net/core/somax*; do echo 7 > $f; done"), "unknown"],
    ["a wrapper that nobody knows", sh(SET, `flock /tmp/l sysctl -w ${KEY}=8`), "unknown"],
    ["xargs", sh(SET, `echo ${KEY}=8 | xargs sysctl -w`), "unknown"],
    ["a path without it", sh("PATH=/opt/bin", SET), "unknown"],
    ["an exported path without it", sh("export PATH=/opt/bin", `sh -c '${SET}'`), "unknown"],
    ["a trap of errors that gives up", bash("trap 'exit 1' ERR", "false", SET), "nothing"],
    ["a restart of the unit that is masked", sh(WRITE, "systemctl mask systemd-sysctl", "systemctl restart systemd-sysctl"), "nothing"],
  ])("%s: %j", (_, text, expected) => {
    expect(live(text)).toBe(expected);
  }); // prettier-ignore
});

describe("what the next boot sets", () => {
  it.each<[string, string, Answer]>([
    ["a masked unit", sh(WRITE, "systemctl mask systemd-sysctl"), "nothing"],
    ["a unit masked by hand", sh(WRITE, "ln -sf /dev/null /etc/systemd/system/systemd-sysctl.service"), "nothing"],
    ["a unit that may be masked", sh(WRITE, "x && systemctl mask systemd-sysctl.service"), "unknown"],
    ["a unit unmasked again", sh(WRITE, "systemctl mask systemd-sysctl", "systemctl unmask systemd-sysctl"), "7"],
    ["a masked unit that is restarted at every boot", `#cloud-config\n${JSON.stringify({ bootcmd: [WRITE, "systemctl restart systemd-sysctl"], runcmd: ["systemctl mask systemd-sysctl"] })}`, "nothing"],
    ["a unit masked until the next boot", sh(WRITE, "systemctl mask --runtime systemd-sysctl"), "7"],
    ["a unit that cannot be disabled", sh(WRITE, "systemctl disable systemd-sysctl"), "7"],
    ["an empty file in its place", sh(WRITE, ": > /etc/systemd/system/systemd-sysctl.service"), "unknown"],
    ["set -C", sh("set -C", WRITE), "unknown"],
    ["a script behind one that restarts", `#cloud-config-archive\n- ${JSON.stringify(sh("reboot"))}\n- ${JSON.stringify(sh(WRITE))}\n`, "unknown"],
    ["/etc/sysctl.d moved away", sh(WRITE, "mv /etc/sysctl.d /etc/old"), "nothing"],
    ["a removal where nobody knows", sh(WRITE, "if x; then cd /etc/sysctl.d; fi", "rm -f *"), "unknown"],
    ["/etc/sysctl.conf without its link", sh(`echo ${KEY}=7 > /etc/sysctl.conf`, "rm -f /etc/sysctl.d/*"), "nothing"],
    ["a pattern that does not fit", sh(WRITE, "rm -f /etc/sysctl.d/9*.conf"), "7"],
    ["a file moved to where it is", sh(WRITE, `mv ${FILE} /etc/sysctl.d/`), "7"],
    ["into /etc by its own name", sh(`echo ${KEY}=7 > /tmp/sysctl.conf`, "cp /tmp/sysctl.conf /etc"), "7"],
    ["cp -t", sh(`echo ${KEY}=7 > /tmp/x.conf`, "cp -t /etc/sysctl.d /tmp/x.conf"), "7"],
    ["cp -n", sh(`echo ${KEY}=7 > /tmp/x.conf`, "cp -n /tmp/x.conf /etc/sysctl.d/9.conf"), "unknown"],
    ["install -D", sh(`echo ${KEY}=7 > /tmp/x`, "install -D -m 644 /tmp/x /etc/sysctl.d/9.conf"), "7"],
    ["chattr", sh(WRITE, `chattr +i ${FILE}`, `echo ${KEY}=8 > ${FILE}`), "unknown"],
    ["a file that only another descriptor writes", sh(`exec 3> ${FILE}`, `echo ${KEY}=7 >&3`), "unknown"],
    ["all that is printed", sh(`exec > ${FILE}`, `echo ${KEY}=7`), "unknown"],
    ["a directory that was entered and left", sh("cd /etc/sysctl.d", "cd -", `echo ${KEY}=7 > x.conf`), "unknown"],
    ["a crontab", sh(WRITE, `echo '@reboot sysctl -w ${KEY}=8' | crontab -`), "unknown"],
    ...[
      "wget -P /etc/sysctl.d https://example.com/9.conf",
      "curl --output-dir /etc/sysctl.d -O https://example.com/9.conf",
      `curl -o ${FILE} https://example.com/x`,
      "aws s3 cp --recursive s3://bucket/etc /etc",
      "aws s3 sync s3://bucket/conf /etc/sysctl.d/",
      "gsutil -m rsync -r gs://bucket/etc /etc",
      "rsync -a host:/etc/ /etc/",
      "scp host:x.conf /etc/sysctl.d/",
      "tar -C / -xzf /tmp/x.tgz",
      "tar xzf /tmp/x.tgz -C /etc",
      "cd /etc && tar xf /tmp/x.tar",
      "unzip -o /tmp/x.zip -d /etc/sysctl.d",
      "git clone https://example.com/etc.git /etc/sysctl.d",
      "cp -r /opt/conf/. /etc/",
      "cp /opt/conf/*.conf /etc/sysctl.d/",
      "find /etc/sysctl.d -name '*.conf' -delete",
      "find /etc -name '*.conf' -exec sed -i s/7/8/ {} +",
      "ls /etc/sysctl.d/* | xargs rm -f",
      "sed -i s/7/8/ /etc/sysctl.d/*.conf",
      "cd /etc/sysctl.d && sed -i s/7/8/ *",
      `perl -pi -e s/7/8/ ${FILE}`,
      `gawk -i inplace '{sub(7,8)}1' ${FILE}`,
      "mount -t tmpfs tmpfs /etc/sysctl.d",
      "docker cp box:/etc /etc",
    ].map((command): [string, string, Answer] => ["a whole tree", sh(WRITE, command), "unknown"]),
    ...[
      "tar -C /usr/local -xzf /tmp/go.tgz",
      "tar -C /opt -xzf /tmp/x.tgz",
      "unzip awscliv2.zip",
      "curl -fsSLo /tmp/x.rpm https://example.com/x.rpm",
      "wget -O /opt/x https://example.com/x",
      "aws s3 cp s3://bucket/app /opt/app --recursive",
      "git clone https://example.com/app.git /opt/app",
      "cp -r /opt/conf /etc/nginx",
      "find /var/log -name '*.gz' -delete",
      "sed -i s/a/b/ /etc/nginx/nginx.conf",
      "mount /dev/xvdf /data",
    ].map((command): [string, string, Answer] => ["a tree of something else", sh(WRITE, command), "7"]),
  ])("%s: %j", (_, text, expected) => {
    expect(persisted(text)).toBe(expected);
  }); // prettier-ignore

  it("says which lines a masked unit leaves out", () => {
    expect(readUserData(sh(WRITE, "systemctl mask systemd-sysctl")).conflicts).toEqual([
      { why: "not-read", subject: KEY, value: "7", where: { part: 1, line: 2, file: FILE } },
    ]);
  });
});

describe("the files of a cloud-config", () => {
  const files = (...entries: object[]): string =>
    `#cloud-config\n${JSON.stringify({ write_files: entries })}\n`;
  const settings = { path: FILE, content: `${KEY} = 7\n` };
  const owned = (owner: unknown, more: object = {}): object => ({ path: "/etc/x", owner, ...more });

  it.each<[string, Answer, string]>([
    ["root", "7", files(owned("root:root"), settings)],
    ["nobody in particular", "7", files(owned(""), owned(null), owned(0), owned(" : "), owned("None:-1"), settings)],
    ["a user and a group of every distribution", "7", files(owned("daemon:adm"), owned("mail"), owned(":users"), settings)],
    ["a user that may not be there", "unknown", files(owned("nginx"), settings)],
    ["a group that may not be there", "unknown", files(owned("root:wheel"), settings)],
    ["a user that is made after it", "unknown", files(owned("app:app"), settings).replace("{", '{"users": [{"name": "app"}], ')],
    ["a user that may not be there, behind it", "7", files(settings, owned("nginx"))],
    ["a user that may not be there, of the file itself", "7", files({ ...settings, owner: "nginx" })],
    ["a number", "unknown", files(owned(1000), settings)],
    ["a list", "unknown", files({ ...settings, owner: ["root"] })],
    ["a user that may not be there, of another stage", "7", files(owned("nginx", { defer: true }), settings)],
    ["a user that may not be there, of the same stage", "unknown", files(owned("nginx", { defer: true }), { ...settings, defer: true })],
  ])("of %s: %s", (_, expected, text) => {
    expect(persisted(text)).toBe(expected);
  }); // prettier-ignore

  it.each<[string, Answer, object]>([
    ["users that are made before them", "7", { users: [{ name: "app" }, "web"], groups: ["own"] }],
    ["a user whose group has another name", "unknown", { users: [{ name: "app", primary_group: "x" }, "web"], groups: ["own"] }],
    ["users that the module would make, which does not run", "unknown", { users: ["app", "web"], groups: ["own"], cloud_init_modules: ["write_files"] }],
    ["the user of the distribution", "unknown", { users: ["default", "app"], groups: ["own"] }],
  ])("deferred ones, of %s: %s", (_, expected, more) => {
    const deferred = [owned("app:app"), owned("web:own"), settings].map((file) => ({ ...file, defer: true }));
    expect(persisted(`#cloud-config\n${JSON.stringify({ ...more, write_files: deferred })}\n`)).toBe(expected);
  }); // prettier-ignore

  it("in a directory that the server may not have, with an owner that it may not have", () => {
    const server = { path: "/etc/nginx/nginx.conf", content: "listen 80 backlog=4096;\n" };
    expect(readUserData(files(server)).backlogs).toHaveLength(1);
    const { backlogs, unknown } = readUserData(files({ ...server, owner: "nginx" }));
    expect(backlogs).toEqual([]);
    expect(unknown.map(({ reason, subject }) => [reason, subject])).toEqual([["invalid-file", "nginx"]]);
  });
});

describe("what other modules of cloud-init do", () => {
  const command = `sysctl -w ${KEY}=9`;

  it.each<[string, object]>([
    ["snap", { snap: { commands: [["snap", "install", "x"], command] } }],
    ["snap, with names", { snap: { commands: { "00": ["sysctl", "-w", `${KEY}=9`] } } }],
    ["random_seed", { random_seed: { command: ["sysctl", "-w", `${KEY}=9`] } }],
    ["wireguard", { wireguard: { readinessprobe: [command] } }],
    ["power_state", { power_state: { mode: "reboot", condition: command } }],
    ["mounts over the sysctl files", { mounts: [["tmpfs", "/etc/sysctl.d/", "tmpfs"]] }],
    ["mounts over all", { mounts: [["/dev/xvdf", "/"]] }],
    ["ansible", { ansible: { package_name: "ansible" } }],
  ])("is unknown: %s", (_, config) => {
    expect(live(`#cloud-config\n${JSON.stringify(config)}\n`)).toBe("unknown");
  });

  it.each<[string, object]>([
    ["snap", { snap: { commands: [["snap", "install", "x"]] } }],
    ["mounts of something else", { mounts: [["/dev/xvdf", "/etc/nginx"], ["tmpfs", "none", "swap"], null] }],
    ["power_state", { power_state: { mode: "reboot", condition: true } }],
  ])("is nothing where it is about something else: %s", (_, config) => {
    expect(live(`#cloud-config\n${JSON.stringify(config)}\n`)).toBe("nothing");
  });
});

describe("an archive", () => {
  const archive = (...entries: object[]): string => `#cloud-config-archive\n${JSON.stringify(entries)}\n`;
  const config = `write_files: [{path: ${FILE}, content: "${KEY} = 7"}]`;
  const binary = `#cloud-config-archive\n- {type: text/cloud-config, content: !!binary ${Buffer.from(config).toString("base64")}}\n`;

  it.each<[string, Answer, string]>([
    ["an entry", "7", archive({ content: config })],
    ["an entry without a type, and null for it", "7", archive({ type: null, content: config })],
    ["an entry in base64", "7", binary],
    ["an entry in base64 that says no type", "unknown", binary.replace("type: text/cloud-config, ", "")],
    ["a type that is none, which ends all", "unknown", archive({ content: config }, { type: "x", content: "y" })],
    ["content that is none, which ends all", "unknown", archive({ content: config }, { content: 5 })],
    ["a header that is none, which ends all", "unknown", archive({ content: config, own: 5 })],
    ["an entry with rules that drop it", "nothing", archive({ content: config, "Merge-Type": "list()" })],
    ["an entry with a header that is none for its spelling", "7", archive({ content: config, "merge-type": "list()" })],
  ])("with %s: %s", (_, expected, text) => {
    expect(persisted(text)).toBe(expected);
  }); // prettier-ignore

  it("says which entry may be for another server", () => {
    const { unknown } = readUserData(archive({ content: config }, { content: "a: b", "launch-index": 3 }));
    expect(unknown).toEqual([{ reason: "launch-index", part: 2, line: 1 }]);
  });
});

it("shows nothing of what stands in files and commands that are about other things", () => {
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}\n-----END OPENSSH PRIVATE KEY-----`;
  const text = sh(
    `trap 'curl -H "X: ${SECRET}" http://x; sysctl -w ${KEY}=${SECRET}' EXIT`,
    `cat > /etc/ssh/key <<'E'\n${key}\nE`,
    `cp /etc/ssh/key ${FILE}`,
    `ln -s ${FILE} /tmp/${SECRET}; echo ${SECRET} > /tmp/${SECRET}`,
    `alias x='${SECRET}'; eval "${KEY}=${SECRET}"; N=$(echo ${SECRET}); set -u; echo $${SECRET}`,
    `sysctl --system; tar -C /etc -xf /tmp/${SECRET}.tar`,
  );
  expect(JSON.stringify(readUserData(text))).not.toContain(SECRET);
});
