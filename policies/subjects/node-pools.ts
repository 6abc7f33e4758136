import type { Properties } from "../property";
import { declaredByTags } from "./declared";
import type { Dialect, HostFacts, Subject, SubjectReader } from "./subject";
import { NOTHING_SET } from "./user-data";

/** Azure names a sysctl key as a property: `net.core.somaxconn` is `netCoreSomaxconn`. */
const AZURE_KEYS: Readonly<Record<string, string>> = {
  netCoreSomaxconn: "net.core.somaxconn",
  netIpv4TcpMaxSynBacklog: "net.ipv4.tcp_max_syn_backlog",
};

/** AKS in the native provider: the cluster with its first pools, and a pool of its own. */
export const readAksCluster: SubjectReader = (_, properties) => {
  const profiles = properties.places("agentPoolProfiles");
  return properties.isUnknown("agentPoolProfiles")
    ? [aksPool(properties, properties)]
    : profiles.map(([pool, within]) => ({ ...aksPool(pool, properties), within }));
};

export const readAksPool: SubjectReader = (_, properties) => [aksPool(properties, properties)];

/** AKS in the classic provider. */
export const readClassicAksCluster: SubjectReader = (_, properties) => {
  const pool = properties.at("defaultNodePool") ?? properties;
  return properties.isUnknown("defaultNodePool")
    ? [classicAksPool(pool, properties)]
    : [{ ...classicAksPool(pool, properties), within: "defaultNodePool" }];
};

export const readClassicAksPool: SubjectReader = (_, properties) => [classicAksPool(properties, properties)];

/** GKE: keys as they are, on the pool. */
export const readGkePool: SubjectReader = (_, properties) => [gkePool(properties, properties)];

/** The cluster has the node configuration of its first pool, and may have further pools. */
export const readGkeCluster: SubjectReader = (_, properties) => [
  gkePool(properties, properties),
  ...properties.places("nodePools").map(([pool, within]) => ({ ...gkePool(pool, properties), within })),
];

function gkePool(profile: Properties, tagged: Properties): Subject {
  return pool("gke", named(profile.at("nodeConfig", "linuxNodeConfig", "sysctls")), tagged);
}

function aksPool(profile: Properties, tagged: Properties): Subject {
  return pool("aks", azure(profile.at("linuxOSConfig", "sysctls")), tagged);
}

function classicAksPool(profile: Properties, tagged: Properties): Subject {
  return pool("aks", azure(profile.at("linuxOsConfig", "sysctlConfig")), tagged);
}

function azure(sysctls: Properties | undefined): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(AZURE_KEYS).flatMap(([name, key]) => {
      const value = sysctls?.number(name);
      return value === undefined ? [] : [[key, String(value)] as const];
    }),
  );
}

function named(sysctls: Properties | undefined): ReadonlyMap<string, string> {
  return new Map(
    (sysctls?.keys() ?? []).flatMap((key) => {
      const value = sysctls?.number(key) ?? sysctls?.text(key);
      return value === undefined ? [] : [[key, String(value)] as const];
    }),
  );
}

/** The platform sets the values before anything runs, at every boot. */
function pool(dialect: Dialect, values: ReadonlyMap<string, string>, tagged: Properties): Subject {
  const set = [...values].map(([key, value]) => ({ key, value }));
  const host: HostFacts = {
    ...NOTHING_SET,
    live: set.map((one) => ({ ...one, runtimeOnly: false })),
    persisted: set.map((one) => ({ ...one, by: "every-boot", appliedBy: "the platform" })),
  };
  return { dialect, ...declaredByTags(tagged), host, isServer: false };
}
