import type { Account, InstanceRecord } from "./account";
import type { InstanceHosts } from "./hosts";
import { isAlive } from "./processMark";

/** The instances that are really there: a host, or one that a living process is just making. */
export async function instancesThatExist(account: Account, hosts: InstanceHosts): Promise<InstanceRecord[]> {
  const { instances } = await account.read();
  const there = await Promise.all(
    [...instances.values()].map(async (instance) => {
      const launching = instance.launching !== undefined && isAlive(instance.launching);
      return launching || (await hosts.get(instance.id)) !== undefined;
    }),
  );
  return [...instances.values()].filter((_, i) => there[i]);
}
