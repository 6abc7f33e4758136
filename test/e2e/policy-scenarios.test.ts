import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readUserData } from "../../cloudinit";
import { differences, PLANTED, type Expected, type PolicyProgram } from "../policies/support/expected";
import {
  ALL_SCENARIOS,
  loadProgram,
  loadScenarioProgram,
  mergedConfig,
  ownerOf,
  PROGRAM_NAMES,
  type ScenarioProgram,
} from "../policies/support/load";
import { server } from "../policies/support/server";
import { PolicyLab, type Run } from "./support/policy-lab";

const lab = new PolicyLab();
beforeAll(() => lab.start());
afterAll(() => lab.stop());

const refuses = (expected: readonly Expected[]) => expected.some(({ level }) => level === "mandatory");

const stackOf = ({ stack = "programs" }: PolicyProgram) => stack;

/** What was reported of one of several that share a stack. A report on the stack itself names whom it is about. */
const reportedOf = (run: Run, name: string, names: readonly string[]) =>
  run.reported.filter(
    ({ resource, message }) =>
      (ownerOf(resource, names) ?? names.find((each) => message.includes(`${each}-`))) === name,
  );

describe("programs as people write them, in one preview of each stack", () => {
  const programs = new Map<string, PolicyProgram>();
  const runs = new Map<string, Run>();
  beforeAll(async () => {
    for (const name of PROGRAM_NAMES) {
      programs.set(name, await loadProgram(name));
    }
    for (const stack of new Set([...programs.values()].map(stackOf))) {
      const taking = [...programs.values()].filter((program) => stackOf(program) === stack);
      const all = async () => {
        for (const program of taking) {
          await program.run();
        }
      };
      runs.set(stack, await lab.run(stack, "preview", all));
    }
  });

  it("are 40 or more, and nothing but policies stops them", () => {
    expect(PROGRAM_NAMES.length).toBeGreaterThanOrEqual(40);
    for (const [stack, { ok, faults }] of runs) {
      const refused = [...programs.values()].some((one) => stackOf(one) === stack && refuses(one.expected));
      expect({ stack, ok, faults }).toEqual({ stack, ok: !refused, faults: [] });
    }
  });

  it("have no finding on a resource that is none of theirs", () => {
    const reported = [...runs.values()].flatMap((run) => run.reported);
    expect(reported.filter(({ resource }) => ownerOf(resource, PROGRAM_NAMES) === undefined)).toEqual([]);
  });

  it.each(PROGRAM_NAMES)("%s", (name) => {
    const program = programs.get(name);
    const run = program && runs.get(stackOf(program));
    expect(run).toBeDefined();
    expect(differences(program?.expected ?? [], run ? reportedOf(run, name, PROGRAM_NAMES) : [])).toEqual([]);
  });
});

const STACKS = [...new Set(ALL_SCENARIOS.map(({ stack }) => stack))];

interface Ran {
  readonly run: Run;
  readonly refused: boolean;
  /** What the error of one that cannot even begin says. */
  readonly stops: readonly string[];
}

/** The n-th steps of scenarios that share a stack are one preview and one update: an engine's start is what takes the time. */
async function runStack(stack: string): Promise<ReadonlyMap<string, Ran>> {
  const scenarios = ALL_SCENARIOS.filter((one) => one.stack === stack);
  const programs = new Map<string, ScenarioProgram>();
  for (const scenario of scenarios) {
    programs.set(scenario.name, await loadScenarioProgram(scenario));
  }
  const runs = new Map<string, Ran>();
  for (let round = 0; round < Math.max(...scenarios.map(({ steps }) => steps.length)); round++) {
    for (const operation of ["preview", "up"] as const) {
      const taking = scenarios.filter(({ steps }) => steps[round]?.operation === operation);
      if (taking.length > 0) {
        const all = () => taking.forEach(({ name }) => programs.get(name)?.(round));
        const run = await lab.run(stack, operation, all, { config: mergedConfig(taking, round) });
        const refused = taking.some(({ steps }) => refuses(steps[round]?.expected ?? []));
        const stops = taking.flatMap(({ steps }) => steps[round]?.stops ?? []);
        runs.set(`${round} ${operation}`, { run, refused, stops });
      }
    }
  }
  return runs;
}

