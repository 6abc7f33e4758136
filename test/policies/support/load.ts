import * as fs from "node:fs";
import * as path from "node:path";

import type { PolicyProgram } from "./expected";

const PROGRAMS = path.resolve(__dirname, "..", "programs");

/** All programs by name. */
export async function loadPrograms(): Promise<ReadonlyMap<string, PolicyProgram>> {
  const names = fs
    .readdirSync(PROGRAMS)
    .map((file) => file.replace(/\.ts$/, ""))
    .sort();
  const programs = await Promise.all(
    names.map(async (name): Promise<[string, PolicyProgram]> => {
      const { program } = (await import(path.join(PROGRAMS, `${name}.ts`))) as { program: PolicyProgram };
      return [name, program];
    }),
  );
  return new Map(programs);
}
