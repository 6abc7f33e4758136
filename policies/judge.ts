import {
  checkBacklog,
  checkBoot,
  checkNamespace,
  defaultFor,
  findSetting,
  findSoftware,
  resolveDeclaration,
  validateSettingValue,
  type Finding,
  type Platform,
  type ServiceDeclaration,
  type SettingsDeclaration,
} from "../backlog";
import type { Settings } from "./config/settings";
import { assignment, inDialect } from "./message";
import type { ConfiguredBacklog, ContainerFacts, HostFacts, Reading, Subject } from "./subjects";
import { NOTHING_AROUND, type Surroundings } from "./surroundings";

/** Everything that is to be said of a resource. */
export interface Judgement {
  /** Each has a rule of the model, and each rule belongs to one policy. */
  readonly findings: readonly Finding[];
  /** The same, of what something out of sight may well put right: it is said, and refused at no level. */
  readonly advised: readonly Finding[];
  /** What cannot be judged, and why; empty if all of it can. */
  readonly notes: readonly string[];
  /** What is not known before the update; undefined if all of it is. */
  readonly unknown?: string;
  /** What only the nodes know that pods run on: for the policy that can be told. */
  readonly aboutNodes: readonly string[];
}

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
    return { findings: [], advised: [], notes: [], aboutNodes: [] };
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

/** What a subject is judged by, besides itself. */
interface Context {
  readonly settings: Settings;
  readonly around: Surroundings;
  /** Whether everything is known that was asked for: otherwise nothing is absent, it is only not known. */
  readonly isComplete: boolean;
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

function judgeHost(
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
          ...(isInUntunedContainer(service, host) && {
            container: { somaxconn: defaultFor("somaxconn", kernel) ?? 128 },
          }),
        },
      ]),
    ),
  };
  const worlds = different([host.live, host.persisted].map((values) => valuesOf(values, boot.meant)));
  const outOfRange = distinct(worlds.flatMap((values) => problemsOf(values)));
  const findings = worlds
    .map((values) => settingsOf(values))
    .sort((a, b) => (a.somaxconn ?? Infinity) - (b.somaxconn ?? Infinity))
    .flatMap((set) => checkBacklog(resolveDeclaration({ services: declared, settings: set }), platform))
    .filter(({ severity }) => severity !== "info")
    .map((finding) => withLineOf(finding, declared, dialect));
  return {
    findings: [
      ...outOfRange,
      ...findings,
      ...(isOneOfMany ? [] : boot.findings),
      ...judgeContainersOn(host, services),
    ],
    advised: isOneOfMany ? boot.findings.map(ofOneOfMany) : [],
    notes: isComplete ? notesOn(host, declared, worlds, settings) : [],
    aboutNodes: [],
  };
}

/**
 * Which services listen in which namespace. Nobody says which container of several a service runs in: the one of its name does, otherwise
 * the one that is set up the most for it.
 */
function inPlace(
  namespaces: readonly ContainerFacts[],
  services: readonly ServiceDeclaration[],
): (readonly [ContainerFacts, readonly ServiceDeclaration[]])[] {
  const isNamed = ({ name }: { readonly name: string }, among: readonly { readonly name: string }[]) =>
    among.some((other) => other.name === name);
  const others = namespaces.filter((namespace) => !isNamed(namespace, services));
  const [home] = (others.length > 0 ? [...others] : [...namespaces]).sort(
    (a, b) => somaxconnSetIn(b) - somaxconnSetIn(a),
  );
  return namespaces.map((namespace) => [
    namespace,
    namespace.isOneOfSeveral === true
      ? services.filter(({ name }) =>
          isNamed({ name }, namespaces) ? name === namespace.name : namespace === home,
        )
      : services,
  ]);
}

