import { checkBacklog, parseKernelVersion, type Platform, type ServicePlatform } from "../backlog";
import type { Finding, Severity } from "../backlog/finding";
import type { ResolvedDeclaration, ResolvedService } from "../backlog/resolve";
import { REPORT_SCHEMA, type ProbeReport, type ReportedService } from "./report";

/**
 * Everything that is wrong or risky on a host, for a declaration and the report of the probe that was sent with it.
 *
 * The host has decided already whether it is as declared: its findings are here as it made them, and so are its notes. To
 * these come findings where the report does not answer this declaration, and those of `checkBacklog` that only the facts of a
 * real host can give: its kernel, its limits of open files, its containers. A cause that the host has found is not repeated.
 *
 * @returns errors first, then warnings, then information; one finding for each cause. Empty where all is well. A host whose
 *   verdict is `as-declared` can have findings all the same: those of an answer to something else, and of what goes well now
 *   and not after the next restart.
 */
export function judge(declaration: ResolvedDeclaration, report: ProbeReport): Finding[] {
  const found = [
    ...unanswered(declaration, report),
    ...report.findings,
    ...(report.notes ?? []),
    ...fromFacts(declaration, report),
  ];
  const causes = new Set<string>();
  return found
    .filter(({ rule, subject, got, cause }) => {
      const key = JSON.stringify([rule, subject, got, cause]);
      return !causes.has(key) && causes.add(key);
    })
    .sort((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** A verdict counts for what was asked: nothing that is declared may have gone without a look. */
function unanswered(declaration: ResolvedDeclaration, report: ProbeReport): Finding[] {
  const schema: string = report.schema;
  if (schema !== REPORT_SCHEMA) {
    return [mismatch("the report", `schema ${REPORT_SCHEMA}`, `schema ${schema}`)];
  }
  // A report that was cut says so; the host has judged what it left out.
  const cut = (list: "settings" | "services") => (report.omitted?.[list] ?? 0) > 0;
  const settings = declaration.settings.flatMap(({ key, value }) => {
    const answer = report.settings.find((setting) => setting.key === key);
    if (answer === undefined) {
      return cut("settings") ? [] : [mismatch(key, value, "no look at it")];
    }
    return answer.wanted === value ? [] : [mismatch(key, value, `a look for ${answer.wanted}`)];
  });
  const services = declaration.services.flatMap((service) => {
    const answer = report.services.find(({ name }) => name === service.name);
    if (answer === undefined) {
      return cut("services") ? [] : [mismatch(service.name, askedOf(service), "no look at it")];
    }
    return askedOf(service) === askedIn(answer)
      ? []
      : [mismatch(service.name, askedOf(service), `a look for ${askedIn(answer)}`)];
  });
  return [...settings, ...services];
}

function askedOf({ backlog, port, path }: ResolvedService): string {
  return `${backlog} on ${path ?? `port ${String(port)}`}`;
}

function askedIn({ wanted, port, path }: ReportedService): string {
  return `${wanted} on ${path ?? `port ${String(port)}`}`;
}

function mismatch(subject: string, wanted: string, got: string): Finding {
  return {
    rule: "report-answers-declaration",
    severity: "error",
    subject,
    wanted,
    got,
    cause: "The report was made for another declaration, or by another version of the probe.",
    fix: "look at the host again with the probe and the arguments of this declaration",
  };
}

/** What only the facts of the host give: the same declaration without them does not have it. */
function fromFacts(declaration: ResolvedDeclaration, report: ProbeReport): Finding[] {
  const identity = ({ rule, subject, got, cause }: Finding) => JSON.stringify([rule, subject, got, cause]);
  const known = new Set(checkBacklog(declaration).map(identity));
  const wrong = declaration.services.filter((service) => answerFor(service, report)?.holds === false);
  return checkBacklog(declaration, platformOf(declaration, report)).filter(
    (finding) =>
      !known.has(identity(finding)) &&
      // Why its effective backlog is another one stands in the finding of the host.
      !(ABOUT_EFFECTIVE_BACKLOG.has(finding.rule) && wrong.some(({ name }) => name === finding.subject)),
  );
}

/** The rules of `checkBacklog` that foretell another effective backlog. */
const ABOUT_EFFECTIVE_BACKLOG: ReadonlySet<string> = new Set([
  "somaxconn-covers-backlog",
  "somaxconn-lets-software-start",
  "container-has-own-somaxconn",
  "backlog-reaches-software",
  "directive-carries-backlog",
  "software-follows-somaxconn",
]);

/** What the report knows of the place where the declaration is used. */
function platformOf(declaration: ResolvedDeclaration, report: ProbeReport): Platform {
  const facts = declaration.services.map((service): [string, ServicePlatform] => [
    service.name,
    factsOf(answerFor(service, report), report),
  ]);
  return {
    ...(parseKernelVersion(report.kernel) !== undefined && { kernel: report.kernel }),
    // Not by assignment: a service may be called "__proto__".
    services: Object.fromEntries(facts),
  };
}

function factsOf(answer: ReportedService | undefined, report: ProbeReport): ServicePlatform {
  const sockets = answer?.sockets ?? [];
  const limits = sockets.flatMap(({ openFiles }) => openFiles ?? []).filter(isLimit);
  const inside = sockets.flatMap(({ namespace }) => namespace ?? []);
  const own = (report.namespaces ?? [])
    .filter(({ namespace }) => inside.includes(namespace))
    .flatMap(({ somaxconn }) => somaxconn ?? [])
    .filter(isSomaxconn);
  return {
    ...(limits.length > 0 && { openFiles: Math.min(...limits) }),
    ...(answer?.holds === true && { directive: "present" as const }),
    // Where it also listens on the host, the declared settings reach it.
    ...(inside.length > 0 &&
      inside.length === sockets.length && {
        container: own.length === 0 ? {} : { somaxconn: Math.min(...own) },
      }),
  };
}

/** The limits within which `checkBacklog` takes facts; a host can have others, and then nothing follows from them. */
function isLimit(openFiles: number): boolean {
  return openFiles >= 1 && openFiles <= 2147483584;
}

function isSomaxconn(somaxconn: number): boolean {
  return somaxconn >= 1 && somaxconn <= 2147483647;
}

function answerFor({ name }: ResolvedService, report: ProbeReport): ReportedService | undefined {
  return report.services.find((answer) => answer.name === name);
}
