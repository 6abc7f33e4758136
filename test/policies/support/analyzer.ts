import type { Policies } from "@pulumi/policy";
import { createPolicies } from "../../../policies/all";
import type { PolicyName } from "../../../policies/names";
import type { PackOptions } from "../../../policies/pack";
import * as server from "@pulumi/policy/server";
import {
  AnalyzeRequest,
  type AnalyzeResponse,
  AnalyzerPropertyDependencies,
  AnalyzerProviderResource,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
  type RemediateResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** A resource as the engine hands it to a policy. */
export interface Resource {
  readonly type: string;
  readonly name?: string;
  /** The types of the parents and its own, as in an URN; default: its own. */
  readonly types?: string;
  readonly parent?: string;
  readonly props?: Readonly<Record<string, unknown>>;
  readonly ignoreChanges?: readonly string[];
  /** The URNs that it depends on. */
  readonly dependencies?: readonly string[];
  /** The URNs that a property waits for. */
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
  /** What its provider is configured with. Default: there is no provider. */
  readonly provider?: Readonly<Record<string, unknown>>;
}

/** What a policy said. */
export interface Verdict {
  readonly violations: readonly {
    readonly policy: string;
    readonly level: Level;
    readonly message: string;
    readonly urn: string;
  }[];
  /** The reasons why policies do not apply. */
  readonly notApplicable: readonly string[];
}

type Level = "advisory" | "mandatory" | "disabled" | "remediate";
const LEVELS: readonly Level[] = ["advisory", "mandatory", "disabled", "remediate"];

/** What stands for a value that is not known before the update. Named in `@pulumi/policy/proxy`. */
export const UNKNOWN = {
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
} as const;

/** What a policy mended. */
export interface Mended {
  readonly policy: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What the policies make of a resource at the level `remediate`, one after the other. */
export function remediate(policies: Policies, resource: Resource): Promise<readonly Mended[]> {
  const make: unknown = Reflect.get(server, "makeRemediateRpcFun");
  if (typeof make !== "function") {
    throw new Error("this @pulumi/policy has no makeRemediateRpcFun");
  }
  const all = policies.map((policy) => ({ ...policy, enforcementLevel: "remediate" as const }));
  const run = (make as MakeRemediate)("listen-backlog", "0.1.0", "advisory", all);
  return new Promise((resolve, reject) => {
    run({ request: requestFor(resource) }, (error, response) => {
      if (error) {
        reject(error);
        return;
      }
      resolve(
        response.getRemediationsList().map((mended) => {
          if (mended.getDiagnostic() !== "") {
            throw new Error(mended.getDiagnostic());
          }
          return { policy: mended.getPolicyname(), properties: mended.getProperties()?.toJavaScript() ?? {} };
        }),
      );
    });
  });
}

type MakeRemediate = (
  pack: string,
  version: string,
  level: string,
  policies: Policies,
) => (
  call: { request: AnalyzeRequest },
  callback: (error: Error | null | undefined, response: RemediateResponse) => void,
) => void;

type Callback = (error: Error | null | undefined, response: AnalyzeResponse) => void;
type Analyze = (call: { request: AnalyzeRequest | AnalyzeStackRequest }, callback: Callback) => void;
type MakeAnalyze = (pack: string, version: string, level: string, policies: Policies) => Analyze;

/** The functions that the server of a real policy pack answers the engine with. They are there, and missing from the types. */
function rpc(name: "makeAnalyzeRpcFun" | "makeAnalyzeStackRpcFun", policies: Policies): Analyze {
  const make: unknown = Reflect.get(server, name);
  if (typeof make !== "function") {
    throw new Error(`this @pulumi/policy has no ${name}`);
  }
  return (make as MakeAnalyze)("listen-backlog", "0.1.0", "advisory", policies);
}

/** Policies of a new pack; without names, all of them. */
export function policiesOf(names: readonly PolicyName[] = [], options: PackOptions = {}): Policies {
  return createPolicies(options).filter(
    ({ name }) => names.length === 0 || names.some((wanted) => wanted === name),
  );
}

export function urnOf({ type, types = type, name = "web" }: Resource): string {
  return `urn:pulumi:lab::listen-backlog::${types}::${name}`;
}

/** What the policies say of one resource, during a preview or an update. */
export function analyze(policies: Policies, resource: Resource): Promise<Verdict> {
  return call(rpc("makeAnalyzeRpcFun", policies), requestFor(resource));
}

function requestFor(resource: Resource): AnalyzeRequest {
  const options = new AnalyzerResourceOptions()
    .setIgnorechangesList([...(resource.ignoreChanges ?? [])])
    .setParent(resource.parent ?? "");
  const request = new AnalyzeRequest()
    .setType(resource.type)
    .setUrn(urnOf(resource))
    .setName(resource.name ?? "web")
    .setProperties(Struct.fromJavaScript(asJson(resource.props)))
    .setOptions(options);
  return resource.provider === undefined ? request : request.setProvider(providerOf(resource.provider));
}

function providerOf(provider: NonNullable<Resource["provider"]>): AnalyzerProviderResource {
  return new AnalyzerProviderResource()
    .setType("pulumi:providers:any")
    .setName("default")
    .setProperties(Struct.fromJavaScript(asJson(provider)));
}

/** What the policies say of a whole stack. */
export function analyzeStack(policies: Policies, resources: readonly Resource[]): Promise<Verdict> {
  const list = resources.map((resource) => {
    const analyzed = new AnalyzerResource()
      .setType(resource.type)
      .setUrn(urnOf(resource))
      .setName(resource.name ?? "web")
      .setParent(resource.parent ?? "")
      .setDependenciesList([...(resource.dependencies ?? [])])
      .setProperties(Struct.fromJavaScript(asJson(resource.props)))
      .setOptions(new AnalyzerResourceOptions().setParent(resource.parent ?? ""));
    for (const [property, urns] of Object.entries(resource.propertyDependencies ?? {})) {
      analyzed
        .getPropertydependenciesMap()
        .set(property, new AnalyzerPropertyDependencies().setUrnsList([...urns]));
    }
    return resource.provider === undefined ? analyzed : analyzed.setProvider(providerOf(resource.provider));
  });
  return call(rpc("makeAnalyzeStackRpcFun", policies), new AnalyzeStackRequest().setResourcesList(list));
}

function call(analyze: Analyze, request: AnalyzeRequest | AnalyzeStackRequest): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    analyze({ request }, (error, response) => {
      if (error) {
        reject(error);
        return;
      }
      resolve({
        violations: response.getDiagnosticsList().map((diagnostic) => ({
          policy: diagnostic.getPolicyname(),
          level: LEVELS[diagnostic.getEnforcementlevel()] ?? "disabled",
          message: diagnostic.getMessage(),
          urn: diagnostic.getUrn(),
        })),
        notApplicable: response.getNotApplicableList().map((reason) => reason.getReason()),
      });
    });
  });
}

