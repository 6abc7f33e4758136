import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { differences, PLANTED, type Expected, type PolicyProgram } from "../policies/support/expected";
import {
  ALL_SCENARIOS,
  loadProgram,
  loadScenarioProgram,
  ownerOf,
  PROGRAM_NAMES,
  type Scenario,
  type Step,
} from "../policies/support/load";
import { PolicyLab, type Run } from "./support/policy-lab";

const lab = new PolicyLab();
beforeAll(() => lab.start());
afterAll(() => lab.stop());

const refuses = (expected: readonly Expected[]) => expected.some(({ level }) => level === "mandatory");
const reportedOf = (run: Run, name: string, names: readonly string[]) =>
  run.reported.filter(({ resource }) => ownerOf(resource, names) === name);

describe("programs as people write them, in one preview", () => {
  const programs = new Map<string, PolicyProgram>();
  let run: Run;
  beforeAll(async () => {
    for (const name of PROGRAM_NAMES) {
      programs.set(name, await loadProgram(name));
    }
    run = await lab.run("programs", "preview", async () => {
      for (const program of programs.values()) {
        await program.run();
      }
    });
  });

  it("are 40 or more, and nothing but policies stops them", () => {
    expect(PROGRAM_NAMES.length).toBeGreaterThanOrEqual(40);
    expect(run.faults).toEqual([]);
    expect(run.ok).toBe(false);
  });

  it("has no finding on a resource that is none of theirs", () => {
    expect(run.reported.filter(({ resource }) => ownerOf(resource, PROGRAM_NAMES) === undefined)).toEqual([]);
  });

  it.each(PROGRAM_NAMES)("%s", (name) => {
    expect(differences(programs.get(name)?.expected ?? [], reportedOf(run, name, PROGRAM_NAMES))).toEqual([]);
  });
});

/** Scenarios that need no stack of their own run together: a preview of all, then an update of those that have one. */
describe("scenarios on one stack", () => {
  const shared = ALL_SCENARIOS.filter(({ alone }) => !alone);
  const names = shared.map(({ name }) => name);
  const steps = shared.flatMap((scenario) =>
    scenario.steps.map((step): [title: string, Scenario, Step] => [
      `${scenario.name}: ${step.operation}`,
      scenario,
      step,
    ]),
  );
  const runs = new Map<Step["operation"], Run>();
  beforeAll(async () => {
    for (const operation of ["preview", "up"] as const) {
      const taking = shared.filter((scenario) => scenario.steps.some((step) => step.operation === operation));
      const programs = await Promise.all(taking.map(loadScenarioProgram));
      const all = () => programs.forEach((program) => program(0));
      runs.set(operation, await lab.run("shared", operation, all));
    }
  });

  it("is refused in the preview for the policies' sake alone, and updated where nothing is refused", () => {
    expect([...runs.values()].map(({ ok, faults }) => ({ ok, faults }))).toEqual([
      { ok: false, faults: [] },
      { ok: true, faults: [] },
    ]);
  });

  it.each(steps)("%s", (_, { name }, { operation, expected }) => {
    const run = runs.get(operation) ?? { ok: false, reported: [], faults: ["not run"] };
    expect(differences(expected, reportedOf(run, name, names))).toEqual([]);
  });
});

describe("scenarios on a stack of their own", () => {
  it.each(ALL_SCENARIOS.filter(({ alone }) => alone).map((scenario) => [scenario.name, scenario] as const))(
    "%s",
    async (name, scenario) => {
      const program = await loadScenarioProgram(scenario);
      for (const [index, { operation, config, expected, stops }] of scenario.steps.entries()) {
        const run = await lab.run(name, operation, () => program(index), {
          ...(config !== undefined && { config: path.join(scenario.folder, config) }),
        });
        if (stops !== undefined) {
          expect(run.ok).toBe(false);
          for (const words of stops) {
            expect(run.faults.join("\n")).toContain(words);
          }
          continue;
        }
        expect(differences(expected, run.reported), `step ${index + 1}, ${operation}`).toEqual([]);
        expect(run).toMatchObject({ ok: !refuses(expected), faults: [] });
      }
    },
  );
});

describe("what users keep to themselves", () => {
  it("is in no output of any engine so far", () => {
    expect(lab.output).toContain("somaxconn-covers-backlog");
    expect(lab.output.split("\n").filter((line) => line.includes(PLANTED))).toEqual([]);
  });
});
