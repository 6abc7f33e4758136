import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import type { Finding } from "../backlog";
import { Exemptions } from "./config/exemptions";
import { meansResource, type Named } from "./config/glob";
import { defaultsOf, requireSettings, servicesOf, type DeclaredForPattern, type Exemption, type OwnSettings, type Settings, type SharedSettings } from "./config/settings"; // prettier-ignore
import { judge, NOTHING_TO_SAY, type Judgement } from "./judge";
import { judgeWithTemplates, type JudgedWithTemplate } from "./judge/of-template";
import { AlikeMemory, Memory } from "./memory";
import type { PolicyName } from "./names";
import { Surveyor } from "./surroundings";
import { readResource, TEMPLATES, whyNotApplicable, type Reading, type Resource } from "./subjects";

/** What a pack is made with, by the name of the policy; `shared` holds for all. */
export interface PackOptions {
  readonly shared?: SharedSettings;
  readonly own?: Readonly<Partial<Record<PolicyName, OwnSettings>>>;
  /** Default: the clock of the machine. */
  readonly now?: () => Date;
}

/** The part of the arguments of a policy that the pack reads. */
export type ResourceArgs = Pick<
  ResourceValidationArgs,
  "type" | "urn" | "name" | "props" | "opts" | "provider"
>;

/** What the policies of one pack share: its settings, its exemptions, and what they have read of a resource. */
export class Pack {
  readonly exemptions: Exemptions;
  private readonly now: () => Date;
  /** Settings of all policies that came with `backlog-can-be-judged`, the first that the engine asks about a resource. */
  private configured: SharedSettings = {};
  private readonly surveyor = new Surveyor();
  private readonly judged = new Memory<Judgement>();
  private readonly alike = new AlikeMemory<Judgement>();
  /** What launch templates say, by the properties that their programs gave them. */
  private readonly templates = new Map<string, Reading>();
  private readonly questions = new WeakMap<Settings, string>();
  private readonly declared = new Map<PolicyName, readonly DeclaredForPattern[]>();
  private readonly checked = new Map<PolicyName, { readonly config: string; readonly settings: Settings }>();

  constructor(private readonly options: PackOptions = {}) {
    this.now = options.now ?? (() => new Date());
    this.exemptions = new Exemptions(this.now);
    this.exemptions.add(options.shared?.exemptions ?? []);
  }

  /**
   * What a policy goes by: defaults, what the pack was made with, what the engine has of the configuration for all, and for it.
   * @throws Error with all that is wrong with the configuration
   */
  settingsFor(name: PolicyName, args: Pick<ResourceValidationArgs, "getConfig">): Settings {
    const given = args.getConfig<Settings>();
    const config = JSON.stringify([given, name === SHARED_BY ? {} : this.configured]);
    const known = this.checked.get(name);
    if (known?.config === config) {
      return known.settings;
    }
    requireSettings({ ...given }, name);
    if (name === SHARED_BY) {
      const { services, exemptions, kernel, allowedUnsafeSysctls, podSomaxconn } = given;
      this.configured = { services, exemptions, kernel, allowedUnsafeSysctls, podSomaxconn };
    }
    const { shared = {}, own = {} } = this.options;
    const sources =
      name === SHARED_BY
        ? [shared, given]
        : [shared, this.configured, { ...given, exemptions: ownOf(given, name) }];
    const settings: Settings = {
      ...defaultsOf(name),
      ...own[name],
      ...given,
      services: sources.flatMap(({ services = [] }) => services),
      exemptions: sources.flatMap(({ exemptions = [] }) => exemptions),
      kernel: given.kernel ?? this.configured.kernel ?? shared.kernel,
      allowedUnsafeSysctls:
        given.allowedUnsafeSysctls ?? this.configured.allowedUnsafeSysctls ?? shared.allowedUnsafeSysctls,
      podSomaxconn: given.podSomaxconn ?? this.configured.podSomaxconn ?? shared.podSomaxconn,
    };
    this.exemptions.add(settings.exemptions ?? []);
    this.declared.set(name, settings.services ?? []);
    this.checked.set(name, { config, settings });
    return settings;
  }

  /** What the configuration declares under any policy: all have been asked when the stack is judged. */
  get allDeclared(): readonly DeclaredForPattern[] {
    return [...new Set([...this.declared.values()].flat())];
  }

  /** What is to be said of resources whose user data stands in a launch template of the stack. */
  judgeWithTemplates(all: readonly PolicyResource[], settings: Settings): readonly JudgedWithTemplate[] {
    return judgeWithTemplates(all, {
      read: (resource) => this.read(resource, settings).reading,
      readTemplate: (template) => this.readTemplate(template, settings),
      judge: (reading) => this.judgeReading(reading, settings),
    });
  }

  /** What a policy reads of a template. Its outputs may have a hash of its user data: what the program gave it goes before. */
  readTemplate(template: PolicyResource, settings: Settings): Reading {
    const given = this.templates.get(template.urn);
    return given === undefined
      ? this.read(template, settings).reading
      : withDeclarations(given, template, settings);
  }

