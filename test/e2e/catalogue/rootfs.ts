import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";

import { debianSources } from "../../../lab/hosts/apt-sources";
import { describeEnd, lastLines, runCommand } from "../../../lab/hosts/command";
import { BUILD_OPTIONS } from "../../../lab/hosts/recipe";
import { missing } from "../../../lab/hosts/records";
import { withLock } from "../../../lab/lock";
import { createProgress } from "../../../lab/progress";

const SUITE = "bookworm";

/** Milliseconds. */
const DAY = 24 * 60 * 60 * 1_000;

/** The servers that are measured, and what a chamber needs to run and look at them. */
const PACKAGES = [
  ...["systemd-sysv", "dbus", "iproute2", "procps", "netbase"],
  ...["nginx-light", "apache2", "haproxy", "lighttpd", "squid", "tinyproxy", "caddy"],
  ...["redis-server", "memcached", "postgresql", "mariadb-server", "pgbouncer", "etcd-server", "prometheus"],
  ...["rabbitmq-server", "nats-server", "mosquitto", "beanstalkd", "docker-registry"],
  ...["php-fpm", "uwsgi-core", "gunicorn", "uvicorn", "nodejs", "puma", "unicorn"],
  ...["python3-waitress", "python3-tornado", "python3-aiohttp", "python3-twisted"],
  ...["openssh-server", "postfix", "dovecot-imapd", "bind9", "unbound", "dnsmasq", "coturn", "vsftpd"],
];

/**
 * A Debian 12 tree with every server of the measurements in its default configuration, from the package sources of this
 * machine. Built once (some minutes), then kept in the user's cache.
 *
 * @returns its path; treat it as read-only.
 */
export async function ensureRootfs(): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([SUITE, BUILD_OPTIONS, PACKAGES]))
    .digest("hex")
    .slice(0, 16);
  const folder = path.join(cacheFolder(), key);
  const rootfs = path.join(folder, "rootfs");
  await createProgress().step("the Debian servers of the catalogue", (note) =>
    withLock(
      path.join(cacheFolder(), "lock"),
      "building the servers of the catalogue",
      async () => {
        // The folder appears in one step, when it is complete.
        if (!(await exists(rootfs))) {
          await build(folder, note);
        }
        const now = new Date();
        await fs.utimes(folder, now, now);
      },
      (holder) => note(`waiting for ${holder}`),
    ),
  );
  return rootfs;
}

async function build(folder: string, note: (detail: string) => void): Promise<void> {
  const parent = path.dirname(folder);
  for (const name of await fs.readdir(parent)) {
    // What killed builds left, and trees of other recipes that nobody wanted for a day.
    const old = path.join(parent, name);
    if (
      name.startsWith("building-") ||
      (name !== "lock" && Date.now() - (await fs.stat(old)).mtimeMs > DAY)
    ) {
      await fs.rm(old, { recursive: true, force: true });
    }
  }
  const work = await fs.mkdtemp(path.join(parent, "building-"));
  try {
    const result = await runCommand(
      "setpriv",
      [
        ...["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"],
        ...["--pid", "--fork", "--kill-child", "--mount-proc"],
        ...[
          "mmdebstrap",
          ...BUILD_OPTIONS,
          `--include=${PACKAGES.join(",")}`,
          SUITE,
          path.join(work, "rootfs"),
        ],
        ...(await mirrors(work)),
      ],
      {
        env: { ...process.env, LC_ALL: "C", TMPDIR: work },
        onLine: (line) => {
          const step = /^I: (.*)$/.exec(line)?.[1];
          if (step !== undefined) {
            note(step);
          }
        },
      },
    );
    if (result.code !== 0) {
      throw new Error(`mmdebstrap ended with ${describeEnd(result)}:${lastLines(result.stderr, 15)}`);
    }
    await fs.rename(work, folder);
  } finally {
    await fs.rm(work, { recursive: true, force: true });
  }
}

/** Files with the package sources of this machine, for mmdebstrap. */
async function mirrors(work: string): Promise<string[]> {
  const parts = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...(await fs.readdir(parts)).map((name) => path.join(parts, name))];
  const sources = debianSources(
    await Promise.all(
      files.map(async (file) => ({
        name: path.basename(file),
        text: (await exists(file)) ? await fs.readFile(file, "utf8") : "",
      })),
    ),
    SUITE,
  );
  const written: string[] = [];
  for (const [name, text] of [
    ["debian.sources", sources.stanzas],
    ["debian.list", sources.lines],
  ] as const) {
    if (text !== "") {
      written.push(path.join(work, name));
      await fs.writeFile(path.join(work, name), text);
    }
  }
  if (written.length === 0) {
    throw new Error(`the package sources of this machine (/etc/apt) have none for ${SUITE}`);
  }
  return written;
}

function cacheFolder(): string {
  const xdg = process.env["XDG_CACHE_HOME"];
  const base = xdg && path.isAbsolute(xdg) ? xdg : path.join(os.homedir(), ".cache");
  return path.join(base, "pulumi-listen-backlog", "catalogue");
}

async function exists(file: string): Promise<boolean> {
  try {
    await fs.stat(file);
    return true;
  } catch (error) {
    return missing(error, false);
  }
}
