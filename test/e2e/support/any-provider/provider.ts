import { diffInputs } from "../../../../lab/providers/rpc/diff";
import type { Provider, ResourceType } from "../../../../lab/providers/rpc/provider";
import { UNKNOWN, type Properties, type Value } from "../../../../lab/providers/rpc/value";
import { computedOf } from "./computed";
import { FUNCTIONS } from "./functions";

/**
 * A provider for any package and any type, for tests of policies alone: a policy sees what the engine sees, and the engine
 * must be told neither what a type is nor whether its arguments are right. Nothing exists behind it. It takes every argument as
 * it is, gives every resource an id, and knows only of {@link computedOf} what the cloud would fill in: unknown during a
 * preview, made up in an update.
 */
export function anyProvider(): Provider {
  return {
    name: "any",
    version: "0.0.1",
    title: "the tests' provider of any type",
    resources: everyKey(ANY_TYPE),
    functions: FUNCTIONS,
    checkConfig: () => [],
    configure: () => undefined,
  };
}

const ANY_TYPE: ResourceType = {
  check: ({ news }) => ({ inputs: news, failures: [] }),
  diff: ({ oldInputs, newInputs }) => ({
    changes: diffInputs(oldInputs, newInputs, { replaces: () => false }),
    deleteBeforeReplace: false,
  }),
  create: ({ inputs, preview }, { urn, name }) =>
    Promise.resolve({
      id: preview ? "" : `${name}-id`,
      outputs: withComputed(typeOf(urn), name, inputs, preview),
    }),
  update: ({ inputs, oldOutputs, preview }, { urn, name }) =>
    Promise.resolve({ ...withComputed(typeOf(urn), name, inputs, preview), ...kept(oldOutputs, inputs) }),
  delete: () => Promise.resolve(),
};

function withComputed(type: string, name: string, inputs: Properties, preview: boolean): Properties {
  const computed = computedOf(type).map((property): [string, Value] => [
    property,
    preview ? UNKNOWN : `${name}-${property}`,
  ]);
  return { ...Object.fromEntries(computed), ...inputs };
}

/** What the cloud filled in stays as it was. */
function kept(oldOutputs: Properties, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(oldOutputs).filter(([property]) => !(property in inputs)));
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? "";
}

/** The server looks types up by name: this table has every name. */
function everyKey(type: ResourceType): Readonly<Record<string, ResourceType>> {
  return new Proxy<Record<string, ResourceType>>(
    {},
    {
      get: () => type,
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: type }),
    },
  );
}
