import { keepSecret, revealAll } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";

/** Marks outputs as secret as their arguments are: `tagsAll` repeats `tags`. See {@link keepSecret}. */
export function protect(outputs: PlainProperties, inputs: Properties, olds: Properties = {}): Properties {
  const { tags } = inputs;
  return keepSecret(outputs, tags === undefined ? inputs : { ...inputs, tagsAll: tags }, olds);
}

/** The outputs that a preview of an update shows: as they were, with the new arguments. */
export function previewedUpdate(oldOutputs: Properties, inputs: Properties): Properties {
  const args = revealAll(inputs);
  const given = Object.entries(args).filter(([name, value]) => value !== null && !name.startsWith("__"));
  const tags = args["tags"] ?? {};
  const outputs: Properties = { ...revealAll(oldOutputs), ...Object.fromEntries(given), tags, tagsAll: tags };
  return protect(outputs, inputs, oldOutputs);
}
