import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readUserData } from "../../cloudinit";
import { SURPRISES } from "../cloudinit/read/support/surprises";
import { userData, WATCHED_KEYS } from "./support/user-data/generate";
import type { Values } from "./support/namespace-driver";
import { UserDataJudge } from "./support/user-data/judge";

/** Documents in the test command; LISTEN_BACKLOG_CAMPAIGN=N asks for N of them from a seed of the day instead. */
const DOCUMENTS = 150;
const SEED = 20_240_611;
const campaign = Number(process.env["LISTEN_BACKLOG_CAMPAIGN"] ?? "0");
const seedGiven = process.env["LISTEN_BACKLOG_SEED"];
const seed = seedGiven !== undefined ? Number(seedGiven) : campaign > 0 ? Date.now() % 2 ** 31 : SEED;
const numRuns = campaign > 0 ? campaign : DOCUMENTS;

let judge: UserDataJudge;
let initial: Values;

beforeAll(async () => {
  judge = new UserDataJudge(WATCHED_KEYS);
  initial = (await judge.judge("#!/bin/sh\n")).live;
});

afterAll(() => judge.close());

const UNDECIDED = "undecided";

/** What the reader says that each key has after the first boot and after the next; a key that it does not name keeps its value. */
function predict(text: string): { live: Record<string, string>; next: Record<string, string> } {
  const { live, persisted, unknown } = readUserData(text);
  const open = (key: string): boolean =>
    unknown.some(({ subject }) => subject === undefined || subject === key);
  const of = (
    readings: readonly { readonly key: string; readonly value: string }[],
  ): Record<string, string> =>
    Object.fromEntries(
      WATCHED_KEYS.map((key) => {
        const reading = readings.find((one) => one.key === key);
        return [key, reading?.value ?? (open(key) ? UNDECIDED : (initial[key] ?? ""))];
      }),
    );
  return { live: of(live), next: of(persisted) };
}

/** The kernel's answer, blanked where the reader does not decide. */
function where(decided: Record<string, string>, real: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(decided).map(([key, value]) => [key, value === UNDECIDED ? UNDECIDED : (real[key] ?? "")]),
  );
}

describe("the reader of user data against sh, sysctl and systemd-sysctl", () => {
  it(
    `agrees on ${numRuns} generated documents`,
    async () => {
      console.log(`user data: ${numRuns} documents, LISTEN_BACKLOG_SEED=${seed}`);
      let asked = 0;
      let decided = 0;
      let changed = 0;
      let differ = 0;
      await fc.assert(
        fc.asyncProperty(userData, async (text) => {
          const real = await judge.judge(text);
          const predicted = predict(text);
          expect(predicted).toEqual({
            live: where(predicted.live, real.live),
            next: where(predicted.next, real.next),
          });
          for (const key of WATCHED_KEYS) {
            asked += 2;
            decided += Number(predicted.live[key] !== UNDECIDED) + Number(predicted.next[key] !== UNDECIDED);
            changed += Number(real.live[key] !== initial[key] && predicted.live[key] !== UNDECIDED);
            differ += Number(
              real.live[key] !== real.next[key] &&
                predicted.live[key] !== UNDECIDED &&
                predicted.next[key] !== UNDECIDED,
            );
          }
        }),
        { seed, numRuns },
      );
      console.log(
        `user data: ${decided} of ${asked} values decided; ${changed} set at the first boot, ${differ} other after the next`,
      );
      // The comparison says something only if the reader decides, and only if there is something to decide.
      // (A handful of documents, asked for by hand, may well all be silent.)
      expect(decided).toBeGreaterThan(asked * 0.7 - 50);
      expect(changed).toBeGreaterThan(asked / 6 - 50);
      expect(differ).toBeGreaterThan(asked / 20 - 50);
    },
    120_000 + numRuns * 1000,
  );

  it.each(SURPRISES.map(({ name, userData: text }) => [name, text] as const))(
    "agrees on %s",
    async (_, text) => {
      const real = await judge.judge(text);
      const predicted = predict(text);
      expect(predicted).toEqual({
        live: where(predicted.live, real.live),
        next: where(predicted.next, real.next),
      });
    },
  );

  const samples = join(__dirname, "../cloudinit/read/samples");
  it.each([
    "script-function-main",
    "script-su-bash-c",
    "script-group-redirect",
    "cloud-config-number-order",
    "cloud-config-defer",
    "cloud-config-bootcmd-before-files",
    "script-echo-has-no-input",
    "mime-scripts-by-name",
    "mime-second-replaces-first",
    "sysctl-glob-load",
    "run-directory-is-lost",
    "script-written-script-is-run",
    "cloud-config-gzip-file",
    "script-value-refused",
    "script-loop",
    "function-for-each-setting",
    "loop-over-pairs-into-a-file",
    "loop-over-keys-in-proc",
    "mime-nested",
  ])("agrees on the sample %s", async (name) => {
    expect(readdirSync(samples)).toContain(`${name}.txt`);
    const text = readFileSync(join(samples, `${name}.txt`), "utf8");
    const real = await judge.judge(text);
    const predicted = predict(text);
    expect(predicted).toEqual({
      live: where(predicted.live, real.live),
      next: where(predicted.next, real.next),
    });
  });
});
