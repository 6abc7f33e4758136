import * as fs from "node:fs";
import * as os from "node:os";
import type { Lab } from "../identity";
import type { CommandResult } from "./result";

/** One thing that the lab needs. */
interface Check {
  readonly what: string;
  readonly state: "ok" | "will be made" | "missing";
  readonly detail: string;
}

/** What this machine has and what is missing. Looks only, changes nothing. */
export async function doctor(lab: Lab): Promise<CommandResult> {
  const checks = await lookAtEverything(lab);
  const missing = checks.filter(({ state }) => state === "missing");
  const width = Math.max(...checks.map(({ state }) => state.length));
  return {
    exitCode: missing.length > 0 ? 2 : 0,
    document: { command: "doctor", checks },
    text: checks.map(({ what, state, detail }) => `  ${state.padEnd(width)}  ${what}: ${detail}`).join("\n"),
  };
}

async function lookAtEverything(lab: Lab): Promise<Check[]> {
  const root = process.getuid?.() === 0;
  const packages = await missingPackages();
  const leftovers = await new Hosts(lab).leftovers();
  const running = await new Hosts(lab).list();
  return [
    check("Linux", os.platform() === "linux", os.release(), "run it on Linux"),
    check("root", root, "yes", "run it as root: hosts need mounts and network namespaces"),
    check("Node.js", true, process.version, ""),
    engine,
    packages.length === 0
      ? { what: "Debian packages", state: "ok", detail: "all installed" }
      : { what: "Debian packages", state: "will be made", detail: `apt-get install ${packages.join(" ")}` },
    (await imageIsReady(lab))
      ? { what: "base image", state: "ok", detail: "in the cache" }
      : { what: "base image", state: "will be made", detail: "built with mmdebstrap, about a minute" },
    { what: "lab", state: "ok", detail: `${lab.dir}, ${running.length} host(s)` },
    running.length > 0 || leftovers.length === 0
      ? { what: "leftovers", state: "ok", detail: "none" }
      : { what: "leftovers", state: "will be made", detail: `the next run clears: ${leftovers.join("; ")}` },
    check(
      "free disk",
      freeGigabytes(lab.cacheDir) > 1,
      `${freeGigabytes(lab.cacheDir).toFixed(1)} GB`,
      "free 1 GB",
    ),
  ];
}

function check(what: string, good: boolean, detail: string, fix: string): Check {
  return { what, state: good ? "ok" : "missing", detail: good ? detail : fix };
}

function freeGigabytes(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(fs.existsSync(folder) ? folder : os.homedir());
  return (bavail * bsize) / 1e9;
}
