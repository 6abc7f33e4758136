import { gzipSync } from "node:zlib";
import type { ComposeOptions, TuningPart } from "../../../../cloudinit";
import { repositoryOf } from "./package";

/** A command on the host, and what it prints on the first boot and again after a reboot. */
export interface Check {
  readonly command: string;
  readonly first: string;
  /** Default: as on the first boot. */
  readonly rebooted?: string;
}

/** User data of a user's, and what must hold of it on a host that runs it together with ours. */
export interface Case {
  readonly name: string;
  readonly userData: string | undefined;
  readonly options?: ComposeOptions;
  readonly part?: Partial<TuningPart>;
  /** The user's effects. */
  readonly checks: readonly Check[];
  /** What ours leaves in the log, beyond the line for somaxconn. */
  readonly log?: readonly string[];
  /** The module that fails on the first boot, by the user's own fault. */
  readonly fails?: string;
}

export const SOMAXCONN = 8192;
export const FILE = "/etc/sysctl.d/99-zz-listen-backlog.conf";

/** Counts runs of something, a line each. */
const mark = (name: string) => `echo ran >> /var/log/mark-${name}`;
const once = (name: string): Check => ({ command: `cat /var/log/mark-${name}`, first: "ran" });
const everyBoot = (name: string): Check => ({ ...once(name), rebooted: "ran\nran" });
const file = (path: string, content: string): Check => ({ command: `cat ${path}`, first: content });

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");

const mime = (...parts: readonly (readonly [string, string])[]) =>
  [
    'Content-Type: multipart/mixed; boundary="==own=="',
    "MIME-Version: 1.0",
    "",
    ...parts.map(([headers, content]) => `--==own==\n${headers}\n\n${content}`),
    "--==own==--",
    "",
  ].join("\n");

const NGINX = "/etc/nginx/conf.d/own.conf";

function backlogOf(port: number): string {
  return `ss -Hltn sport = :${port} | awk '{print $3}'`;
}

/** A service that systemd opens the socket of. */
const SOCKET = `cat > /etc/systemd/system/own.socket <<'END'
[Socket]
ListenStream=8082
Backlog=${SOMAXCONN}
[Install]
WantedBy=sockets.target
END
cat > /etc/systemd/system/own.service <<'END'
[Service]
ExecStart=/usr/bin/python3 -c "import socket; s = socket.socket(fileno=3); [s.accept()[0].close() for _ in iter(int, 1)]"
END
systemctl daemon-reload
systemctl enable --now own.socket
systemctl start own.service
${backlogOf(8082)} >> /var/log/seen-by-script`;

const REPOSITORY = repositoryOf(
  "listen-backlog-test",
  "cat /proc/sys/net/core/somaxconn > /var/log/seen-by-package",
);

