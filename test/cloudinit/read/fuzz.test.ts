import { describe, expect, it } from "vitest";
import { readUserData } from "../../../cloudinit";
import { mutant, numbers } from "./support/mutate";

/** Inputs in the test command; LISTEN_BACKLOG_CAMPAIGN=N asks for N of them from a seed of the day instead. */
const INPUTS = 4000;
const SEED = 20_240_612;
const campaign = Number(process.env["LISTEN_BACKLOG_CAMPAIGN"] ?? "0");
const seedGiven = process.env["LISTEN_BACKLOG_SEED"];
const seed = seedGiven !== undefined ? Number(seedGiven) : campaign > 0 ? Date.now() % 2 ** 31 : SEED;
const inputs = campaign > 0 ? campaign : INPUTS;
const SECRET = "s3cr3tT0ken";

describe("mutated user data", () => {
  it(
    `never makes the reader throw, or show the text: ${inputs} inputs`,
    () => {
      const next = numbers(seed);
      let known = 0;
      let unknown = 0;
      for (let count = 0; count < inputs; count++) {
        const text = mutant(next) + (count % 4 === 0 ? `\n${SECRET}\n` : "");
        let reading;
        try {
          reading = readUserData(text);
        } catch (cause) {
          throw new Error(`seed ${seed}, input ${count}: ${JSON.stringify(text)}`, { cause });
        }
        const { live, persisted, backlogs, conflicts } = reading;
        known += Number(live.length + persisted.length + backlogs.length > 0);
        unknown += Number(reading.unknown.length > 0);
        const said = [
          reading.unknown,
          backlogs,
          reading.applied,
          conflicts.map(({ why, subject, where, by }) => [why, subject, where, by?.file]),
        ];
        if (JSON.stringify(said).includes(SECRET)) {
          throw new Error(`seed ${seed}, input ${count} is shown: ${JSON.stringify(text)}`);
        }
        for (const { key } of [...live, ...persisted]) {
          if (!/^[\x20-\x7e]+$/.test(key)) {
            throw new Error(`seed ${seed}, input ${count} has the key ${JSON.stringify(key)}`);
          }
        }
        for (const { value } of backlogs) {
          if (!Number.isSafeInteger(value) || value < 0) {
            throw new Error(`seed ${seed}, input ${count} has the backlog ${value}`);
          }
        }
      }
      console.log(`mutated user data: ${inputs} inputs, LISTEN_BACKLOG_SEED=${seed}, ${known} with readings`);
      // Inputs that all break at the first character would prove nothing.
      expect(known).toBeGreaterThan(inputs / 6);
      expect(unknown).toBeGreaterThan(inputs / 4);
    },
    60_000 + inputs * 5,
  );
});