describe.each(STACKS)("scenarios on the stack %s", (stack) => {
  const scenarios = ALL_SCENARIOS.filter((one) => one.stack === stack);
  const names = scenarios.map(({ name }) => name);
  let runs: ReadonlyMap<string, Ran>;
  beforeAll(async () => {
    runs = await lab.atOnce(STACKS, stack, runStack);
  });

  it("are stopped by nothing but policies", () => {
    for (const [which, { run, refused, stops }] of runs) {
      expect(stops.length > 0 ? [] : run.faults, which).toEqual([]);
      expect(run.ok, which).toBe(!refused && stops.length === 0);
      stops.forEach((words) => expect(run.faults.join("\n"), which).toContain(words));
    }
  });

  it.each(
    scenarios.flatMap(({ name, steps }) =>
      steps.map((step, round) => ({ name, round, number: round + 1, ...step })),
    ),
  )("$name, step $number: $operation", ({ name, round, operation, expected }) => {
    const ran = runs.get(`${round} ${operation}`);
    expect(ran).toBeDefined();
    expect(differences(expected, ran ? reportedOf(ran.run, name, names) : [])).toEqual([]);
  });
});

describe("the configuration that docs/policies.md shows", () => {
  it("is taken", async () => {
    const page = fs.readFileSync(path.join(__dirname, "../../docs/policies.md"), "utf8");
    const shown = /<!-- config -->\n\n```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const run = await lab.run("own", "preview", () => server("documented", undefined), {
      config: JSON.parse(shown) as Record<string, unknown>,
    });
    expect(run).toMatchObject({ ok: true, faults: [] });
  });
});

describe("a pack of one's own, made of the class", () => {
  it("has the levels and settings of its arguments", async () => {
    const run = await lab.run(
      "own",
      "preview",
      () => server("own-pack-api", "#!/bin/sh\nsysctl -w net.core.somaxconn=4096\n"),
      { pack: path.join(__dirname, "support", "own-pack") },
    );
    expect(
      differences(
        [
          {
            policy: "backlog-within-limits",
            resource: "own-pack-api",
            level: "mandatory",
            says: ["api", "2048", "1024"],
          },
          {
            policy: "backlog-survives-reboot",
            resource: "own-pack-api",
            level: "advisory",
            says: ["net.core.somaxconn", "4096"],
          },
        ],
        run.reported,
      ),
    ).toEqual([]);
    expect(run).toMatchObject({ ok: false, faults: [] });
  });
});

/** The stacks of scenarios stand since these. */
describe("what an update has refused", () => {
  it("is not created, and what it waited for is", () => {
    const state = lab.stateOnDisk("unknown-then-refused");
    expect(state).toContain("::unknown-then-refused-files");
    expect(state).not.toContain("::unknown-then-refused-api");
  });
});

describe("what a remediation has made", () => {
  it("is a task with the somaxconn that it needs, and all else as it was", async () => {
    const { containerDefinitions } = await lab.inputsOf("configured", "remediated-task-cache");
    expect(JSON.parse(String(containerDefinitions))).toEqual([
      {
        name: "redis",
        image: "redis:7",
        environment: [{ name: "PASSWORD", value: `${PLANTED}-of-remediated` }],
        systemControls: [{ namespace: "net.core.somaxconn", value: "8192" }],
      },
    ]);
  });

  it("is user data that keeps the user's own and applies its value at the first boot", async () => {
    const { userData } = await lab.inputsOf("configured", "remediated-server-api");
    expect(userData).toContain(`\nexport TOKEN=${PLANTED}-of-remediated-server\n`);
    expect(readUserData(String(userData)).live).toContainEqual(
      expect.objectContaining({ key: "net.core.somaxconn", value: "16384" }),
    );
  });

  it("is still a secret", () => {
    expect(lab.stateOnDisk("configured")).not.toContain(PLANTED);
  });
});

describe("what users keep to themselves", () => {
  it("is in no output of any engine so far", () => {
    expect(lab.output).toContain("somaxconn-covers-backlog");
    expect(lab.output.split("\n").filter((line) => line.includes(PLANTED))).toEqual([]);
  });
});
