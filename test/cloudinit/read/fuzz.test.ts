import { describe, expect, it } from "vitest";
import { USER_DATA_LIMIT, READ_LIMIT } from "../../../cloudinit/limits";
import { readAndCount, type Costed } from "../../../cloudinit/read/read";
import { FAMILIES, repeatedSample } from "./support/hostile";
import { mutant, mutated, numbers, SAMPLES } from "./support/mutate";
import { SECRET, secretive } from "./support/secrets";

/** Inputs in the test command; LISTEN_BACKLOG_CAMPAIGN=N asks for N of them from a seed of the day instead. */
const INPUTS = 4000;
const SEED = 20_240_612;
const campaign = Number(process.env["LISTEN_BACKLOG_CAMPAIGN"] ?? "0");
const seedGiven = process.env["LISTEN_BACKLOG_SEED"];
const seed = seedGiven !== undefined ? Number(seedGiven) : campaign > 0 ? Date.now() % 2 ** 31 : SEED;
const inputs = campaign > 0 ? campaign : INPUTS;

/**
 * Reads, and holds the reading against everything that must hold of any.
 *
 * @param damaged a secret may have become a part of a name, and names of files and keys are shown
 */
function checked(text: string, name: string, damaged = true): Costed {
  let costed;
  try {
    costed = readAndCount(text);
  } catch (cause) {
    throw new Error(`${name} made the reader throw: ${shown(text)}`, { cause });
  }
  const wrong = wrongWith(costed, damaged);
  if (wrong !== undefined) {
    throw new Error(`${name}: ${wrong}: ${shown(text)}`);
  }
  return costed;
}

const NAMES = new Set(["file", "key", "subject"]);

const shown = (text: string): string =>
  JSON.stringify(text.length > 4000 ? `${text.slice(0, 4000)}...` : text);

function wrongWith({ reading, spent, allowed }: Costed, damaged: boolean): string | undefined {
  const { live, persisted, backlogs, containers, unknown } = reading;
  const reasons = unknown.map(({ reason }) => reason);
  if (reasons.includes("reader-error")) {
    return "the reader failed";
  }
  if (spent > allowed) {
    return "more was spent than there is";
  }
  if (reasons.includes("too-much-to-follow") && unknown.length > 1) {
    return "something was found, and then it was too much";
  }
  for (const { key } of [...live, ...persisted, ...containers]) {
    if (!/^[\x20-\x7e]+$/.test(key)) {
      return `the key ${JSON.stringify(key)}`;
    }
  }
  for (const { value } of [...live, ...persisted, ...containers]) {
    if (value !== undefined && !/^[-\d \t,]+$|^[a-z][a-z0-9_ ]*$/.test(value)) {
      return "a value that may be anything";
    }
  }
  for (const { value } of backlogs) {
    if (!Number.isSafeInteger(value) || value < 0) {
      return `the backlog ${value}`;
    }
  }
  if (unknown.some(({ part, line }) => part < 1 || line < 1)) {
    return "a place that is none";
  }
  const said = JSON.stringify(reading, (name, value: unknown) =>
    damaged && NAMES.has(name) ? undefined : value,
  );
  return said.includes(SECRET) ? "a secret is shown" : undefined;
}

/** The best of a few, which other processes delay the least. */
function timeOf(text: string): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    readAndCount(text);
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe("mutated user data", () => {
  it(
    `never makes the reader throw, fail or show a secret: ${inputs} inputs`,
    () => {
      const next = numbers(seed);
      let known = 0;
      let unknown = 0;
      let costliest = { ms: 0, length: 0, count: 0, share: 0 };
      const started = performance.now();
      for (let count = 0; count < inputs; count++) {
        const whole = count % 4 === 0;
        const text = whole
          ? secretive(next)
          : count % 4 === 1
            ? mutated(secretive(next), next)
            : mutant(next);
        const { reading, spent, allowed } = checked(text, `seed ${seed}, input ${count}`, !whole);
        if (spent / allowed > costliest.share) {
          costliest = { share: spent / allowed, length: text.length, count, ms: timeOf(text) };
        }
        known += Number(reading.live.length + reading.persisted.length + reading.backlogs.length > 0);
        unknown += Number(reading.unknown.length > 0);
      }
      console.log(
        `mutated user data: ${inputs} inputs in ${((performance.now() - started) / 1000).toFixed(0)} s, LISTEN_BACKLOG_SEED=${seed}, ` +
          `${known} with readings; costliest: input ${costliest.count} of ${costliest.length} characters, ` +
          `${(costliest.share * 100).toFixed(0)} % of its budget, ${costliest.ms.toFixed(1)} ms`,
      );
      // Inputs that all break at the first character would prove nothing.
      expect(known).toBeGreaterThan(inputs / 6);
      expect(unknown).toBeGreaterThan(inputs / 4);
    },
    60_000 + inputs * 5,
  );
});

describe("user data with secrets", () => {
  it("is read for what it sets: secrets that nothing is found beside would prove nothing", () => {
    const next = numbers(SEED);
    const readings = Array.from({ length: 300 }, () => checked(secretive(next), "secrets", false).reading);
    expect(
      readings.filter(({ live, persisted }) => live.length + persisted.length > 0).length,
    ).toBeGreaterThan(60);
    expect(readings.filter(({ conflicts }) => conflicts.length > 0).length).toBeGreaterThan(20);
    expect(readings.filter(({ unknown }) => unknown.length > 0).length).toBeGreaterThan(60);
  });
});

describe("user data as long as any that is read", () => {
  const step = campaign > 0 ? 1 : 8;
  const some = <T>(all: readonly T[]): T[] => all.filter((_, index) => index % step === 0);
  const near = (size: number): string[] => [
    ...some(Object.values(FAMILIES)).map((family) => family(size).slice(0, size)),
    ...some(some(SAMPLES.map((_, index) => index))).map((index) => repeatedSample(index, size)),
  ];

  it(
    "is read within the budget, or is one unknown",
    () => {
      for (const text of near(READ_LIMIT)) {
        const { reading } = checked(text, `of ${text.length} characters`);
        expect(reading.unknown.map(({ reason }) => reason)).not.toContain("too-long");
      }
      const next = numbers(SEED);
      for (let count = 0; count < 20; count++) {
        const body = mutant(next);
        checked((body === "" ? "x" : body).repeat(READ_LIMIT).slice(0, READ_LIMIT), "a mutant, repeated");
      }
    },
    300_000,
  );

  it.each([READ_LIMIT + 1, 10_000_000])("is not read where it has %i characters", (size) => {
    for (const text of near(USER_DATA_LIMIT)) {
      const { reading, spent } = checked(text.padEnd(size, "\n"), `of ${size} characters`);
      expect(reading.unknown).toEqual([{ reason: "too-long", part: 1, line: 1 }]);
      expect(spent).toBe(0);
    }
  });
}); // prettier-ignore
