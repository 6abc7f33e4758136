import type { CheckRequest } from "../rpc/provider";
import { isList, reveal } from "../rpc/value";
import type { Properties } from "../rpc/value";
import { autoName } from "./ids";

/** Where the provider keeps which arguments it filled in itself, as the real one does. */
const DEFAULTS = "__defaults";

/** Gives the resource a name of its own when the program gives none, and keeps that name from then on. */
export function nameIfMissing(property: string, { name, olds, news, seed }: CheckRequest): Properties {
  if ((news[property] ?? null) !== null) {
    return { ...news, [DEFAULTS]: [] };
  }
  const old = olds[property];
  const kept = wasNamedByUs(property, olds) && old !== undefined ? old : autoName(name, seed);
  return { ...news, [property]: kept, [DEFAULTS]: [property] };
}

export function wasNamedByUs(property: string, inputs: Properties): boolean {
  const defaults = reveal(inputs[DEFAULTS] ?? null);
  return isList(defaults) && defaults.includes(property);
}
