import { showGiven, type InputProblem } from "../finding";
import { INT_MAX } from "../kernel/check";
import type { ResolvedDeclaration, ResolvedService } from "../resolve";
import { validateSettingValue } from "../settings";
import type { RuleDescription, Verdict } from "./rule";
import { declaredSetting } from "./situation";

/**
 * The one rule that is not a {@link Rule}: it decides what the others may look at. A declaration that passed
 * `validateDeclaration` never breaks it; one that came by another way is answered with findings instead of an exception.
 */
export const valuesInRange: RuleDescription = {
  id: "values-in-range",
  severity: "error",
  title: "Every number is one that the kernel takes",
  why: "listen() and sysctl take integers of 31 bits. A number outside wraps, is refused with the old value kept, or stands for something else: -1 means as much as somaxconn allows.",
};

/** Whether the backlog of a service can be judged. */
export function isBacklogInRange({ backlog }: ResolvedService): boolean {
  return Number.isInteger(backlog) && backlog >= 0 && backlog <= INT_MAX;
}

export function backlogsOutOfRange({ services }: ResolvedDeclaration): Verdict[] {
  return services
    .filter((service) => !isBacklogInRange(service))
    .map(({ name, backlog }) => ({
      subject: name,
      wanted: `a declared backlog from 0 to ${INT_MAX}`,
      got: showGiven(backlog),
      cause: "listen() takes an int, and a declared backlog is what it will be given.",
      fix: `declare backlog: 4096 for ${name}`,
    }));
}

export function settingsOutOfRange(declaration: ResolvedDeclaration): Verdict[] {
  const values = {
    somaxconn: declaration.somaxconn,
    tcpMaxSynBacklog: declaredSetting(declaration, "net.ipv4.tcp_max_syn_backlog"),
    tcpSyncookies: declaredSetting(declaration, "net.ipv4.tcp_syncookies"),
  };
  return Object.entries(values)
    .flatMap(([name, value]): (InputProblem | undefined)[] =>
      value === undefined ? [] : [validateSettingValue(name, value, `settings.${name}`)],
    )
    .filter((found) => found !== undefined)
    .map(({ path, given, allowed, fix }) => ({
      subject: path,
      wanted: allowed,
      got: given,
      cause: "The kernel does not take this value, or takes it for something else.",
      fix: `set ${path} to ${fix}`,
    }));
}
