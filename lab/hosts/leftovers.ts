import type { Lab } from "../identity";
import { clearCgroup, listCgroups } from "./cgroup";
import { removeDrafts } from "./host-folder";
import { hostLink, labLinks, releaseNetwork, removeBridge, removeLink } from "./network";
import { scanProcesses } from "./processes";
import { readRecords, type HostRecord } from "./records";
import { runningHosts } from "./supervisor";

/**
 * What exists of a lab outside of its folder at this moment: processes, mounts, links and cgroups, those of running
 * hosts included. Empty means that nothing is left.
 */
export async function leftoversOf(lab: Lab): Promise<string[]> {
  const { processes, mounts } = scanProcesses(lab);
  return [
    ...processes.map(processText),
    ...mounts.map(({ mountPoint, pid }) => `mount ${mountPoint}, seen by process ${pid}`),
    ...(await labLinks(lab)).map(linkText),
    ...(await listCgroups(lab.cgroup))
      .filter((cgroup) => cgroup.split("/").length <= 2)
      .map((cgroup) => `cgroup ${cgroup}, with all below it`),
  ];
}

/**
 * Clears what belongs to no running host. Call it with the lock of the lab held.
 *
 * @returns what was cleared, one line each
 */
export async function clearLeftovers(lab: Lab): Promise<string[]> {
  const drafts = await removeDrafts(lab.dir);
  const running = await runningHosts(lab.dir, await readRecords(lab.dir));
  return [
    ...drafts.map((name) => `the unfinished folder ${name}`),
    ...killProcesses(lab, running),
    ...(await clearCgroups(lab, running)),
    ...(await removeLinks(lab, running)),
  ];
}

/** Gives everything back that a lab without hosts does not need. Call it with the lock of the lab held. */
export async function clearWhenEmpty(lab: Lab): Promise<void> {
  if ((await readRecords(lab.dir)).length > 0) {
    return;
  }
  await removeBridge(lab);
  await clearCgroup(lab.cgroup);
  await releaseNetwork(lab);
}

function killProcesses(lab: Lab, running: readonly HostRecord[]): string[] {
  return scanProcesses(lab)
    .processes.filter(({ host }) => !isOneOf(running, host))
    .flatMap((found) => {
      try {
        process.kill(found.pid, "SIGKILL");
        return [processText(found)];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
          throw error;
        }
        return [];
      }
    });
}

async function clearCgroups(lab: Lab, running: readonly HostRecord[]): Promise<string[]> {
  const cleared: string[] = [];
  for (const cgroup of await listCgroups(lab.cgroup)) {
    const [, host, ...below] = cgroup.split("/");
    if (host !== undefined && below.length === 0 && !isOneOf(running, host)) {
      await clearCgroup(cgroup);
      cleared.push(`cgroup ${cgroup}`);
    }
  }
  if (running.length === 0) {
    await clearCgroup(lab.cgroup);
  }
  return cleared;
}

async function removeLinks(lab: Lab, running: readonly HostRecord[]): Promise<string[]> {
  const cleared: string[] = [];
  const cables = new Set(running.map((record) => hostLink(lab, record.number)));
  for (const link of await labLinks(lab)) {
    if (link !== lab.bridge && !cables.has(link) && (await removeLink(link))) {
      cleared.push(linkText(link));
    }
  }
  if (running.length === 0 && (await removeBridge(lab))) {
    cleared.push(linkText(lab.bridge));
  }
  return cleared;
}

function isOneOf(hosts: readonly HostRecord[], host: string | undefined): boolean {
  return hosts.some(({ instanceId }) => instanceId === host);
}

function processText({ pid, name, host }: { pid: number; name: string; host: string | undefined }): string {
  return `process ${pid} (${name})${host === undefined ? "" : ` of host ${host}`}`;
}

function linkText(link: string): string {
  return `network link ${link}`;
}
