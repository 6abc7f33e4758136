// tsx bench/read-user-data.ts: user data that is made to take long must be read in linear time, and 16 KB of any in under 50 ms.
//
// Every family of hostile inputs (test/cloudinit/read/support/hostile.ts), every piece that means something to a reader, pairs of them,
// and every sample is brought to 16 KB. The slowest are measured again, and so is every family at twice and four times the size. What a
// machine makes of it is told by the floor: JSON.parse of the same number of bytes, in the same run.
import { readUserData } from "../cloudinit";
import { USER_DATA_LIMIT } from "../cloudinit/limits";
import { FAMILIES, filled, HEADS, repeatedSample } from "../test/cloudinit/read/support/hostile";
import { PIECES, SAMPLES } from "../test/cloudinit/read/support/mutate";

/** For 16 KB. */
const BOUND_MS = 50;
/** For four times the text: 4 is linear, 16 quadratic. */
const BOUND_GROWTH = 10;
/** What takes less than this is noise, and no growth of it says anything. */
const QUIET_MS = 2;
const SHOWN = 12;

interface Input {
  readonly name: string;
  readonly text: string;
}

interface Timed extends Input {
  readonly ms: number;
}

/**
 * The best of some rounds, by the clock or by the processor's time: other processes can only make either longer. Ends early once it is
 * below the limit.
 */
function time(run: () => void, rounds: number, enough = 0): number {
  let best = Infinity;
  for (let round = 0; round < rounds && best > enough; round++) {
    const used = process.cpuUsage();
    const start = performance.now();
    run();
    const passed = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    best = Math.min(best, passed, (user + system) / 1000);
  }
  return best;
}

const reading = (text: string) => () => {
  readUserData(text);
};

/** What the fastest parser that there is takes for as many bytes of the densest text that it knows. */
function floor(bytes: number): number {
  const dense = Buffer.from(`[${'"",'.repeat(bytes / 3)}0]`);
  return time(() => {
    JSON.parse(dense.toString("utf8"));
  }, 200);
}

function inputs(size: number): Input[] {
  const families = Object.entries(FAMILIES).map(([name, family]) => ({ name, text: family(size) }));
  const pieces = Object.entries(HEADS).flatMap(([kind, head]) =>
    PIECES.flatMap((piece, index) =>
      // A neighbour in the list makes a pair: all pairs would take an hour.
      [piece, piece + (PIECES[(index * 7 + 3) % PIECES.length] ?? "")].map((unit) => ({
        name: `${kind}: ${JSON.stringify(unit)}`,
        text: filled(head, unit, size),
      })),
    ),
  );
  const samples = SAMPLES.map((_, index) => ({
    name: "a sample, repeated",
    text: repeatedSample(index, size),
  }));
  return [...families, ...pieces, ...samples];
}

function slowestOf(all: readonly Input[]): Timed[] {
  const once = all.map((input) => ({ ...input, ms: time(reading(input.text), 2) }));
  return once
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SHOWN)
    .map((input) => ({ ...input, ms: time(reading(input.text), 25, BOUND_MS / 4) }))
    .sort((a, b) => b.ms - a.ms);
}

/** How much longer four times the text takes, and how the two doublings share in it. */
function growths(): {
  readonly name: string;
  readonly doubling: readonly number[];
  readonly growth: number;
}[] {
  return Object.entries(FAMILIES).map(([name, family]) => {
    const measure = (rounds: number): readonly number[] =>
      [1, 2, 4].map((times) => time(reading(family(USER_DATA_LIMIT * times)), rounds));
    const growth = ([one = 0, , four = 0]: readonly number[]): number => four / Math.max(one, QUIET_MS);
    let found = measure(3);
    if (growth(found) > BOUND_GROWTH) {
      found = measure(15);
    }
    const [one = 0, two = 0, four = 0] = found;
    return { name, doubling: [two / one, four / two], growth: growth(found) };
  });
}

function main(): void {
  for (const sample of SAMPLES) {
    time(reading(sample), 20);
  }
  const all = inputs(USER_DATA_LIMIT);
  const slowest = slowestOf(all);
  const base = floor(USER_DATA_LIMIT);
  for (const { name, ms } of slowest) {
    console.log(
      `${ms.toFixed(1).padStart(6)} ms  ${(ms / base).toFixed(0).padStart(5)} x floor  ${name.slice(0, 90)}`,
    );
  }
  const worst = slowest[0]?.ms ?? Infinity;
  console.log(
    `${all.length} inputs of ${USER_DATA_LIMIT} characters: slowest ${worst.toFixed(1)} ms (bound ${BOUND_MS}), ${(worst / base).toFixed(0)} times the floor of ${base.toFixed(3)} ms\n`,
  );
  const grown = growths();
  for (const { name, doubling, growth } of grown) {
    const [first = 0, second = 0] = doubling;
    console.log(
      `x${first.toFixed(1).padStart(4)} x${second.toFixed(1).padStart(4)}  ${name}${growth > BOUND_GROWTH ? "  OVER THE BOUND" : ""}`,
    );
  }
  const steepest = Math.max(...grown.map(({ growth }) => growth));
  console.log(
    `time for twice and again twice the text; steepest x${steepest.toFixed(1)} for four times (bound x${BOUND_GROWTH})`,
  );
  process.exitCode = worst > BOUND_MS || steepest > BOUND_GROWTH ? 1 : 0;
}

main();
