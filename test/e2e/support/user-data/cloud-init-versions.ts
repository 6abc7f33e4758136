import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { imagePaths } from "../../../../lab/hosts/image-cache";
import { labImage } from "../../../../lab/hosts/image";
import { debianSources, type AptSourceFile } from "../../../../lab/hosts/apt-sources";
import type { Lab } from "../../../../lab/identity";

/** A cloud-config and the other parts, as one version of cloud-init has them after merging. */
export interface Merged {
  readonly config: Record<string, unknown>;
  /** Content type, file name, content. */
  readonly parts: readonly (readonly [string, string, string])[];
  /** What it complained about in its log, and what its schema has against the cloud-config. */
  readonly problems: readonly string[];
}

const PACKAGES = "usr/lib/python3/dist-packages";

/** Debian's suites whose cloud-init is judged by besides the hosts' own: the next stable, and the newest of all. */
export const SUITES = ["trixie", "sid"] as const;

/** The folder of the Python packages that the hosts run. */
export function hostsCloudInit(lab: Lab): string {
  return path.join(imagePaths(lab, labImage().key).rootfs, PACKAGES);
}

/** The folder of the Python packages of cloud-init as a suite has it, downloaded once. Nothing of this machine is changed. */
export function suiteCloudInit(lab: Lab, suite: string): string {
  const kept = path.join(lab.cacheDir, "cloud-init", suite);
  if (!fs.existsSync(kept)) {
    fs.mkdirSync(path.dirname(kept), { recursive: true });
    const folder = fs.mkdtempSync(`${kept}.new-`);
    download(folder, suite);
    const [archive = ""] = fs.readdirSync(folder).filter((name) => name.endsWith(".deb"));
    const tree = path.join(folder, "tree");
    execFileSync("dpkg-deb", ["--extract", path.join(folder, archive), tree]);
    fs.renameSync(tree, kept);
    fs.rmSync(folder, { recursive: true });
  }
  return path.join(kept, PACKAGES);
}

/** Runs apt on lists and a state of its own, with the machine's own Debian mirror. */
function download(folder: string, suite: string): void {
  const { stanzas, lines } = debianSources(machineSources(), "bookworm");
  const other = (text: string) =>
    text.replace(/\bbookworm(?![-/\w])/g, suite).replace(/\bbookworm-updates\b/g, "");
  // The first entry is the mirror of the suite itself: security fixes have another one.
  fs.writeFileSync(path.join(folder, "apt.sources"), other(stanzas.split("\n\n")[0] ?? ""));
  fs.writeFileSync(path.join(folder, "apt.list"), other(lines.split("\n")[0] ?? ""));
  fs.mkdirSync(path.join(folder, "state", "lists"), { recursive: true });
  fs.mkdirSync(path.join(folder, "parts"));
  for (const name of ["apt.sources", "apt.list"]) {
    fs.renameSync(path.join(folder, name), path.join(folder, "parts", name));
  }
  fs.writeFileSync(path.join(folder, "status"), "");
  const options = {
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": path.join(folder, "parts"),
    "Dir::State": path.join(folder, "state"),
    "Dir::State::status": path.join(folder, "status"),
    "Dir::Cache": path.join(folder, "cache"),
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "APT::Sandbox::User": "root",
  };
  const given = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  for (const step of [["update"], ["download", "cloud-init"]]) {
    execFileSync("apt-get", ["-q", ...given, ...step], { cwd: folder, stdio: "pipe" });
  }
}

function machineSources(): AptSourceFile[] {
  const parts = "/etc/apt/sources.list.d";
  return [
    "/etc/apt/sources.list",
    ...(fs.existsSync(parts) ? fs.readdirSync(parts).sort() : []).map((name) => path.join(parts, name)),
  ]
    .filter((file) => fs.existsSync(file))
    .map((file) => ({ name: path.basename(file), text: fs.readFileSync(file, "utf8") }));
}

/** What a version makes of documents. The libraries that it imports are those of the hosts. */
export function mergeBy(
  lab: Lab,
  packages: string,
  documents: readonly string[],
): { version: string; results: Merged[] } {
  // Debian's Python, which the hosts' libraries are for, and not one that happens to be first on PATH.
  const ran = spawnSync("/usr/bin/python3", [path.join(__dirname, "merge.py")], {
    input: JSON.stringify(documents.map((document) => Buffer.from(document).toString("base64"))),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PYTHONPATH: `${packages}:${hostsCloudInit(lab)}`, PYTHONDONTWRITEBYTECODE: "1" },
  });
  if (ran.status !== 0) {
    throw new Error(`cloud-init of ${packages}: ${ran.error?.message ?? ran.stderr}`);
  }
  return JSON.parse(ran.stdout) as { version: string; results: Merged[] };
}
