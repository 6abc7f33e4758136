import * as pulumi from "@pulumi/pulumi";
import { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { APPLY_SCHEMA, type ApplyReport } from "../../../apply";
import { REPORT_SCHEMA } from "../../../probe";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** The type and name of the parent; undefined for none. */
  readonly parent: string | undefined;
  readonly custom: boolean;
  /** Every input, secrets unwrapped. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The same, with `[secret]` in the place of each secret. */
  readonly visible: Readonly<Record<string, unknown>>;
  readonly provider: string;
  readonly ignoreChanges: readonly string[];
  readonly secretOutputs: readonly string[];
  /** Type and name of each resource that it waits for. */
  readonly dependsOn: readonly string[];
  readonly timeouts:
    { readonly create: string; readonly update: string; readonly delete: string } | undefined;
}

export interface Engine {
  readonly resources: Registered[];
  readonly calls: { readonly token: string; readonly inputs: unknown }[];
  /** Waits until everything is registered. */
  settled(): Promise<void>;
  /** The one resource of this name and type. */
  get(type: string, name: string): Registered;
}

export const TYPES = {
  server: "listen-backlog:index:TunedServer",
  stash: "pulumi:index:Stash",
  instance: "aws:ec2/instance:Instance",
  command: "command:remote:Command",
  local: "command:local:Command",
  verification: "listen-backlog:index:BacklogVerification",
  host: "listen-backlog:index:TunedHost",
} as const;

/** What a string that is not known before the update looks like in an input. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Starts an engine that makes nothing, and records everything: one for each file of tests, before anything is registered. */
export async function startEngine({ preview = false } = {}): Promise<Engine> {
  const engine: Engine = {
    resources: [],
    calls: [],
    settled: waitForRegistrations,
    get: (type, name) => {
      const [found, ...more] = engine.resources.filter(
        (resource) => resource.type === type && resource.name === name,
      );
      if (found === undefined || more.length > 0) {
        throw new Error(`${more.length + (found ? 1 : 0)} resources of type ${type} and name ${name}`);
      }
      return found;
    },
  };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        // In a preview, what does not exist yet has no id and no outputs.
        id: preview ? undefined : `${name}-id`,
        state: preview ? (inputs as object) : stateOf(type, name, inputs as object),
      }),
      call: ({ token, inputs }) => {
        engine.calls.push({ token, inputs });
        return token === "aws:ec2/getAmi:getAmi" ? { ...(inputs as object), id: "ami-newest" } : {};
      },
    },
    "listen-backlog",
    "lab",
    preview,
  );
  record(engine);
  return engine;
}

/** The SDK's own wait at the end of a program. Exported, and missing from its types. */
async function waitForRegistrations(): Promise<void> {
  const wait: unknown = Reflect.get(pulumi.runtime, "waitForRPCs");
  if (typeof wait !== "function") {
    throw new Error("this @pulumi/pulumi has no waitForRPCs");
  }
  await Reflect.apply(wait, undefined, []);
}

function stateOf(type: string, name: string, inputs: object): object {
  switch (type) {
    case TYPES.stash:
      return { ...inputs, output: "input" in inputs ? inputs.input : undefined };
    case "aws:ec2/keyPair:KeyPair":
      return { ...inputs, keyName: `${name}-key` };
    case TYPES.instance:
      return { ...inputs, publicIp: `${name}.public`, privateIp: `${name}.private` };
    case TYPES.command:
      if (name.endsWith("-apply")) {
        return { ...inputs, stdout: `applied: ${name}\n${JSON.stringify(APPLIED)}\n` };
      }
      return {
        ...inputs,
        stdout: `as declared: ${name}\n${JSON.stringify(answerTo(name.replace(/-verify$/, ""), inputs))}\n`,
      };
    default:
      return inputs;
  }
}

