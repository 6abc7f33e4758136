import * as fs from "node:fs/promises";
import * as path from "node:path";

import { LabError } from "../errors";
import type { Lab } from "../identity";
import { withLock } from "../lock";
import { clearCgroup } from "./cgroup";
import { isInstanceId, requireInstanceId, requireSeed } from "./grammar";
import { removeHostFolder, writeHostFolder } from "./host-folder";
import { labImage } from "./image";
import { registerImageUser, touchImage } from "./image-cache";
import { requireInotify } from "./inotify";
import { clearLeftovers, clearWhenEmpty, leftoversOf } from "./leftovers";
import { ensureNetwork, hostLink, removeLink } from "./network";
import {
  folderEntries,
  hostPaths,
  hostsFolder,
  readRecord,
  readRecords,
  writeJson,
  type HostRecord,
} from "./records";
import { freeHostNumber } from "./subnet";
import { cutPower, findSupervisor, hostCgroup, runningHosts, shutDown, startSupervisor } from "./supervisor";
import type { HostInfo, HostSeed } from "./types";

/**
 * The hosts of one lab: real systemd, cloud-init and sshd, each with its own disk, network and processes.
 *
 * Hosts outlive the process that created them. Any number of processes may use a lab at the same time: what concerns one
 * host is done under a lock of that host, what concerns all under a lock of the lab. The locks are always taken in this
 * order, so that two processes never wait for each other.
 */
export class Hosts {
  constructor(private readonly lab: Lab) {}

  /**
   * Creates a host and starts its first boot. Resolves when the boot is under way; sshd answers a second or two later, and
   * cloud-init is done after that.
   *
   * @throws LabError before anything is created, when the seed is not acceptable, when there is a host with this instance id,
   *   or when one host more is too much; and when the host cannot be started, which leaves nothing of it.
   */
  async create(seed: HostSeed): Promise<HostInfo> {
    requireSeed(seed);
    const { instanceId } = seed;
    return this.withHost(instanceId, "creating", async () => {
      if (await readRecord(this.lab.dir, instanceId)) {
        throw new LabError(`there is a host ${instanceId} in this lab already`, {
          fix: "use another instance id, or destroy that host first",
        });
      }
      try {
        return await this.withLab("creating a host", () => this.allocateAndStart(seed));
      } catch (error) {
        throw await this.undoCreation(instanceId, error);
      }
    });
  }

  /** One host, or undefined when there is none with this instance id. */
  async get(instanceId: string): Promise<HostInfo | undefined> {
    requireInstanceId(instanceId);
    const record = await readRecord(this.lab.dir, instanceId);
    return record?.complete ? this.info(record) : undefined;
  }

  /** All hosts, by instance id. */
  async list(): Promise<HostInfo[]> {
    const records = await readRecords(this.lab.dir);
    return Promise.all(records.filter(({ complete }) => complete).map((record) => this.info(record)));
  }

  /**
   * Gives a stopped host other user data. Its instance id stays the same, so cloud-init does not run it again at the next
   * start, just as on EC2.
   */
  async replaceUserData(instanceId: string, userData: Buffer): Promise<void> {
    requireInstanceId(instanceId);
    await this.withHost(instanceId, "changing the user data of", async () => {
      await this.require(instanceId);
      if (await findSupervisor(this.lab.dir, instanceId)) {
        throw new LabError(`the user data of host ${instanceId} cannot be changed while it runs`, {
          fix: "stop the host first, as EC2 demands as well",
        });
      }
      const { seed } = hostPaths(this.lab.dir, instanceId);
      const draft = path.join(seed, "user-data.new");
      await fs.writeFile(draft, userData, { mode: 0o600 });
      await fs.rename(draft, path.join(seed, "user-data"));
    });
  }

  /** Boots a stopped host, with the same disk and address. Does nothing when it runs. */
  async start(instanceId: string): Promise<void> {
    requireInstanceId(instanceId);
    await this.withHost(instanceId, "starting", async () => this.boot(await this.require(instanceId)));
  }

