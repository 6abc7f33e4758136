import type { ResourceValidationArgs } from "@pulumi/policy";
import { resolveDeclaration } from "../backlog";
import type { PolicyName } from "./names";
import type { Pack } from "./pack";
import type { Reading } from "./subjects";

/** What is changed; or why it cannot be done faithfully, after "because", and then nothing is touched. */
export type Remedied = { readonly changes: Readonly<Record<string, unknown>> } | { readonly why: string };

/** Mends properties. */
export type Remedy = (
  props: Record<string, unknown>,
  wanted: {
    readonly type: string;
    /** A somaxconn that cuts nothing which is declared or configured. */
    readonly needed: number;
  },
) => Remedied;

/**
 * What a policy does at the level `remediate`: nothing, unless the mended resource gives it nothing more to say. The changes are made
 * to the properties that it is given.
 * @returns undefined where there is nothing to mend
 */
export function remediate(
  pack: Pack,
  { name, rules }: { readonly name: PolicyName; readonly rules: readonly string[] },
  remedy: Remedy,
  args: ResourceValidationArgs,
): Remedied | undefined {
  const settings = pack.settingsFor(name, args);
  const finds = (props: Record<string, unknown>) => {
    const { findings } = pack.judgeAnew({ ...args, props }, settings);
    return findings.filter(
      (finding) =>
        rules.includes(finding.rule) && pack.unlessExempted(finding, name, args, settings) !== undefined,
    );
  };
  if (finds(args.props).length === 0) {
    return undefined;
  }
  const { reading } = pack.read(args, settings);
  const remedied = remedy(args.props, { type: args.type, needed: neededSomaxconn(reading) });
  if ("why" in remedied) {
    return remedied;
  }
  if (finds(changed(args.props, remedied.changes)).length > 0) {
    return { why: "something would be left to refuse" };
  }
  Object.assign(args.props, remedied.changes);
  return remedied;
}

/** A somaxconn that cuts nothing which is declared or configured. */
function neededSomaxconn(reading: Reading): number {
  const subjects = "notApplicable" in reading ? [] : reading.subjects;
  return Math.max(
    0,
    ...subjects.flatMap(({ services, host }) => [
      resolveDeclaration({ services }).somaxconn,
      ...(host?.configured ?? []).map(({ backlog }) => backlog),
    ]),
  );
}

/** The properties as they would be, without touching what is not known. */
function changed(
  props: Record<string, unknown>,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isChanged = (name: string | symbol): name is string =>
    typeof name === "string" && Object.hasOwn(changes, name);
  return new Proxy(props, {
    get: (target, name): unknown => (isChanged(name) ? changes[name] : Reflect.get(target, name)),
    getOwnPropertyDescriptor: (target, name) =>
      isChanged(name)
        ? { value: changes[name], configurable: true, enumerable: true, writable: true }
        : Reflect.getOwnPropertyDescriptor(target, name),
  });
}
