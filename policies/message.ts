import { formatFinding, SETTINGS, type Finding } from "../backlog";
import { pageOf, type PolicyName } from "./names";
import type { Dialect } from "./subjects";

/** The line of a finding: the resource, what it needs and has, why, what to type, and where to read more. */
export function messageOf(policy: PolicyName, resource: string, finding: Finding): string {
  return onOneLine(`${resource}: ${formatFinding(finding)} See: ${pageOf(policy)}`);
}

/** Nothing that a terminal or a log would obey. */
export function onOneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ");
}

/** The same finding with the words of the place where it is mended: the model speaks of declarations. */
export function inDialect(finding: Finding, dialect: Dialect): Finding {
  if (dialect === "component") {
    return finding;
  }
  const { subject, wanted, cause, fix } = finding;
  const translate = (text: string) => translated(text, dialect);
  return {
    ...finding,
    subject: translate(subject),
    wanted: translate(wanted),
    cause: translate(cause),
    fix: translate(fix),
  };
}

function translated(text: string, dialect: Dialect): string {
  return text
    .replace(/settings\.extra\["([^"]+)"\]/g, "$1")
    .replace(/settings\.(\w+)(?:: (\d+))?/g, (whole, name: string, value?: string) => {
      const key = SETTINGS.find((setting) => setting.name === name)?.key;
      if (key === undefined) {
        return whole;
      }
      return value === undefined ? key : assignment(key, value, dialect);
    });
}

/** How a value is given to a key where it is mended. */
export function assignment(key: string, value: string | number, dialect: Dialect): string {
  switch (dialect) {
    case "ecs":
      return `systemControls: [{ namespace: "${key}", value: "${value}" }]`;
    case "kubernetes":
      return `securityContext.sysctls: [{ name: "${key}", value: "${value}" }]`;
    case "docker":
      return `sysctls: { "${key}": "${value}" }`;
    case "gke":
      return `linuxNodeConfig.sysctls: { "${key}": "${value}" }`;
    case "aks":
      return key === "net.core.somaxconn"
        ? `netCoreSomaxconn: ${value}`
        : `netIpv4TcpMaxSynBacklog: ${value}`;
    default:
      return `${key} = ${value}`;
  }
}