/** Properties travel as JSON: what is undefined is absent. */
function asJson(props: Resource["props"]): Record<string, never> {
  return JSON.parse(JSON.stringify(props ?? {})) as Record<string, never>;
}

/**
 * What the policies that look at resources say of one, alone in its stack: the name of the policy and its line, without the description
 * that the SDK puts before it.
 */
export async function said(resource: Resource, options: PackOptions = {}): Promise<string[]> {
  const policies = policiesOf([], options).filter((policy) => "validateResource" in policy);
  const alone = await analyze(policies, resource);
  const inStack = await analyzeStack(policies, [resource]);
  return [...alone.violations, ...inStack.violations].map(({ policy, message }) => {
    const [description = "", ...line] = message.split("\n");
    const see = ` See: RULES.md#${policy}`;
    if (!/^[A-Z].*\.$/.test(description) || line.length !== 1 || line[0]?.endsWith(see) !== true) {
      throw new Error(`not a description and one line: ${message}`);
    }
    return `${policy}: ${line[0].slice(0, -see.length)}`;
  });
}

/** Which policies speak of a resource. */
export async function speaking(resource: Resource, options: PackOptions = {}): Promise<string[]> {
  return (await said(resource, options)).map((line) => line.slice(0, line.indexOf(":")));
}
