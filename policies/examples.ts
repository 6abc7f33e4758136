import type { Example } from "./policy";

/** A stack of one instance with this user data, for an example. */
export function instance(userData: string, props: Readonly<Record<string, unknown>> = {}): Example {
  const rest = { ami: "ami-0abcdef1234567890", instanceType: "t3.small", userDataReplaceOnChange: true };
  return {
    resources: [{ type: "aws:ec2/instance:Instance", name: "web", props: { ...rest, userData, ...props } }],
  };
}

/** User data that writes these lines to a sysctl file and applies it. */
export function tuned(...lines: readonly string[]): string {
  return [
    "#cloud-config",
    "write_files:",
    "  - path: /etc/sysctl.d/60-backlog.conf",
    "    content: |",
    ...lines.map((line) => `      ${line}`),
    "runcmd:",
    "  - sysctl -p /etc/sysctl.d/60-backlog.conf",
    "",
  ].join("\n");
}

/** A declaration as a tag. */
export const declares = (services: string) => ({ tags: { "listen-backlog:services": services } });
