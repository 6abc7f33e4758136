import * as path from "node:path";

import { LabError } from "../errors";
import { describeEnd, lastLines, runCommand } from "./command";

/** The cgroup and all below it that exist, as paths below the root of cgroup v2. */
export async function listCgroups(cgroup: string): Promise<string[]> {
  return (await script("list", cgroup)).split("\n").filter((line) => line !== "");
}

/** Kills every process in the cgroup and below, and removes it. Does nothing when there is no such cgroup. */
export async function clearCgroup(cgroup: string): Promise<void> {
  await script("clear", cgroup);
}

async function script(action: "list" | "clear", cgroup: string): Promise<string> {
  const result = await runCommand("unshare", [
    ...["--mount", "--propagation", "private"],
    ...["sh", path.join(__dirname, "cgroup.sh"), action, cgroup],
  ]);
  if (result.code !== 0) {
    const doing = action === "list" ? "reading" : "clearing";
    throw new LabError(
      `${doing} the cgroup ${cgroup} failed (${describeEnd(result)})${lastLines(result.stderr, 3)}`,
      {
        fix: "run it as root, on a machine or in a privileged container where cgroup v2 can be mounted",
      },
    );
  }
  return result.stdout;
}
