import { spawnSync } from "node:child_process";
import { applyScript, parseApplyReport, type ApplyReport } from "../../apply";

/** What came of the runs in one private network and file system. */
export interface Answer {
  readonly runs: readonly Run[];
  /** /etc/sysctl.d at the end: names and contents. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What there was when it ended. */
  readonly somaxconn: string;
}

/** Steps in order: arguments of the apply script, or a shell command as the host's root. */
export type Step = readonly string[] | string;

/** A shell, and the userland that its commands are taken from. */
const SHELLS = [
  { shell: ["dash"] },
  { shell: ["bash", "--posix"] },
  { shell: ["busybox", "sh"], userland: "busybox" },
  { shell: ["mksh"], userland: "toybox" },
];

/** What an applet of each of the two cannot do as the script needs it is taken from Debian: no host has less than these. */
const APPLETS = [
  "awk",
  "cat",
  "chmod",
  "flock",
  "id",
  "mkdir",
  "mv",
  "readlink",
  "rm",
  "sed",
  "sleep",
  "sync",
  "tee",
  "timeout",
  "tr",
];

const DRIVER = `
import json, os, shutil, subprocess, sys
given = json.load(sys.stdin)
def sh(*argv): subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
sh("mount", "-t", "tmpfs", "tmpfs", "/etc/sysctl.d")
sh("mount", "-t", "tmpfs", "tmpfs", "/run")
# What a step puts there comes before the commands of this machine.
path = "/run/commands:" + os.environ["PATH"]
if given.get("userland"):
    sh("mkdir", "/run/applets")
    listed = ["busybox", "--list"] if given["userland"] == "busybox" else ["toybox"]
    has = subprocess.run(listed, capture_output=True, text=True).stdout.split()
    for applet in set(given["applets"]) & set(has):
        os.symlink(shutil.which(given["userland"]), "/run/applets/" + applet)
    path = "/run/applets:" + path
sh("sysctl", "-q", "-w", "net.core.somaxconn=1024")
runs = []
for step in given["steps"]:
    if isinstance(step, str):
        sh("sh", "-c", step)
        continue
    ran = subprocess.run(given["shell"] + ["-s", "--"] + step, input=given["script"].encode(), capture_output=True, env=dict(os.environ, PATH=path))
    with open("/proc/sys/net/core/somaxconn") as file:
        somaxconn = file.read().strip()
    runs.append({"status": ran.returncode, "stdout": ran.stdout.decode(), "stderr": ran.stderr.decode(), "somaxconn": somaxconn})
files = {}
for name in sorted(os.listdir("/etc/sysctl.d")):
    path = "/etc/sysctl.d/" + name
    files[name] = "-> " + os.readlink(path) if os.path.islink(path) else open(path).read() if os.path.isfile(path) else "directory"
print(json.dumps({"runs": runs, "files": files}))
`;

/** Runs the steps on a host of their own under every shell, which must agree. */
export function onHost(...steps: Step[]): Answer {
  const answers = SHELLS.map((one) => {
    const ran = spawnSync("unshare", ["--net", "--mount", "python3", "-c", DRIVER], {
      input: JSON.stringify({ steps, ...one, applets: APPLETS, script: applyScript() }),
      encoding: "utf8",
    });
    if (ran.status !== 0) {
      throw new Error(`the host ended with ${String(ran.status)}: ${ran.stderr}`);
    }
    return JSON.parse(ran.stdout) as Answer;
  });
  const [first, ...others] = answers;
  if (first === undefined || others.some((other) => comparable(other) !== comparable(first))) {
    throw new Error(`the shells disagree: ${JSON.stringify(answers, null, 2)}`);
  }
  return first;
}

/** What sysctl and tee say of an error is their own business, and another thing in each userland. */
function comparable(answer: Answer): string {
  return JSON.stringify(answer).replace(
    / \(sysctl: .*?\);| tee: .*?;| \S+ took no text; is the disk full\?;/g,
    ";",
  );
}

/** The answer of a run, with its first line. */
export function answerOf(run: Run | undefined): ApplyReport & { readonly line: string } {
  if (run === undefined) {
    throw new Error("there was no such run");
  }
  return { ...parseApplyReport(run.stdout), line: run.stdout.split("\n")[0] ?? "" };
}
