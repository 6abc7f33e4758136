import type { HostSeed } from "./types";

/** The files of cloud-init's NoCloud data source. Source: https://docs.cloud-init.io/en/22.4.2/topics/datasources/nocloud.html */
export type SeedFiles = Readonly<Record<"user-data" | "meta-data" | "network-config", Buffer | string>>;

/** @param subnet prefix of the host's network, `10.140.7`. @param number last number of its address. */
export function seedFiles(seed: HostSeed, subnet: string, number: number): SeedFiles {
  // JSON is YAML as well, and nothing in a value can end it.
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  return {
    "user-data": seed.userData,
    "meta-data": json({
      "instance-id": seed.instanceId,
      "local-hostname": seed.hostname,
      "public-keys": seed.publicKeys,
    }),
    // No gateway and no name server: a host reaches this machine and the other hosts, and nothing else.
    "network-config": json({
      version: 2,
      ethernets: { host0: { addresses: [`${subnet}.${number}/24`], dhcp4: false, dhcp6: false } },
    }),
  };
}