export const CASES: readonly Case[] = [
  {
    name: "nothing",
    userData: undefined,
    checks: [{ command: "ls /var/lib/cloud/instance/scripts", first: "zz-listen-backlog.sh" }],
  },
  {
    name: "a cloud-config with all the keys that ours has, and an exit in its runcmd",
    userData: `#cloud-config
# keys of ours, with rules of its own for merging
merge_how: 'dict(replace)+list(no_replace)+str()'
bootcmd:
  - ${mark("bootcmd")}
  - [cloud-init-per, once, own, touch, /var/log/once]
write_files:
  - path: /etc/own.conf
    content: own
  - {path: /etc/sysctl.d/50-own.conf, content: "net.core.somaxconn = 1234\\n"}
  - {path: /opt/own/${REPOSITORY.name}.deb, encoding: b64, content: ${base64(REPOSITORY.deb)}}
  - {path: /opt/own/Packages, encoding: b64, content: ${base64(REPOSITORY.index)}}
apt: {sources: {own.list: {source: "deb [trusted=yes] file:/opt/own ./"}}}
packages: [${REPOSITORY.name}]
users:
  - default
  - name: second
    shell: /bin/sh
ssh_authorized_keys:
  - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB6Hf1bQ5a7ZbYzqpV4VVHBpGSpQp6m0VTuKzEzyPbKd own
ssh_deletekeys: false
runcmd:
  - [sh, -c, '${mark("runcmd")}']
  - cat /proc/sys/net/core/somaxconn > /var/log/seen-by-runcmd
  - exit 0
`,
    checks: [
      everyBoot("bootcmd"),
      once("runcmd"),
      file("/etc/own.conf", "own"),
      { command: "id -nu second; ls /var/log/once", first: "second\n/var/log/once" },
      { command: "grep -c own$ ~/.ssh/authorized_keys", first: "1" },
      // Ours was in force before the user's own commands ran, and before the packages were there that may start services.
      file("/var/log/seen-by-runcmd /var/log/seen-by-package", `${SOMAXCONN}\n${SOMAXCONN}`),
      { command: `dpkg-query -W -f '\${Status}' ${REPOSITORY.name}`, first: "install ok installed" },
    ],
  },
  {
    name: "a script that sets a value of its own and starts nginx and a socket, which listen again afterwards",
    userData: `#!/bin/bash -e
${mark("script")}
sysctl -qw net.core.somaxconn=1024
rm -f /etc/nginx/sites-enabled/default
echo 'server { listen 8081 backlog=${SOMAXCONN}; }' > ${NGINX}
systemctl enable --now nginx
${backlogOf(8081)} > /var/log/seen-by-script
${SOCKET}
`,
    part: {
      relisten: [
        { unit: "nginx.service", how: "restart" },
        { unit: "redis-server.service", how: "reload" },
        { unit: "no-such.service", how: "restart" },
        { unit: "own.socket", how: "restart" },
      ],
    },
    checks: [
      once("script"),
      file("/var/log/seen-by-script", "1024\n1024"),
      // Under the name that cloud-init gives a script without one: before runcmd.
      {
        command: "ls /var/lib/cloud/instance/scripts | LC_ALL=C sort",
        first: "part-001\nzz-listen-backlog.sh",
      },
      ...[8081, 8082].map((port) => ({ command: backlogOf(port), first: String(SOMAXCONN) })),
      // The service went on with the socket that listens again; after a reboot it waits for its first client.
      {
        command: "systemctl is-active own.socket own.service",
        first: "active\nactive",
        rebooted: "active\ninactive",
      },
    ],
    log: [
      "nginx.service: restart done",
      "redis-server.service is inactive: no reload",
      "no-such.service is inactive: no restart",
      "own.socket: restart done",
    ],
  },
  {
    name: "a nested MIME document with every kind of part, and scripts whose names sort behind all usual ones",
    userData: mime(
      ["Content-Type: text/cloud-boothook", `#cloud-boothook\n#!/bin/sh\n${mark("boothook")}`],
      [
        'Content-Type: text/cloud-config\nContent-Disposition: attachment; filename="zz-listen-backlog.cfg"',
        `#cloud-config\nruncmd: ['${mark("runcmd-1")}']\nwrite_files: [{path: /etc/one, content: one}]`,
      ],
      [
        "Content-Type: text/cloud-config\nX-Merge-Type: list(append)+dict(recurse_array)+str()",
        `#cloud-config\nruncmd: ['${mark("runcmd-2")}']\nwrite_files: [{path: /etc/two, content: two}]`,
      ],
      [
        'Content-Type: multipart/mixed; boundary="inner"\nMIME-Version: 1.0',
        `--inner\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n${base64(`#!/bin/sh\n${mark("script")}\necho 'grüße' > /etc/three\n`)}\n--inner--`,
      ],
      ["Content-Type: text/x-shellscript-per-boot", `#!/bin/sh\n${mark("per-boot")}`],
      ...["zz-listen-backlog.sh", "zzzz/../z~z.sh"].map(
        (name) =>
          [
            `Content-Type: text/x-shellscript\nContent-Disposition: attachment; filename="${name}"`,
            `#!/bin/sh\n${mark("late")}\nsysctl -qw net.core.somaxconn=1024`,
          ] as const,
      ),
    ),
    checks: [
      everyBoot("boothook"),
      everyBoot("per-boot"),
      ...["runcmd-1", "runcmd-2", "script"].map(once),
      file("/etc/one /etc/two /etc/three", "onetwogrüße"),
      // Both of them, and ours behind them: the value is ours.
      file("/var/log/mark-late", "ran\nran"),
      {
        command: "ls /var/lib/cloud/instance/scripts | LC_ALL=C sort | tail -3",
        first: "zz-listen-backlog.sh\nzzzz_.._zz.sh\nzzzzz-listen-backlog.sh",
      },
    ],
  },
  {
    name: "an archive",
    userData: `#cloud-config-archive
- type: text/cloud-config
  content: |
    #cloud-config
    runcmd: ['${mark("runcmd-1")}']
    bootcmd: ['${mark("bootcmd")}']
- content: |
    #cloud-config
    merge_how: [{name: list, settings: [append]}, {name: dict, settings: [recurse_list]}]
    runcmd: ['${mark("runcmd-2")}']
- |
  #!/bin/sh
  ${mark("script")}
`,
    checks: [everyBoot("bootcmd"), ...["runcmd-1", "runcmd-2", "script"].map(once)],
  },
  {
    name: "a boothook that left our file and the key in /etc/sysctl.conf, as an image may have them",
    userData: `#cloud-boothook
#!/bin/sh
${mark("boothook")}
grep -q somaxconn /etc/sysctl.conf && exit 0
echo 'net/core/somaxconn=2048' >> /etc/sysctl.conf
echo 'net.core.somaxconn = 16' > ${FILE}
`,
    checks: [
      everyBoot("boothook"),
      // Nobody edits other people's files.
      { command: "grep -c '^net/core/somaxconn=2048$' /etc/sysctl.conf", first: "1" },
    ],
    log: [
      "net.core.somaxconn is also in /etc/sysctl.conf, which sysctl --system reads last: remove it there",
    ],
  },
  {
    name: "a template",
    userData: `## template: jinja
#cloud-config
runcmd: ['echo {{ v1.local_hostname }} >> /var/log/mark-template']
bootcmd: ['${mark("bootcmd")}']
`,
    checks: [everyBoot("bootcmd"), { command: "cat /var/log/mark-template", first: "u-6" }],
  },
  {
    name: "a part handler and a part that it handles",
    userData: mime(
      [
        "Content-Type: text/part-handler",
        `#part-handler
def list_types():
    return ["text/x-own"]
def handle_part(data, ctype, filename, payload):
    if ctype == "text/x-own":
        open("/etc/handled", "w").write(payload)`,
      ],
      ["Content-Type: text/x-own", "handled"],
    ),
    checks: [file("/etc/handled", "handled")],
  },
  {
    name: "gzip in base64, packed again",
    userData: base64(gzipSync(`#cloud-config\nruncmd: ['${mark("runcmd")}']\n`)),
    options: { encoding: "gzip-base64" },
    checks: [once("runcmd")],
  },
  {
    name: "settings that the kernel does not have or refuses",
    userData: `#cloud-config\nbootcmd: ['${mark("bootcmd")}']\nruncmd: ['${mark("runcmd")}']\n`,
    part: {
      settings: [
        { key: "net.core.no_such_key", value: "1" },
        { key: "net.ipv4.tcp_fin_timeout", value: "none" },
        { key: "net.core.somaxconn", value: String(SOMAXCONN) },
        { key: "net.ipv4.ip_local_port_range", value: "20000 60000" },
      ],
    },
    checks: [everyBoot("bootcmd"), once("runcmd")],
    log: [
      "net.core.no_such_key is missing, wanted 1",
      "net.ipv4.tcp_fin_timeout is 60, wanted none",
      "net.ipv4.ip_local_port_range = 20000 60000",
    ],
  },
  {
    name: "a JSON patch, with a file name of its own, and nothing early",
    userData: `#cloud-config-jsonp\n[{"op": "add", "path": "/runcmd", "value": ["${mark("runcmd")}", "cat /proc/sys/net/core/somaxconn > /var/log/seen"]}]\n`,
    options: { encoding: "base64" },
    part: { fileName: "99-zzz-own.conf", early: false },
    checks: [
      once("runcmd"),
      file("/var/log/seen", "4096"),
      {
        command: `ls ${FILE} 2>&1 | grep -c 'No such'; ls /etc/sysctl.d/99-zzz-own.conf`,
        first: "1\n/etc/sysctl.d/99-zzz-own.conf",
      },
    ],
  },
  {
    name: "a bootcmd that exits, a list of modules of its own, and a file of an owner who is not there",
    userData: `#cloud-config
bootcmd: ['${mark("bootcmd")}', exit 0]
write_files: [{path: /etc/own, content: own, owner: 'nobody-yet:nobody-yet'}]
runcmd: [cat /proc/sys/net/core/somaxconn > /var/log/seen]
cloud_final_modules: [write-files-deferred, scripts-user, final-message]
`,
    fails: "write-files",
    checks: [
      everyBoot("bootcmd"),
      // The early values are lost, and what is there when the boot is over is not.
      file("/var/log/seen", "4096"),
      { command: "ls /etc/own", first: "/etc/own" },
    ],
  },
  {
    name: "an include",
    userData: "#include\nhttp://@INCLUDED@/\n",
    checks: [once("included"), everyBoot("bootcmd")],
  },
];

/** What the included address answers. */
export const INCLUDED = `#cloud-config\nruncmd: ['${mark("included")}']\nbootcmd: ['${mark("bootcmd")}']\n`;