  /** What a policy reads of a resource, its configuration's declarations among it. */
  read(args: ResourceArgs, settings: Settings): { readonly resource: Resource; readonly reading: Reading } {
    const { resource, reading } = this.readPlainly(args);
    return { resource, reading: withDeclarations(reading, resource, settings) };
  }

  /** The same without what the configuration declares. */
  private readPlainly(args: ResourceArgs): { readonly resource: Resource; readonly reading: Reading } {
    const { type, urn, name, props, opts, provider } = args;
    const resource: Resource = {
      type,
      urn,
      name,
      props,
      parent: opts.parent,
      ignoreChanges: opts.ignoreChanges,
      provider: provider?.props,
    };
    const reading = readResource(resource);
    this.surveyor.see(reading);
    return { resource, reading };
  }

  judge(args: ResourceArgs, settings: Settings): Judgement | { readonly notApplicable: string } {
    const reason = whyNotApplicable({ ...args, parent: args.opts.parent });
    if (reason !== undefined) {
      return { notApplicable: reason };
    }
    return this.judged.recall(args.urn, args.props, this.questionOf(settings), () =>
      this.judgeAnew(args, settings),
    );
  }

  /** The same for properties that somebody is about to change: these must not be remembered. */
  judgeAnew(args: ResourceArgs, settings: Settings): Judgement {
    const { resource, reading } = this.readPlainly(args);
    if (TEMPLATES.includes(args.type)) {
      this.templates.set(args.urn, reading);
    }
    return this.judgeReading(withDeclarations(reading, resource, settings), settings);
  }

  private judgeReading(reading: Reading, settings: Settings): Judgement {
    if ("notApplicable" in reading) {
      return NOTHING_TO_SAY;
    }
    return this.alike.recall(reading, this.questionOf(settings), () =>
      judge(reading, settings, this.surveyor.surroundings),
    );
  }

  /** What is asked of a resource, as far as it goes beyond the resource: by which settings, and with what seen around it. */
  private questionOf(settings: Settings): string {
    return `${this.surveyor.version} ${this.settingsAsked(settings)}`;
  }

  /** Policies with the same settings, but for exemptions, ask the same question. What is at its default is left out. */
  private settingsAsked(settings: Settings): string {
    let question = this.questions.get(settings);
    if (question === undefined) {
      const { services, kernel, allowedUnsafeSysctls, podSomaxconn, ...own } = settings;
      const { maximumBacklog, allowSmallBacklog, memoryBytes, environment } = own;
      question = JSON.stringify([
        services,
        kernel,
        allowedUnsafeSysctls,
        podSomaxconn,
        maximumBacklog === 65535 ? undefined : maximumBacklog,
        allowSmallBacklog === true,
        memoryBytes,
        environment === "test",
      ]);
      this.questions.set(settings, question);
    }
    return question;
  }

  /** Whether a policy has nothing to say of a resource for now. */
  isExempted(
    policy: PolicyName,
    resource: Pick<Resource, "urn" | "type" | "name">,
    { exemptions = [] }: Settings,
  ): boolean {
    return this.exemptions.exempting(exemptions, policy, resource)?.inForce === true;
  }

  /** A finding as it is to be reported; undefined if it is exempted. One whose exemption has expired says so. */
  unlessExempted(
    finding: Finding,
    policy: PolicyName,
    resource: Pick<Resource, "urn" | "type" | "name">,
    { exemptions = [] }: Settings,
  ): Finding | undefined {
    const found = this.exemptions.exempting(exemptions, policy, resource);
    if (found?.inForce === true) {
      return undefined;
    }
    return { ...finding, cause: finding.cause + expiryText(found) };
  }

  /** That an exemption has expired, as a sentence to put behind another; empty if none has. */
  expiryOf(
    policy: PolicyName,
    resource: Pick<Resource, "urn" | "type" | "name">,
    { exemptions = [] }: Settings,
  ): string {
    return expiryText(this.exemptions.exempting(exemptions, policy, resource));
  }
}

function expiryText(found: ReturnType<Exemptions["exempting"]>): string {
  return found?.inForce === false ? ` It was exempted until ${found.exemption.expires}.` : "";
}

/** The policy whose configuration holds for all. It is the first of the pack. */
const SHARED_BY: PolicyName = "backlog-can-be-judged";

/** What stands under a policy exempts from that policy alone. */
function ownOf({ exemptions = [] }: Settings, name: PolicyName): readonly Exemption[] {
  return exemptions.map((exemption) => ({ policy: name, ...exemption }));
}

/** What a resource declares itself goes before what the configuration says of it. */
function withDeclarations(reading: Reading, resource: Named, { services = [] }: Settings): Reading {
  const meant = services.filter(({ pattern }) => meansResource(pattern, resource));
  if ("notApplicable" in reading || meant.length === 0) {
    return reading;
  }
  const declared = meant.flatMap(servicesOf);
  return {
    ...reading,
    subjects: reading.subjects.map((subject) => ({
      ...subject,
      services: [
        ...subject.services,
        ...declared.filter(({ name }) => !subject.services.some((own) => own.name === name)),
      ],
    })),
  };
}
