import { gzipSync } from "node:zlib";

/** Nothing that a reading may have in it, in any form. */
export const SECRET = "s3cr3tT0ken";

const LINES = `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}${SECRET}\n-----END OPENSSH PRIVATE KEY-----\n`;
const KEYS = ["net.core.somaxconn", "net.ipv4.tcp_max_syn_backlog", "vm.swappiness", "kernel.core_pattern"];

/** Where people put secrets into a script, and where they end up by mistake. */
const COMMANDS: readonly ((key: string) => string)[] = [
  () => `export DB_PASSWORD=${SECRET}`,
  () => `PGPASSWORD='${SECRET}' psql -h db -c 'select 1'`,
  () => `curl -H "Authorization: Bearer ${SECRET}" https://example.com/ -o /opt/x`,
  () => `echo '${SECRET}' | docker login -u me --password-stdin`,
  () => `docker run -e TOKEN=${SECRET} --sysctl net.core.somaxconn=4096 app`,
  () => `docker run --sysctl net.core.somaxconn=${SECRET} app`,
  () => `echo ${SECRET} > /etc/app/token`,
  () => `cat > /root/.ssh/id_ed25519 <<'E'\n${LINES}E`,
  (key) => `sysctl -w ${key}=${SECRET}`,
  (key) => `sysctl -w ${key}=4096; sysctl -w ${key}="${SECRET}"`,
  (key) => `sysctl -w ${key}="${SECRET} 1"; sysctl -w ${key}=4096`,
  (key) => `echo ${SECRET} > /proc/sys/${key.replaceAll(".", "/")}`,
  (key) => `echo "${key} = ${SECRET}" >> /etc/sysctl.d/90-a.conf; sysctl --system`,
  (key) => `N=${SECRET}; sysctl -w ${key}=$N`,
  (key) => `N=${SECRET}; echo "${key}=$N" > /etc/sysctl.d/50-b.conf; sysctl -p /etc/sysctl.d/50-b.conf`,
  (key) => `for n in ${SECRET} 5; do sysctl -w ${key}=$n; done`,
  () => `sysctl -w ${SECRET}=1; echo ${SECRET}=2 >> /etc/sysctl.conf; sysctl -p`,
  () => `sysctl -w net.ipv4.tcp_fastopen_key=${SECRET} net.ipv6.conf.all.stable_secret=${SECRET}`,
  () => `sysctl -w net.core.default_qdisc=${SECRET}`,
  () => `echo "net.ipv4.tcp_congestion_control = ${SECRET}" > /etc/sysctl.d/30-c.conf; sysctl --system`,
  () => `gunicorn --backlog ${SECRET} app; redis-server --requirepass ${SECRET} --tcp-backlog 4096`,
  () => `redis-server --tcp-backlog '${SECRET}'`,
  () => `sed -i 's/password=.*/password=${SECRET}/' /etc/sysctl.conf`,
  () => `eval "sysctl -w net.core.somaxconn=${SECRET}"`,
  () => `sh -c 'sysctl -w "$1"' x net.core.somaxconn=${SECRET}`,
  () => `echo "listen 80 backlog=${SECRET};" > /etc/nginx/nginx.conf`,
  () => `# ${SECRET}`,
  () => `if [ "$X" = ${SECRET} ]; then sysctl -w net.core.somaxconn=7; fi`,
  () => `${SECRET}() { sysctl -w net.core.somaxconn=8; }; ${SECRET}`,
];

