import { checkBacklog, checkBoot, defaultFor, findSoftware, howToKeep, resolveDeclaration, setsKey, type Finding, type Platform, type ServiceDeclaration } from "../../backlog"; // prettier-ignore
import { assignment } from "../message";
import type { HostFacts, Subject } from "../subjects";
import type { Surroundings } from "../surroundings";
import { asked, evidenceOf, undeclared } from "./configured";
import { somaxconnOfContainer } from "./containers-on-host";
import { distinct, type Context, type Judgement } from "./judgement";
import { notesOn } from "./notes";
import { different, problemOf, problemsOf, settingsOf, valuesOf } from "./values";

export function judgeHost(
  { services, dialect, isOneOfMany = false }: Subject,
  whole: HostFacts,
  { settings, around, isComplete }: Context,
): Judgement {
  const host = isOneOfMany ? besidesOthers(whole, around) : whole;
  const { kernel, environment, memoryBytes, maximumBacklog: largestBacklog } = settings;
  const boot = checkBoot(host, kernel);
  const declared = [...services, ...undeclared(services, host.configured)];
  const platform: Platform = {
    kernel,
    environment,
    memoryBytes,
    largestBacklog,
    services: Object.fromEntries(
      declared.map((service) => [
        service.name,
        {
          ...evidenceOf(service, host),
          // What a machine that is up has had before, nobody knows here.
          ...(!isOneOfMany && startOf(service, host, kernel)),
          ...inContainer(somaxconnOfContainer(service, declared, host, kernel)),
        },
      ]),
    ),
  };
  // What only the first boot sets is judged by what it sets: that it is lost has a line of its own.
  const worlds = different(
    [host.live, [...host.live, ...host.persisted]].map((values) => valuesOf(values, boot.meant)),
  );
  const outOfRange = distinct(worlds.flatMap((values) => problemsOf(values)));
  const found = worlds
    .map((values) => settingsOf(values))
    .sort((a, b) => (a.somaxconn ?? Infinity) - (b.somaxconn ?? Infinity))
    .flatMap((set) => checkBacklog(resolveDeclaration({ services: declared, settings: set }), platform))
    .filter(({ severity }) => severity !== "info");
  const { findings, ofBoots } = withoutSecondLines(found, boot.findings, host, kernel);
  const isKept =
    setsKey({ live: [], persisted: host.persisted }, "net.core.somaxconn") ||
    !host.live.some(({ key, runtimeOnly }) => key === "net.core.somaxconn" && runtimeOnly);
  const least = defaultFor("somaxconn", kernel) ?? 128;
  return {
    findings: [
      ...outOfRange,
      ...findings.map((finding) => withLineOf(finding, declared, dialect, { isKept, least })),
      ...(isOneOfMany ? [] : ofBoots),
    ],
    advised: isOneOfMany ? ofBoots.map(ofOneOfMany) : [],
    notes: isComplete ? notesOn(host, declared, worlds, settings) : [],
    aboutNodes: [],
  };
}

function inContainer(somaxconn: number | undefined) {
  return somaxconn === undefined ? {} : { container: { somaxconn } };
}

/** Of commands that others go along with, what these others set at every boot is not lost with the next. */
function besidesOthers(host: HostFacts, { persisted }: Surroundings): HostFacts {
  return {
    ...host,
    live: host.live.map((value) => {
      const other = persisted.get(value.key);
      const isKept = other !== undefined && Number(value.value) <= other;
      return isKept ? { ...value, runtimeOnly: false } : value;
    }),
  };
}

function ofOneOfMany(finding: Finding): Finding {
  return finding.rule === "setting-survives-reboot"
    ? { ...finding, cause: "These commands do not set it again at the next boot, and something else may." }
    : finding;
}

/** What somaxconn is when the user data starts a service, where that is plain, and what it is in the end. */
function startOf(service: ServiceDeclaration, { starts = [], live }: HostFacts, kernel: string | undefined) {
  const units =
    service.unit === undefined
      ? (findSoftware(service.software ?? service.name)?.units ?? [])
      : [service.unit];
  const [start, ...others] = starts.filter(({ unit }) => units.includes(unit));
  const value = start?.somaxconn ?? String(defaultFor("somaxconn", kernel) ?? 128);
  const isSet = live.some(({ key }) => key === "net.core.somaxconn");
  return start === undefined ||
    others.length > 0 ||
    !isSet ||
    problemOf("net.core.somaxconn", value) !== undefined
    ? {}
    : { somaxconnAtStart: Number(value), startedBy: STARTED_BY[start.byPackage ?? "no"] };
}

const STARTED_BY = { no: "command", sure: "package", "if-debian": "package-if-debian" } as const;

/**
 * One cause is one line. A somaxconn that is both small and lost at the next boot is told once: by what is lost where the next boot gives
 * less, and otherwise by what is small. Where a service is cut, its line says how the value comes to hold.
 */
function withoutSecondLines(
  found: readonly Finding[],
  ofBoots: readonly Finding[],
  host: HostFacts,
  kernel: string | undefined,
): { readonly findings: readonly Finding[]; readonly ofBoots: readonly Finding[] } {
  const isCut = found.some(({ rule }) => rule === "somaxconn-covers-backlog");
  const findings =
    !isCut && isLostAndTold(host, ofBoots)
      ? found.filter(({ rule }) => rule !== "somaxconn-keeps-kernel-default")
      : found;
  const mendedElsewhere = [...new Set(findings.flatMap(({ rule }) => MENDS[rule] ?? []))];
  return {
    findings,
    ofBoots:
      mendedElsewhere.length === 0 ? ofBoots : checkBoot({ ...host, mendedElsewhere }, kernel).findings,
  };
}

/** The keys of which a finding of each rule says how their value comes to hold, or that nothing is to set it. */
const MENDS: Readonly<Record<string, readonly string[]>> = {
  "somaxconn-covers-backlog": ["net.core.somaxconn"],
  "somaxconn-keeps-kernel-default": ["net.core.somaxconn"],
};

/** That nothing sets somaxconn again at the next boot, and it is told. */
function isLostAndTold({ persisted }: HostFacts, ofBoots: readonly Finding[]): boolean {
  return (
    !setsKey({ live: [], persisted }, "net.core.somaxconn") &&
    ofBoots.some(
      ({ rule, subject }) =>
        rule === "setting-survives-reboot" && subject.split(", ").includes("net.core.somaxconn"),
    )
  );
}

/** The model names one line for all services of a declaration. Of lines that stand elsewhere it is the largest backlog too. */
function withLineOf(
  finding: Finding,
  services: readonly ServiceDeclaration[],
  dialect: Subject["dialect"],
  { isKept, least }: { readonly isKept: boolean; readonly least: number },
): Finding {
  if (dialect === "component" || finding.rule !== "somaxconn-covers-backlog") {
    return finding;
  }
  // Less than the kernel has by itself would be the next finding.
  const needed = Math.max(least, ...services.map(asked), ...numbersIn(finding.wanted));
  const key = "net.core.somaxconn";
  return {
    ...finding,
    fix: isKept ? `set ${assignment(key, needed, dialect)}` : howToKeep([{ key, value: String(needed) }]),
  };
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}
