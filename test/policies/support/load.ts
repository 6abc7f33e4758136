import * as fs from "node:fs";
import * as path from "node:path";

import type { Expected, PolicyProgram } from "./expected";

const FOLDER = path.resolve(__dirname, "..");
const PROGRAMS = path.join(FOLDER, "programs");
const SCENARIOS = path.join(FOLDER, "scenarios");

/** One preview or update of a scenario. */
export interface Step {
  readonly operation: "preview" | "up";
  /** The configuration of the pack: a file beside `expected.json`. Default: none. */
  readonly config?: string;
  readonly expected: readonly Expected[];
  /** What the error says, where the operation cannot even begin. */
  readonly stops?: readonly string[];
}

/** A folder of `scenarios`: a program, what happens to it, and what the policies have to say each time. */
export interface Scenario {
  readonly name: string;
  readonly folder: string;
  readonly why: string;
  /** The stack that it is on, with others of that name: what configures the pack, or is refused in an update, is on another. Default `plain`. */
  readonly stack: string;
  readonly steps: readonly Step[];
}

/** @param step which step of the scenario it is run for, from 0 */
export type ScenarioProgram = (step: number) => void;

export const PROGRAM_NAMES: readonly string[] = fs
  .readdirSync(PROGRAMS)
  .map((file) => file.replace(/\.ts$/, ""))
  .sort();

export const ALL_SCENARIOS: readonly Scenario[] = fs
  .readdirSync(SCENARIOS)
  .sort()
  .map((name) => {
    const folder = path.join(SCENARIOS, name);
    const file = fs.readFileSync(path.join(folder, "expected.json"), "utf8");
    const scenario = JSON.parse(file) as Omit<Scenario, "name" | "folder" | "stack"> & { stack?: string };
    return { ...scenario, name, folder, stack: scenario.stack ?? "plain" };
  });

export async function loadProgram(name: string): Promise<PolicyProgram> {
  const module = (await import(path.join(PROGRAMS, `${name}.ts`))) as { program: PolicyProgram };
  return module.program;
}

export async function loadScenarioProgram({ folder }: Scenario): Promise<ScenarioProgram> {
  const module = (await import(path.join(folder, "program.ts"))) as { program: ScenarioProgram };
  return module.program;
}

/** Of the names, the one that a resource of a shared stack belongs to: the resource's own name begins with it. */
export function ownerOf(resource: string, names: readonly string[]): string | undefined {
  return names
    .filter((name) => resource.startsWith(`${name}-`))
    .reduce<string | undefined>((best, name) => (name.length > (best?.length ?? 0) ? name : best), undefined);
}

type Config = Readonly<Record<string, unknown>>;

/**
 * The configuration of the pack for the n-th step of scenarios that share a stack: of each what is its own.
 * @throws Error if two of them want different things of one policy
 */
export function mergedConfig(scenarios: readonly Scenario[], round: number): Config | undefined {
  const configs = scenarios.flatMap(({ folder, steps }) => {
    const file = steps[round]?.config;
    return file === undefined ? [] : [JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as Config];
  });
  return configs.length === 0 ? undefined : configs.reduce((a, b) => merged(a, b) as Config);
}

function merged(a: unknown, b: unknown): unknown {
  if (a === b) {
    return a;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return [...(a as unknown[]), ...(b as unknown[])];
  }
  if (isConfig(a) && isConfig(b)) {
    const both = Object.keys(b).filter((key) => key in a);
    return { ...a, ...b, ...Object.fromEntries(both.map((key) => [key, merged(a[key], b[key])])) };
  }
  throw new Error(
    `scenarios want both ${JSON.stringify(a)} and ${JSON.stringify(b)}: let one be on another stack`,
  );
}

function isConfig(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