/** What the apply script says where it did one thing. */
const APPLIED: ApplyReport = {
  schema: APPLY_SCHEMA,
  host: "web",
  verdict: "changed",
  mode: "at-least",
  file: "/etc/sysctl.d/99-zz-listen-backlog.conf",
  settings: [],
  steps: ["set net.core.somaxconn from 1024 to 4096"],
  reason: "",
};

/** What the probe says of a good host with one service. */
export function reportOf(host: string) {
  return {
    schema: REPORT_SCHEMA,
    host,
    verdict: "as-declared",
    mode: "exact",
    kernel: "6.1.0",
    cloudInit: "done",
    settings: [
      {
        key: "net.core.somaxconn",
        wanted: "4096",
        live: "4096",
        sysctl: "4096",
        persisted: "4096",
        file: "/etc/sysctl.d/99-zz-listen-backlog.conf",
        line: 2,
        holds: true,
      },
    ],
    services: [
      {
        name: "nginx",
        port: 80,
        wanted: 4096,
        holds: true,
        sockets: [{ local: "*:80", recvQ: 0, sendQ: 4096 }],
      },
    ],
    findings: [],
    unseen: [],
  };
}

/** The same to what a probe was asked: every setting and every service. */
export function answerTo(host: string, inputs: object) {
  const report = reportOf(host);
  const [setting] = report.settings;
  const [service] = report.services;
  const create = "create" in inputs && typeof inputs.create === "string" ? inputs.create : "";
  const words = (create.match(/'[^']*'|[^ ']+/g) ?? []).map((word) => word.replace(/^'|'$/g, ""));
  const behind = (option: string, count: number) =>
    words.flatMap((word, at) => (word === option ? [words.slice(at + 1, at + 1 + count)] : []));
  return {
    ...report,
    mode: behind("--mode", 1).flat()[0] ?? report.mode,
    settings: behind("--setting", 2).map(([key, wanted]) => ({
      ...setting,
      ...{ key, wanted, live: wanted, sysctl: wanted, persisted: wanted },
    })),
    services: behind("--service", 5).map(([name, place = "", wanted, , address]) => ({
      ...service,
      name,
      ...(place.startsWith("/") ? { path: place, port: undefined } : { port: Number(place) }),
      ...(address !== "-" && { address }),
      wanted: Number(wanted),
      sockets: [{ local: `*:${place}`, recvQ: 0, sendQ: Number(wanted) }],
    })),
  };
}

/** The mocks of the SDK see neither parents nor options: the requests on the way to them do. */
function record(engine: Engine): void {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) {
    throw new Error("the SDK has no monitor after setMocks");
  }
  const register: unknown = Reflect.get(monitor, "registerResource");
  if (typeof register !== "function") {
    throw new Error("the monitor of the SDK does not register resources");
  }
  Reflect.set(monitor, "registerResource", (request: unknown, ...rest: unknown[]) => {
    if (request instanceof RegisterResourceRequest) {
      engine.resources.push(registered(request));
    }
    Reflect.apply(register, monitor, [request, ...rest]);
  });
}

function registered(request: RegisterResourceRequest): Registered {
  const raw = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const timeouts = request.getCustomtimeouts();
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() === "" ? undefined : request.getParent().split("::").slice(2).join(" "),
    custom: request.getCustom(),
    inputs: unwrapped(raw, (value) => value) as Record<string, unknown>,
    visible: unwrapped(raw, () => "[secret]") as Record<string, unknown>,
    provider: request.getProvider(),
    ignoreChanges: request.getIgnorechangesList(),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    dependsOn: request.getDependenciesList().map((urn) => urn.split("::").slice(2).join(" ")),
    timeouts: timeouts && {
      create: timeouts.getCreate(),
      update: timeouts.getUpdate(),
      delete: timeouts.getDelete(),
    },
  };
}

function unwrapped(value: unknown, secret: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => unwrapped(item, secret));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (SIGNATURE in value && value[SIGNATURE] === SECRET && "value" in value) {
    return secret(unwrapped(value.value, secret));
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner, secret)]));
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
