import type { Account, InstanceRecord } from "./account";
import type { InstanceHosts } from "./hosts";
import { isAlive } from "./process-mark";

/**
 * The instances that are really there: with a host, or with one that a living process is just making. Those whose host
 * has been taken away are forgotten, as EC2 forgets terminated instances.
 */
export async function instancesThatExist(account: Account, hosts: InstanceHosts): Promise<InstanceRecord[]> {
  const all = [...(await account.read()).instances.values()];
  const there = await Promise.all(all.map((instance) => exists(instance, hosts)));
  const gone = all.filter((_, i) => !there[i]);
  if (gone.length > 0) {
    await account.change((data) => gone.forEach(({ id }) => data.instances.delete(id)));
  }
  return all.filter((_, i) => there[i]);
}

async function exists({ id, launching }: InstanceRecord, hosts: InstanceHosts): Promise<boolean> {
  return (launching !== undefined && isAlive(launching)) || (await hosts.get(id)) !== undefined;
}