/** Where people put secrets into a cloud-config. */
const ENTRIES: readonly ((key: string) => object)[] = [
  () => ({ password: SECRET, chpasswd: { list: `root:${SECRET}\n` }, ssh_pwauth: true }),
  () => ({ ssh_keys: { ed25519_private: LINES, ed25519_public: `ssh-ed25519 ${SECRET}` } }),
  () => ({ users: [{ name: "me", passwd: SECRET, ssh_authorized_keys: [SECRET] }] }),
  () => ({ write_files: [{ path: "/etc/app.env", content: `TOKEN=${SECRET}\n` }] }),
  (key) => ({ write_files: [{ path: "/etc/sysctl.d/60-d.conf", content: `${key} = ${SECRET}\n${key} = 9\n` }] }),
  (key) => ({ write_files: [{ path: "/etc/sysctl.d/70-e", content: `${key} = ${SECRET}\n` }] }),
  (key) => ({
    write_files: [
      { path: "/usr/lib/sysctl.d/80-f.conf", content: `${key} = ${SECRET}\n` },
      { path: "/etc/sysctl.d/80-f.conf", content: `${key} = 7\n` },
    ],
  }),
  (key) => ({
    write_files: [
      {
        path: "/etc/sysctl.d/60-d.conf",
        encoding: "gz+b64",
        content: gzipSync(`${key} = ${SECRET}`).toString("base64"),
      },
    ],
  }),
  () => ({ write_files: [{ path: "/etc/redis/redis.conf", content: `requirepass ${SECRET}\ntcp-backlog 4096\n` }] }),
  () => ({ write_files: [{ path: "/etc/rc.local", content: `sysctl -w net.core.somaxconn=${SECRET}\n` }] }),
  () => ({
    write_files: [
      {
        path: "/opt/compose.yml",
        content: `environment:\n  PASSWORD: ${SECRET}\nsysctls:\n  net.core.somaxconn: ${SECRET}\n`,
      },
    ],
  }),
  () => ({ write_files: [{ path: "/etc/systemd/system/a.service", content: `ExecStart=gunicorn --backlog 5 -e T=${SECRET}\n` }] }),
  () => ({ bootcmd: [["sysctl", "-w", `net.core.somaxconn=${SECRET}`]] }),
  () => ({ runcmd: [["env", `TOKEN=${SECRET}`, "sysctl", "-w", "net.core.somaxconn=5"]] }),
  () => ({ power_state: { mode: SECRET, condition: SECRET } }),
  () => ({ merge_how: SECRET }),
  () => ({ runcmd: { [SECRET]: SECRET } }),
  () => ({ [SECRET]: SECRET }),
]; // prettier-ignore

/** User data with secrets in many places. */
export function secretive(next: () => number): string {
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => list[next() % list.length] as T;
  const commands = (): string[] => Array.from({ length: 1 + (next() % 4) }, () => pick(COMMANDS)(pick(KEYS)));
  const script = (): string => `#!/bin/${pick(["sh", "bash"])}\n${commands().join("\n")}\n`;
  const config = (): string => {
    const merged: Record<string, unknown> = { runcmd: commands() };
    for (let count = next() % 3; count > 0; count--) {
      Object.assign(merged, pick(ENTRIES)(pick(KEYS)));
    }
    return `#cloud-config\n${JSON.stringify(merged, null, 1)}\n`;
  };
  const boundary = pick(["x", SECRET]);
  const part = (): string => {
    const text = pick([script, config])();
    const type = pick([text.startsWith("#!") ? "text/x-shellscript" : "text/cloud-config", "text/plain", `text/${SECRET}`]);
    const headers = pick(["", `X-Token: ${SECRET}\n`, `Content-Disposition: attachment; filename="${SECRET}.sh"\n`, `Merge-Type: ${SECRET}\n`]);
    return `--${boundary}\nContent-Type: ${type}\n${headers}\n${text}\n`;
  };
  const mime = (): string =>
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${boundary}"\n\n${part()}${part()}--${boundary}--\n`;
  const archive = (): string =>
    `#cloud-config-archive\n${JSON.stringify([script(), { type: pick(["text/cloud-config", SECRET]), content: config() }])}\n`;
  const text = pick([script, config, mime, archive, () => `#cloud-boothook\n${script()}`])();
  return next() % 8 === 0 ? Buffer.from(text).toString("base64") : text;
} // prettier-ignore
