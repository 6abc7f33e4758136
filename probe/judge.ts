import { checkBacklog, parseKernelVersion, type Platform, type ServicePlatform } from "../backlog";
import type { Finding, Severity } from "../backlog/finding";
import type { ResolvedDeclaration, ResolvedService } from "../backlog/resolve";
import type { VerifyMode } from "./arguments";
import { REPORT_SCHEMA, type ProbeReport, type ReportedService, type ReportedSetting } from "./report";

/** What is to be thought of a host. */
export interface Judgement {
  /**
   * That of the host, for what it was asked: it is never `as-declared` for a report that does not answer the declaration, because
   * whoever looked at something else has proven nothing of this.
   */
  readonly verdict: ProbeReport["verdict"];
  /**
   * Errors first, then warnings, then information; one finding for each cause. Empty where all is well. A host that is as declared
   * can have findings all the same: those of what goes well now and not after the next restart.
   */
  readonly findings: readonly Finding[];
}

/**
 * Everything that is wrong or risky on a host, for a declaration and the report of the probe that was sent with it.
 *
 * The host has decided already whether it is as declared: its findings are here as it made them, and so are its notes. To
 * these come findings where the report does not answer this declaration, and those of `checkBacklog` that only the facts of a
 * real host can give: its kernel, its limits of open files, its containers. A cause that the host has found is not repeated.
 *
 * @param mode how strictly the host was to be judged; where it is given, a look in another mode proves nothing
 * @returns the verdict that counts, which is that of the host unless the report answers something else, and every finding
 */
export function judge(declaration: ResolvedDeclaration, report: ProbeReport, mode?: VerifyMode): Judgement {
  const mismatches = unanswered(declaration, report, mode);
  return {
    verdict: mismatches.length > 0 ? "not-as-declared" : report.verdict,
    findings: findingsOf(declaration, report, mismatches),
  };
}

function findingsOf(
  declaration: ResolvedDeclaration,
  report: ProbeReport,
  mismatches: readonly Finding[],
): Finding[] {
  const found = [
    ...mismatches,
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
function unanswered(declaration: ResolvedDeclaration, report: ProbeReport, mode?: VerifyMode): Finding[] {
  const schema: string = report.schema;
  if (schema !== REPORT_SCHEMA) {
    return [mismatch("the report", `schema ${REPORT_SCHEMA}`, `schema ${schema}`)];
  }
  if (mode !== undefined && report.mode !== mode) {
    return [mismatch("the report", `a look in mode ${mode}`, `one in mode ${report.mode}`)];
  }
  const allIsWell = report.verdict === "as-declared";
  // A report that was cut says so; the host has judged what it left out.
  const cut = (list: "settings" | "services") => (report.omitted?.[list] ?? 0) > 0;
  const settings = declaration.settings.flatMap(({ key, value }) => {
    const answer = report.settings.find((setting) => setting.key === key);
    if (answer === undefined) {
      return cut("settings") ? [] : [mismatch(key, value, "no look at it")];
    }
    if (answer.wanted !== value) {
      return [mismatch(key, value, `a look for ${answer.wanted}`)];
    }
    return allIsWell && !settingIsWell(answer, report.mode) ? [contradiction(key, value)] : [];
  });
  const services = declaration.services.flatMap((service) => {
    const answer = report.services.find(({ name }) => name === service.name);
    if (answer === undefined) {
      return cut("services") ? [] : [mismatch(service.name, askedOf(service), "no look at it")];
    }
    if (askedOf(service) !== askedIn(answer)) {
      return [mismatch(service.name, askedOf(service), `a look for ${askedIn(answer)}`)];
    }
    return allIsWell && !serviceIsWell(answer, report.mode)
      ? [contradiction(service.name, askedOf(service))]
      : [];
  });
  return [...settings, ...services];
}

/** Whether what a report shows of a setting is what it says of it, by the rules of the probe. */
function settingIsWell({ holds, wanted, live, persisted }: ReportedSetting, mode: string): boolean {
  return holds === true && [live, persisted].every((value) => isAsGood(value, wanted, mode));
}

/** The same of a service: it listens, and the kernel showed the effective backlog of each socket. */
function serviceIsWell(
  { holds, wanted, sockets, socketsOmitted = 0 }: ReportedService,
  mode: string,
): boolean {
  return (
    holds === true &&
    sockets.length + socketsOmitted > 0 &&
    sockets.every(({ sendQ }) => sendQ !== null && isAsGood(String(sendQ), String(wanted), mode))
  );
}

function isAsGood(got: string, wanted: string, mode: string): boolean {
  const higher = mode === "at-least" && IS_NUMBER.test(got) && IS_NUMBER.test(wanted);
  return got === wanted || (higher && BigInt(got) >= BigInt(wanted));
}

const IS_NUMBER = /^(?:0|[1-9]\d*)$/;

function askedOf({ backlog, ...place }: ResolvedService): string {
  return `${backlog} on ${placeOf(place)}`;
}

function askedIn({ wanted, ...place }: ReportedService): string {
  return `${wanted} on ${placeOf(place)}`;
}

function placeOf({
  port,
  path,
  address,
}: Pick<ReportedService, "path" | "address"> & { readonly port?: number | null }): string {
  return path ?? `port ${String(port)}${address === undefined ? "" : ` of ${address}`}`;
}

/** A report that says that all is well, and does not show it. */
function contradiction(subject: string, wanted: string): Finding {
  return {
    ...mismatch(subject, wanted, "a verdict that this contradicts"),
    cause: "The report says that all is well, and shows something else: no probe of this version does.",
  };
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
