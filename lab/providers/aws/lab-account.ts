import * as path from "node:path";

import type { Lab } from "../../identity";
import { withLock } from "../../lock";
import { Account } from "./account";

/** The account of a lab: what its stand-in for AWS remembers beside the hosts. */
export function labAccount(lab: Pick<Lab, "dir">): Account {
  const folder = path.join(lab.dir, "aws");
  return new Account(path.join(folder, "account.json"), (run) =>
    withLock(path.join(folder, "account.lock"), "changing the stand-in's account", run),
  );
}

/** The resources of a stack, as its state knows them. */
export interface KnownResources {
  /** The ids of `aws:ec2/instance:Instance`. */
  readonly instances: readonly string[];
  /** The ids of `aws:ec2/keyPair:KeyPair`: names. */
  readonly keyPairs: readonly string[];
  /** The ids of `aws:ec2/securityGroup:SecurityGroup`. */
  readonly securityGroups: readonly string[];
}

/**
 * Forgets what no stack knows: a killed engine leaves resources that it had no time to write down. Only while no engine
 * of this lab is at work. Hosts are left alone.
 *
 * @returns what is gone, for people: `key pair web-3f2a91c`.
 */
export async function forgetUnknown(lab: Pick<Lab, "dir">, known: KnownResources): Promise<string[]> {
  const account = labAccount(lab);
  const unknownIn = (data: Awaited<ReturnType<Account["read"]>>) =>
    [
      { what: "instance", records: data.instances, ids: known.instances },
      { what: "key pair", records: data.keyPairs, ids: known.keyPairs },
      { what: "security group", records: data.securityGroups, ids: known.securityGroups },
    ].flatMap(({ what, records, ids }) =>
      [...records.keys()].filter((id) => !ids.includes(id)).map((id) => ({ what, id, records })),
    );
  if (unknownIn(await account.read()).length === 0) {
    return [];
  }
  return account.change((data) =>
    unknownIn(data).map(({ what, id, records }) => {
      records.delete(id);
      return `${what} ${id}`;
    }),
  );
}