  /** Shuts a host down cleanly; after 20 seconds its power is cut. Does nothing when it is stopped. */
  async stop(instanceId: string): Promise<void> {
    requireInstanceId(instanceId);
    await this.withHost(instanceId, "stopping", async () => this.halt(await this.require(instanceId)));
  }

  /** Shuts a host down cleanly and boots it again. A stopped host is only started. */
  async reboot(instanceId: string): Promise<void> {
    requireInstanceId(instanceId);
    await this.withHost(instanceId, "rebooting", async () => {
      const record = await this.require(instanceId);
      await this.halt(record);
      await this.boot(record);
    });
  }

  /**
   * Removes a host and its disk. It is not shut down but switched off: there is nothing left that could be saved. With the
   * last host go the bridge and the cgroup of the lab. Does nothing when there is no such host.
   */
  async destroy(instanceId: string): Promise<void> {
    requireInstanceId(instanceId);
    await this.withHost(instanceId, "destroying", () => this.erase(instanceId));
    await this.withLab("clearing up after a host", () => clearWhenEmpty(this.lab));
  }

  /** Removes all hosts and everything else that this lab has outside of its folder, and the hosts' files in it. */
  async destroyAll(): Promise<void> {
    const ids = (await folderEntries(hostsFolder(this.lab.dir))).filter(isInstanceId);
    await Promise.all(ids.map((id) => this.withHost(id, "destroying", () => this.erase(id))));
    await this.sweep();
    await this.withLab("clearing up", () => clearWhenEmpty(this.lab));
  }

  /**
   * What exists of this lab outside of its folder at this moment: processes, mounts, links and cgroups, those of running
   * hosts included. Empty means that nothing is left.
   */
  leftovers(): Promise<string[]> {
    return leftoversOf(this.lab);
  }

  /**
   * Clears what a crash or `kill -9` left: hosts that were never finished or only half deleted, processes, links and cgroups
   * without a running host. Hosts that run and hosts that are stopped stay as they are.
   *
   * @returns what was cleared, one line each.
   */
  async sweep(): Promise<string[]> {
    const cleared: string[] = [];
    for (const name of await folderEntries(hostsFolder(this.lab.dir))) {
      if (isInstanceId(name)) {
        cleared.push(...(await this.withHost(name, "looking after", () => this.sweepHost(name))));
      }
    }
    cleared.push(...(await this.withLab("clearing up", () => clearLeftovers(this.lab))));
    return cleared;
  }

  private async allocateAndStart(seed: HostSeed): Promise<HostInfo> {
    const { lab } = this;
    const { key: image } = labImage();
    if (!(await touchImage(lab, image))) {
      throw new LabError("the base image of the lab hosts is not built yet, or was removed from the cache", {
        fix: "npm run lab -- doctor",
      });
    }
    const records = await readRecords(lab.dir);
    requireInotify(lab, (await runningHosts(lab.dir, records)).length);
    const number = freeHostNumber(new Set(records.map((record) => record.number)));
    if (number === undefined) {
      throw new LabError(
        `this lab has ${records.length} hosts, and its network has no address for another one`,
        {
          fix: "destroy hosts that are not needed, or use a second lab: LISTEN_BACKLOG_LAB=/another/folder",
        },
      );
    }
    const subnet = await ensureNetwork(lab, records[0]?.subnet);
    await registerImageUser(lab, image);
    const { instanceId, hostname } = seed;
    const record: HostRecord = { instanceId, hostname, number, subnet, image, complete: false };
    await writeHostFolder(lab.dir, record, seed);
    await startSupervisor(lab, record);
    await writeJson(hostPaths(lab.dir, instanceId).record, {
      ...record,
      complete: true,
    } satisfies HostRecord);
    return this.info(record);
  }

  /** Removes what a failed creation left. @returns what to throw: the failure, also when even this fails. */
  private async undoCreation(instanceId: string, failure: unknown): Promise<unknown> {
    const full = (failure as NodeJS.ErrnoException).code === "ENOSPC";
    const error = full
      ? new LabError(`host ${instanceId} cannot be created: the disk of ${this.lab.dir} is full`, {
          fix: "free at least 100 MB for each host on that disk, then try again",
          cause: failure,
        })
      : failure;
    try {
      await this.erase(instanceId);
      await this.withLab("clearing up after a host", () => clearWhenEmpty(this.lab));
      return error;
    } catch (second) {
      // What went wrong first tells more, and the next sweep tries again to clear up.
      return error instanceof LabError
        ? error
        : new AggregateError([error, second], `host ${instanceId} cannot be created`);
    }
  }

