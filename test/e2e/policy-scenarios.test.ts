import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { differences, PLANTED, type Reported } from "../policies/support/expected";
import { loadPrograms } from "../policies/support/load";
import { PolicyLab, type Run } from "./support/policy-lab";

const lab = new PolicyLab();
beforeAll(() => lab.start());
afterAll(() => lab.stop());

const programs = await loadPrograms();

describe("programs as people write them, in one preview", () => {
  let run: Run;
  beforeAll(async () => {
    run = await lab.run("preview", async () => {
      for (const { run: register } of programs.values()) {
        await register();
      }
    });
  });

  it("are all registered", () => {
    expect(run.faults).toEqual([]);
  });

  it.each([...programs.keys()])("%s", (name) => {
    const reported = run.reported.filter(({ resource }) => programOf(resource) === name);
    expect(differences(programs.get(name)?.expected ?? [], reported)).toEqual([]);
  });
});

/** Programs run in one stack: the name of a resource begins with the name of its program. */
function programOf(resource: string): string | undefined {
  return [...programs.keys()]
    .filter((name) => resource.startsWith(`${name}-`))
    .sort((a, b) => b.length - a.length)[0];
}
