import type { ContainerRule } from "./rule";

/**
 * What every node lets a pod set, as far as it bears on networks. Source: pkg/kubelet/sysctl/safe_sysctls.go, 1.29 and later;
 * net.core.somaxconn has never been among them.
 */
const SAFE = [
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
];

/** Whether a node needs to be told before it lets a pod set this key. */
export function isUnsafeSetting(key: string): boolean {
  return key.startsWith("net.") && !SAFE.includes(key);
}

/** Quiet where nobody knows what the node allows. */
export const nodeAllowsSetting: ContainerRule = {
  id: "node-allows-setting",
  severity: "error",
  title: "A node allows what a pod sets",
  why: "net.core.somaxconn is an unsafe sysctl to Kubernetes: a node whose kubelet does not allow it by name does not start the pod, and shows SysctlForbidden.",
  judge: ({ name, isHost, settings, allowedUnsafe }) => {
    const forbidden = isHost || allowedUnsafe === undefined
      ? []
      : [...new Set(settings.map(({ key }) => key))].filter(
          (key) => isUnsafeSetting(key) && !allowedUnsafe.some((allowed) => covers(allowed, key)),
        ); // prettier-ignore
    return forbidden.map((key) => ({
      subject: name,
      wanted: `${key} among allowedUnsafeSysctls of the node`,
      got: allowedUnsafe?.join(", ") || "none",
      cause: "Kubernetes counts it as unsafe, and a node that does not allow it does not start the pod.",
      fix: `add ${key} to allowedUnsafeSysctls of the kubelet, and to the configuration of this policy`,
    }));
  },
};

/** kubelet takes a name, or a prefix with a star at its end. */
function covers(allowed: string, key: string): boolean {
  return allowed.endsWith("*") ? key.startsWith(allowed.slice(0, -1)) : allowed === key;
}