  private async boot(record: HostRecord): Promise<void> {
    if (await findSupervisor(this.lab.dir, record.instanceId)) {
      return;
    }
    if (!(await touchImage(this.lab, record.image))) {
      throw new LabError(`the image below the disk of host ${record.instanceId} is gone from the cache`, {
        fix: "destroy the host and create it anew: npm run lab -- destroy, then npm run lab -- up",
      });
    }
    await this.clearOutside(record);
    await this.withLab("starting a host", async () => {
      const records = await readRecords(this.lab.dir);
      requireInotify(this.lab, (await runningHosts(this.lab.dir, records)).length);
      await ensureNetwork(this.lab, record.subnet);
      await startSupervisor(this.lab, record);
    });
  }

  private async halt(record: HostRecord): Promise<void> {
    const supervisor = await findSupervisor(this.lab.dir, record.instanceId);
    if (supervisor) {
      await shutDown(supervisor);
      await this.clearOutside(record);
    }
  }

  /** Removes what a host that does not run any more may have left outside of its folder. */
  private async clearOutside(record: HostRecord): Promise<void> {
    await clearCgroup(hostCgroup(this.lab, record.instanceId));
    await removeLink(hostLink(this.lab, record.number));
  }

  /** Switches a host off and deletes its folder. Call it with the lock of the host held. */
  private async erase(instanceId: string): Promise<void> {
    const record = await readRecord(this.lab.dir, instanceId);
    const supervisor = await findSupervisor(this.lab.dir, instanceId);
    if (supervisor) {
      await cutPower(supervisor);
    }
    if (record) {
      await this.clearOutside(record);
    }
    await removeHostFolder(this.lab.dir, instanceId);
  }

  private async sweepHost(instanceId: string): Promise<string[]> {
    const record = await readRecord(this.lab.dir, instanceId);
    if (!record?.complete) {
      const { folder } = hostPaths(this.lab.dir, instanceId);
      if (record || (await folderEntries(folder)).length > 0) {
        await this.erase(instanceId);
        return [`host ${instanceId}, whose creation was cut short`];
      }
      return [];
    }
    const paths = hostPaths(this.lab.dir, instanceId);
    if (
      (await findSupervisor(this.lab.dir, instanceId)) ||
      !(await folderEntries(paths.folder)).includes("supervisor")
    ) {
      return [];
    }
    await this.clearOutside(record);
    await fs.rm(paths.supervisor, { force: true });
    return [`what the killed supervisor of host ${instanceId} left; the host is stopped, its disk is kept`];
  }

  private async info(record: HostRecord): Promise<HostInfo> {
    const { instanceId, hostname, subnet, number } = record;
    const running = (await findSupervisor(this.lab.dir, instanceId)) !== undefined;
    return { instanceId, hostname, address: `${subnet}.${number}`, state: running ? "running" : "stopped" };
  }

  private async require(instanceId: string): Promise<HostRecord> {
    const record = await readRecord(this.lab.dir, instanceId);
    if (!record?.complete) {
      throw new LabError(`there is no host ${instanceId} in this lab`, { fix: "npm run lab -- status" });
    }
    return record;
  }

  private withHost<T>(instanceId: string, doing: string, run: () => Promise<T>): Promise<T> {
    // Lock files stay for ever: there are 256 of them at most, and two hosts that share one only wait for each other.
    return withLock(
      path.join(this.lab.dir, "locks", instanceId.slice(-2)),
      `${doing} host ${instanceId}`,
      run,
    );
  }

  private withLab<T>(doing: string, run: () => Promise<T>): Promise<T> {
    return withLock(path.join(this.lab.dir, "hosts.lock"), doing, run);
  }
}
