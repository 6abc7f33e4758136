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
  type Scenario,
  type ScenarioProgram,
} from "../policies/support/load";
import { server } from "../policies/support/server";
import { PolicyLab, type Run } from "./support/policy-lab";

const lab = new PolicyLab();
beforeAll(() => lab.start());
afterAll(() => lab.stop());

const refuses = (expected: readonly Expected[]) => expected.some(({ level }) => level === "mandatory");

/** What was reported of one of several that share a stack. A report on the stack itself names whom it is about. */
const reportedOf = (run: Run, name: string, names: readonly string[]) =>
  run.reported.filter(
    ({ resource, message }) =>
      (ownerOf(resource, names) ?? names.find((each) => message.includes(`${each}-`))) === name,
  );

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
    expect(run).toMatchObject({ ok: false, faults: [] });
  });

  it("have no finding on a resource that is none of theirs", () => {
    expect(run.reported.filter(({ resource }) => ownerOf(resource, PROGRAM_NAMES) === undefined)).toEqual([]);
  });

  it.each(PROGRAM_NAMES)("%s", (name) => {
    expect(differences(programs.get(name)?.expected ?? [], reportedOf(run, name, PROGRAM_NAMES))).toEqual([]);
  });
});

const PLAIN = "without configuration";
const CONFIGURED = "with configuration";
const isConfigured = ({ steps }: Scenario) => steps.length > 2 || steps.some(({ config }) => config);

/** The n-th steps of scenarios that share a stack are one preview and one update: an engine's start is what takes the time. */
describe.each([
  [PLAIN, ALL_SCENARIOS.filter((one) => !one.alone && !isConfigured(one))],
  [CONFIGURED, ALL_SCENARIOS.filter((one) => !one.alone && isConfigured(one))],
])("scenarios on one stack, %s", (stack, scenarios) => {
  const names = scenarios.map(({ name }) => name);
  const rounds = Math.max(...scenarios.map(({ steps }) => steps.length));
  const runs = new Map<string, { readonly run: Run; readonly refused: boolean }>();
  const programs = new Map<string, ScenarioProgram>();
  beforeAll(async () => {
    for (const scenario of scenarios) {
      programs.set(scenario.name, await loadScenarioProgram(scenario));
    }
    for (let round = 0; round < rounds; round++) {
      for (const operation of ["preview", "up"] as const) {
        const taking = scenarios.filter(({ steps }) => steps[round]?.operation === operation);
        if (taking.length > 0) {
          const all = () => taking.forEach(({ name }) => programs.get(name)?.(round));
          const run = await lab.run(stack, operation, all, { config: mergedConfig(taking, round) });
          const refused = taking.some(({ steps }) => refuses(steps[round]?.expected ?? []));
          runs.set(`${round} ${operation}`, { run, refused });
        }
      }
    }
  });

  it("are stopped by nothing but policies", () => {
    for (const [which, { run, refused }] of runs) {
      expect(run, which).toMatchObject({ ok: !refused, faults: [] });
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

describe("scenarios on a stack of their own", () => {
  it.each(ALL_SCENARIOS.filter(({ alone }) => alone).map((scenario) => [scenario.name, scenario] as const))(
    "%s",
    async (name, scenario) => {
      const program = await loadScenarioProgram(scenario);
      for (const [round, { operation, expected, stops }] of scenario.steps.entries()) {
        const config = mergedConfig([scenario], round);
        const run = await lab.run(name, operation, () => program(round), { config });
        if (stops !== undefined) {
          expect(run.ok).toBe(false);
          for (const words of stops) {
            expect(run.faults.join("\n")).toContain(words);
          }
        } else {
          expect(differences(expected, run.reported), `step ${round + 1}`).toEqual([]);
          expect(run).toMatchObject({ ok: !refuses(expected), faults: [] });
        }
      }
    },
  );
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

/** Their stack stands since their scenarios. */
describe("what a remediation has made", () => {
  it("is a task with the somaxconn that it needs, and all else as it was", async () => {
    const { containerDefinitions } = await lab.inputsOf(CONFIGURED, "remediated-task-cache");
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
    const { userData } = await lab.inputsOf(CONFIGURED, "remediated-server-api");
    expect(userData).toContain(`\nexport TOKEN=${PLANTED}-of-remediated-server\n`);
    expect(readUserData(String(userData)).live).toContainEqual(
      expect.objectContaining({ key: "net.core.somaxconn", value: "16384" }),
    );
  });

  it("is still a secret", () => {
    expect(lab.stateOnDisk(CONFIGURED)).not.toContain(PLANTED);
  });
});

describe("what users keep to themselves", () => {
  it("is in no output of any engine so far", () => {
    expect(lab.output).toContain("somaxconn-covers-backlog");
    expect(lab.output.split("\n").filter((line) => line.includes(PLANTED))).toEqual([]);
  });
});
