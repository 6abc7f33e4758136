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
  /** Whether it needs a stack of its own: for its state, its configuration, or an update that is refused. */
  readonly alone: boolean;
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
    const { alone, ...scenario } = JSON.parse(file) as Omit<Scenario, "name" | "folder" | "alone"> & {
      alone?: boolean;
    };
    return { ...scenario, name, folder, alone: alone === true };
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
