import {
  validateDeclaration,
  type Finding,
  type LineConflict,
  type LiveValue,
  type PersistedValue,
} from "../../backlog";
import type { Properties } from "../property";
import { unusable, type Declared } from "./declared";
import type { ConfiguredBacklog, HostFacts, Subject, SubjectReader } from "./subject";

const INVISIBLE: Finding = {
  rule: "declaration-is-visible",
  severity: "error",
  subject: "declaration",
  wanted: "services and settings among the inputs of the component",
  got: "none",
  cause: "The program did not send the inputs of its components, so nothing can be judged.",
  fix: "use @pulumi/pulumi 3.202 or newer, and unset PULUMI_NODEJS_SKIP_COMPONENT_INPUTS",
};

/** Our components: what `components/policy-view.ts` shows of them. */
export const readComponent: SubjectReader = (_, properties): readonly Subject[] => {
  const settings = properties.at("settings");
  const services = properties.list("services");
  const isHidden = (name: string) => properties.at(name) === undefined && !properties.isUnknown(name);
  if (isHidden("settings") || isHidden("services")) {
    return [{ dialect: "component", services: [], problems: [INVISIBLE], isServer: true }];
  }
  const declared = declaredServices(services);
  const sysctl = properties.at("sysctl");
  const values = new Map((sysctl?.keys() ?? []).map((key) => [key, sysctl?.text(key)] as const));
  const somaxconn = settings?.number("somaxconn");
  if (somaxconn !== undefined) {
    values.set("net.core.somaxconn", String(somaxconn));
  }
  return [
    { dialect: "component", ...declared, host: hostOf(values, properties.at("userData")), isServer: true },
  ];
};

function declaredServices(services: readonly Properties[]): Declared {
  const read = services.flatMap((service) => {
    const name = service.text("name");
    const backlog = service.number("backlog");
    if (name === undefined || (backlog === undefined && service.isUnknown("backlog"))) {
      return [];
    }
    return [
      {
        name,
        software: service.text("software"),
        port: service.number("port"),
        path: service.text("path"),
        backlog,
        unit: service.text("unit"),
        relisten: service.text("relisten"),
      },
    ];
  });
  if (read.length === 0) {
    return { services: [], problems: [] };
  }
  const { declaration, problems } = validateDeclaration({ services: read });
  return declaration === undefined
    ? { services: [], problems: problems.map((problem) => unusable(problem, problem.path)) }
    : { services: declaration.services, problems: [] };
}

/** What the component sets holds from the first boot on, unless the user's own user data beats it. */
function hostOf(values: ReadonlyMap<string, string | undefined>, view: Properties | undefined): HostFacts {
  const held = (boot: string) => {
    const seen = view?.at(boot);
    return [...values].flatMap(([key, value]) => {
      const found = seen?.text(key) ?? value;
      return found === undefined ? [] : [{ key, value: found }];
    });
  };
  return {
    live: held("live").map((one): LiveValue => ({ ...one, runtimeOnly: false })),
    persisted: held("persisted").map((one): PersistedValue => ({
      ...one,
      by: "systemd-sysctl",
      appliedBy: "the component",
    })),
    conflicts: (view?.list("conflicts") ?? []).flatMap(conflictOf),
    configured: (view?.list("backlogs") ?? []).flatMap(configuredOf),
    containers: [],
    opaque: [],
  };
}

const WHYS: readonly LineConflict["why"][] = [
  "replaced-by-merge",
  "loses-at-boot",
  "overwritten-live",
  "refused",
  "not-read",
  "changes-at-next-boot",
];

function conflictOf(view: Properties): LineConflict[] {
  const why = WHYS.find((known) => known === view.text("why"));
  const subject = view.text("key");
  if (why === undefined || subject === undefined) {
    return [];
  }
  const by = view.text("by");
  return [
    {
      why,
      subject,
      value: view.text("value"),
      where: { file: view.text("where") },
      ...(by !== undefined && { by: { file: by, value: view.text("byValue") } }),
    },
  ];
}

function configuredOf(view: Properties): ConfiguredBacklog[] {
  const software = view.text("software");
  const backlog = view.number("backlog");
  return software === undefined || backlog === undefined
    ? []
    : [{ software, backlog, port: view.number("port"), where: view.text("where") ?? "the user data" }];
}