function somaxconnSetIn({ settings }: ContainerFacts): number {
  return settingsOf(new Map(settings.map(({ key, value }) => [key, value]))).somaxconn ?? 0;
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

/** By rule and subject the first counts: of two somaxconn, the smaller. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.subject}`;
    if (!seen.has(key)) {
      seen.set(key, finding);
    }
  }
  return [...seen.values()];
}

/** Backlogs that the configuration asks for and nobody declared, or for more than was declared. */
function undeclared(
  services: readonly ServiceDeclaration[],
  configured: readonly ConfiguredBacklog[],
): ServiceDeclaration[] {
  return configured
    .filter((found) => !services.some((service) => isOf(service, found) && asked(service) >= found.backlog))
    .map((found) => ({
      name: nameIn(found, configured),
      software: found.software,
      backlog: found.backlog,
      port: found.port ?? findSoftware(found.software)?.defaultPort ?? 0,
    }));
}

/** Two ports of one server are two services, and what is known of one is not known of the other. */
function nameIn(
  { software, where, port }: ConfiguredBacklog,
  configured: readonly ConfiguredBacklog[],
): string {
  const isOneOfSeveral = configured.some(
    (other) => other.software === software && other.where === where && other.port !== port,
  );
  return isOneOfSeveral && port !== undefined
    ? `${software} on port ${port} in ${where}`
    : `${software} in ${where}`;
}

function isOf(service: ServiceDeclaration, found: ConfiguredBacklog): boolean {
  const same = findSoftware(service.software ?? service.name)?.software === found.software;
  return same && (service.port === undefined || found.port === undefined || service.port === found.port);
}

function asked({ backlog }: ServiceDeclaration): number {
  return backlog ?? 0;
}

/** What the user data shows of the configuration of a declared service. */
function evidenceOf(service: ServiceDeclaration, { configured }: HostFacts) {
  const found = configured.filter((one) => isOf(service, one)).map(({ backlog }) => backlog);
  return found.length === 0 || service.backlog === undefined
    ? {}
    : { configuredBacklog: Math.max(...found), directive: "present" as const };
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

type Values = ReadonlyMap<string, string>;

/** The values after one boot; where a line that asks for more does not hold, what it asks for: that is a finding of its own. */
function valuesOf(
  values: readonly { readonly key: string; readonly value: string }[],
  meant: Readonly<Record<string, string>>,
): Values {
  return new Map([...values.map(({ key, value }) => [key, value] as const), ...Object.entries(meant)]);
}

/** Most hosts have the same values after every boot. */
function different(worlds: readonly Values[]): Values[] {
  const seen = new Map(worlds.map((values) => [JSON.stringify([...values].sort()), values]));
  return [...seen.values()];
}

/** The settings that can be judged: the numbers that are in range. */
function settingsOf(values: Values): SettingsDeclaration {
  const number = (key: string) => {
    const value = values.get(key);
    return value === undefined || problemOf(key, value) !== undefined ? undefined : Number(value);
  };
  return {
    somaxconn: number("net.core.somaxconn"),
    tcpMaxSynBacklog: number("net.ipv4.tcp_max_syn_backlog"),
    tcpSyncookies: number("net.ipv4.tcp_syncookies"),
  };
}

function problemOf(key: string, value: string) {
  return findSetting(key) === undefined
    ? undefined
    : validateSettingValue(key, /^-?\d{1,16}$/.test(value) ? Number(value) : value, key);
}

const JUDGED_KEYS = ["net.core.somaxconn", "net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_syncookies"];

function problemsOf(values: Values): Finding[] {
  return JUDGED_KEYS.flatMap((key): Finding[] => {
    const value = values.get(key);
    const problem = value === undefined ? undefined : problemOf(key, value);
    return problem === undefined
      ? []
      : [
          {
            rule: "values-in-range",
            severity: "error",
            subject: key,
            wanted: problem.allowed,
            // What is no number may be anything.
            got: /^-?\d{1,16}$/.test(value ?? "") ? problem.given : "a value that is no number",
            cause: "The kernel does not take this value, or takes it for something else.",
            fix: `set it to ${problem.fix}`,
          },
        ];
  });
}

/** The model names one line for all services of a declaration. Of lines that stand elsewhere it is the largest backlog too. */
function withLineOf(
  finding: Finding,
  services: readonly ServiceDeclaration[],
  dialect: Subject["dialect"],
): Finding {
  if (dialect === "component" || finding.rule !== "somaxconn-covers-backlog") {
    return finding;
  }
  const needed = Math.max(...services.map(asked), ...numbersIn(finding.wanted));
  return { ...finding, fix: `set ${assignment("net.core.somaxconn", needed, dialect)}` };
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** A container that is started on the host with a somaxconn of its own. */
function judgeContainersOn({ containers }: HostFacts, services: readonly ServiceDeclaration[]): Finding[] {
  const own = ownSomaxconn(containers);
  return own === undefined
    ? []
    : checkBacklog(resolveDeclaration({ services }), { container: { somaxconn: own } }).filter(
        ({ rule }) => rule === "container-has-own-somaxconn",
      );
}

/** Whether the port of a service leads into a container that is started without a somaxconn of its own. */
function isInUntunedContainer(service: ServiceDeclaration, { containers }: HostFacts): boolean {
  const port = service.port ?? findSoftware(service.software ?? service.name)?.defaultPort;
  return containers.some(
    ({ value, ports = [] }) => value === undefined && port !== undefined && ports.includes(port),
  );
}

/** The largest that a container is started with; undefined if none is started with one. */
function ownSomaxconn(containers: HostFacts["containers"]): number | undefined {
  const own = containers
    .filter(
      ({ key, value }) =>
        key === "net.core.somaxconn" && value !== undefined && problemOf(key, value) === undefined,
    )
    .map(({ value }) => Number(value));
  return own.length === 0 ? undefined : Math.max(...own);
}

function notesOn(
  host: HostFacts,
  services: readonly ServiceDeclaration[],
  worlds: readonly Values[],
  { kernel }: Settings,
): string[] {
  const { opaque, containers, isPartlyRead } = host;
  const most = largest(services.filter((service) => !isInUntunedContainer(service, host)));
  const isSet = worlds.some((values) => values.has("net.core.somaxconn"));
  // What a container does not cover is a finding, and what it covers is no question.
  if (most === undefined || isSet || ownSomaxconn(containers) !== undefined) {
    return [];
  }
  if (opaque.length > 0) {
    return [`the user data, because ${opaque.join(" and ")}: write the values plainly, or verify the server`];
  }
  const byDefault = defaultFor("somaxconn", kernel) ?? 128;
  return asked(most) <= byDefault
    ? []
    : [
        `whether ${asked(most)} of ${most.name} is covered: nothing ${isPartlyRead === true ? "that can be read " : ""}here sets ` +
          `net.core.somaxconn, so that ${isPartlyRead === true ? "the rest of it or " : ""}the image decides, ` +
          `and the kernel's default is ${byDefault}`,
      ];
}

function largest(services: readonly ServiceDeclaration[]): ServiceDeclaration | undefined {
  return services.reduce<ServiceDeclaration | undefined>(
    (most, service) => (most === undefined || asked(service) > asked(most) ? service : most),
    undefined,
  );
}

/**
 * What a network namespace of containers has: what is set in it, or else what it begins with. That is the kernel's default, but for
 * pods of GKE, which hands them the settings of their node pool; and of these nobody knows on which pool they run.
 */
function somaxconnIn(
  { isPod = false, isOnGke }: ContainerFacts,
  set: number | undefined,
  { kernel, podSomaxconn }: Settings,
  { hasGkeNodes, gkeSomaxconn = 0 }: Surroundings,
): { readonly somaxconn: number; readonly isCertain: boolean } {
  const byDefault = defaultFor("somaxconn", kernel) ?? 128;
  if (set !== undefined || !isPod) {
    return { somaxconn: set ?? byDefault, isCertain: true };
  }
  if (podSomaxconn !== undefined) {
    return { somaxconn: podSomaxconn, isCertain: true };
  }
  const mayBeOnGke = isOnGke ?? hasGkeNodes;
  return { somaxconn: mayBeOnGke ? Math.max(gkeSomaxconn, byDefault) : byDefault, isCertain: !mayBeOnGke };
}

function isOfOwnSomaxconn({ rule }: Finding): boolean {
  return rule === "container-has-own-somaxconn" || rule === "somaxconn-lets-software-start";
}

function ofGkePod(finding: Finding): Finding {
  return {
    ...finding,
    got: `${finding.got} unless its node pool has more`,
    cause:
      "On GKE a pod that sets nothing has what linuxNodeConfig.sysctls of its node pool sets, and no pool in sight sets enough.",
  };
}

function judgeNamespace(
  { services, dialect }: Subject,
  facts: ContainerFacts,
  { settings, around, isComplete }: Context,
): Judgement {
  const { kernel, environment, memoryBytes, maximumBacklog: largestBacklog, allowedUnsafeSysctls } = settings;
  const values = new Map(facts.settings.map(({ key, value }) => [key, value] as const));
  const set = settingsOf(values);
  const { somaxconn: own, isCertain } = somaxconnIn(facts, set.somaxconn, settings, around);
  const platform: Platform = {
    kernel,
    environment,
    memoryBytes,
    largestBacklog,
    container: { somaxconn: own },
  };
  const isJudged = !facts.isHost && facts.opaque === undefined && (isComplete || set.somaxconn !== undefined);
  const declaration = resolveDeclaration({ services, settings: { ...set, somaxconn: own } });
  const needed = Math.max(0, ...declaration.services.map(({ backlog }) => backlog));
  const found = isJudged ? checkBacklog(declaration, platform) : [];
  const judged = found
    // A small somaxconn of its own cuts nobody else's listeners.
    .filter(({ severity, rule }) => severity !== "info" && rule !== "somaxconn-keeps-kernel-default")
    .map((finding) =>
      isOfOwnSomaxconn(finding)
        ? { ...finding, fix: `set ${assignment("net.core.somaxconn", needed, dialect)}` }
        : finding,
    );
  return {
    findings: [
      ...checkNamespace({
        ...facts,
        allowedUnsafe: facts.asksNode === true ? allowedUnsafeSysctls : undefined,
      }),
      ...problemsOf(values),
      ...judged.filter((finding) => isCertain || !isOfOwnSomaxconn(finding)),
    ],
    advised: isCertain ? [] : judged.filter(isOfOwnSomaxconn).map(ofGkePod),
    notes: [
      ...(facts.opaque === undefined || services.length === 0
        ? []
        : [`${facts.name}, because ${facts.opaque}`]),
      ...(facts.isHost && needed > (defaultFor("somaxconn", kernel) ?? 128)
        ? [`whether ${needed} is covered: it uses the network of its node, whose net.core.somaxconn decides`]
        : []),
    ],
    aboutNodes:
      facts.asksNode === true && !facts.isHost && allowedUnsafeSysctls === undefined
        ? [
            "whether the nodes let it set net. keys: say what their kubelet allows " +
              'in the configuration, such as allowedUnsafeSysctls: ["net.core.somaxconn"]',
          ]
        : [],
  };
}
