import type { Finding } from "../../backlog";
import type { Settings } from "../config/settings";
import { inDialect } from "../message";
import type { Reading, Subject } from "../subjects";
import { NOTHING_AROUND, type Surroundings } from "../surroundings";
import { judgeHost } from "./host";
import { inPlace } from "./in-place";
import { distinct, NOTHING_TO_SAY, type Context, type Judgement } from "./judgement";
import { judgeNamespace } from "./namespace";

export { NOTHING_TO_SAY, type Judgement } from "./judgement";

/**
 * The one function that all policies ask.
 * @param settings of all policies together
 * @param around what other resources do for this one. Default: nothing.
 */
export function judge(
  reading: Reading,
  settings: Settings,
  around: Surroundings = NOTHING_AROUND,
): Judgement {
  if ("notApplicable" in reading) {
    return NOTHING_TO_SAY;
  }
  const { subjects, unknown } = reading;
  const judged = subjects.map((subject) =>
    judgeSubject(subject, { settings, around, isComplete: unknown.length === 0 }),
  );
  const isWorthALine = subjects.some(
    ({ isServer, services, isAwaited }) => isServer || services.length > 0 || isAwaited === true,
  );
  const isMeant = ({ rule }: Finding) =>
    settings.allowSmallBacklog === true && rule === "small-backlog-still-queues";
  return {
    findings: judged.flatMap(({ findings }) =>
      findings.filter((finding) => !isMeant(finding) && !isSameCause(finding, findings)),
    ),
    advised: judged.flatMap(({ advised }) => advised),
    notes: judged.flatMap(({ notes }) => notes),
    aboutNodes: judged.flatMap(({ aboutNodes }) => aboutNodes),
    ...(unknown.length > 0 &&
      isWorthALine && { unknown: `${unknown.join(", ")} not known before the update, which judges it` }),
  };
}

/** A SYN queue is bounded by tcp_max_syn_backlog because cookies are off: on again, both are mended. */
function isSameCause({ rule }: Finding, findings: readonly Finding[]): boolean {
  return (
    rule === "max-syn-backlog-covers-backlog" &&
    findings.some((other) => other.rule === "syncookies-protect-production")
  );
}

function judgeSubject(subject: Subject, context: Context): Judgement {
  const { host, namespaces = [], dialect, within, problems } = subject;
  const parts = [
    ...(host === undefined ? [] : [judgeHost(subject, host, context)]),
    ...inPlace(namespaces, subject.services).map(([namespace, services]) =>
      judgeNamespace({ ...subject, services }, namespace, context),
    ),
  ];
  const placed = (text: string) => (within === undefined ? text : `${within}: ${text}`);
  const shown = (findings: readonly Finding[]) =>
    distinct(findings).map((finding) => {
      const translated = inDialect(finding, dialect);
      return { ...translated, subject: placed(translated.subject) };
    });
  return {
    findings: shown([...problems, ...parts.flatMap((part) => part.findings)]),
    advised: shown(parts.flatMap((part) => part.advised)),
    notes: [...new Set(parts.flatMap((part) => part.notes))].map(placed),
    aboutNodes: [...new Set(parts.flatMap((part) => part.aboutNodes))].map(placed),
  };
}
