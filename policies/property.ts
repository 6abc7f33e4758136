/** A property of a resource during preview: there, not there, or not known before the update. Three different answers. */
export type Property =
  | { readonly state: "known"; readonly value: unknown }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly error: Error };

/**
 * Reads one property. Touching an unknown one throws, and would turn the whole policy on this resource into a note, so each
 * is read on its own. The class of that error is not exported by the SDK: its name is what there is.
 */
export function readProperty(props: Record<string, unknown>, name: string): Property {
  if (!(name in props)) {
    return { state: "absent" };
  }
  try {
    const value = props[name];
    // A nested unknown throws only when it is reached.
    JSON.stringify(value);
    return value === undefined || value === null ? { state: "absent" } : { state: "known", value };
  } catch (error) {
    if (error instanceof Error && error.constructor.name === "UnknownValueError") {
      return { state: "unknown", error };
    }
    throw error;
  }
}
