import { isList } from "../rpc/value";
import type { PlainProperties } from "../rpc/value";

/** An argument that the check has made sure of. */
export function textOf(args: PlainProperties, name: string): string {
  const value = args[name];
  if (typeof value !== "string") {
    throw new Error(`${name} is ${value === undefined ? "missing" : "not a string"} although it was checked`);
  }
  return value;
}

export function optionalText(args: PlainProperties, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The strings of a list argument; none when it is absent. */
export function textsOf(args: PlainProperties, name: string): string[] {
  const value = args[name];
  return isList(value) ? value.filter((each) => typeof each === "string") : [];
}

/** Whether an argument was given at all: the empty string of the real provider counts as not given. */
export function isGiven(args: PlainProperties, name: string): boolean {
  const value = args[name] ?? null;
  return value !== null && value !== "";
}
