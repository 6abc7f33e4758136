import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  mergeBoot,
  mergeFile,
  mergeProcpsSystem,
  type MergeResult,
  type SysctlTree,
} from "../../backlog/sysctld";
import type { Values } from "./support/namespace-driver";
import { SysctldJudge, type Verdict } from "./support/sysctld-judge";
import { SINGLE_FILE, treeWithFile, WATCHED_KEYS } from "./support/sysctld-trees";
import { SYSCTLD_CASES } from "./support/sysctld-cases";

/** Trees in the test command; LISTEN_BACKLOG_CAMPAIGN=N asks for N trees from a seed of the day instead. */
const TREES = 2000;
const SEED = 20_240_607;
const campaign = Number(process.env["LISTEN_BACKLOG_CAMPAIGN"] ?? "0");
const seedGiven = process.env["LISTEN_BACKLOG_SEED"];
const seed = seedGiven !== undefined ? Number(seedGiven) : campaign > 0 ? Date.now() % 2 ** 31 : SEED;
const numRuns = campaign > 0 ? campaign : TREES;
const MINUTE = 60_000;

let judge: SysctldJudge;
let knownKeys: string[];
let initial: Values;

beforeAll(async () => {
  judge = new SysctldJudge(WATCHED_KEYS);
  knownKeys = await judge.keys();
  initial = (await judge.judge([{ path: SINGLE_FILE, kind: "file", text: "" }], SINGLE_FILE)).boot;
});

afterAll(() => judge.close());

/** What the model says that the watched keys are after each tool, the kernel itself deciding about each value. */
async function predict(tree: SysctlTree, single: string): Promise<Verdict> {
  const one = { path: SINGLE_FILE, text: single };
  const merges = (accepts: (key: string, value: string) => boolean): MergeResult[] => [
    mergeBoot(tree, { knownKeys, accepts }),
    mergeProcpsSystem(tree, { knownKeys, accepts }),
    mergeFile(one, { knownKeys, accepts }),
  ];
  const writes: [string, string][] = [];
  merges((key, value) => {
    if ((WATCHED_KEYS as readonly string[]).includes(key)) writes.push([key, value]);
    return true;
  });
  await judge.tryWrites(writes);
  const [boot, system, file] = merges((key, value) => judge.triedWrite(key, value)?.accepted ?? true).map(
    valuesOf,
  );
  if (boot === undefined || system === undefined || file === undefined) throw new Error("unreachable");
  return { boot, system, file };
}

function valuesOf(result: MergeResult): Values {
  return Object.fromEntries(
    WATCHED_KEYS.map((key) => {
      const winner = result.keys[key]?.winner;
      const value = winner === undefined ? initial[key] : judge.triedWrite(key, winner.value)?.after;
      return [key, value ?? `no value for ${key}`];
    }),
  );
}

describe("the merge of sysctl.d against systemd-sysctl and sysctl", () => {
  it("sees every watched key in the namespace", () => {
    expect(knownKeys).toEqual(expect.arrayContaining([...WATCHED_KEYS]));
  });

  it.each(SYSCTLD_CASES)("$name", async ({ tree, boot, system }) => {
    const all: SysctlTree = [...tree, { path: SINGLE_FILE, kind: "file", text: "" }];
    const real = await judge.judge(all, SINGLE_FILE);
    expect({ boot: real.boot, system: real.system }).toEqual({
      boot: { ...initial, ...boot },
      system: { ...initial, ...system },
    });
    expect(await predict(all, "")).toEqual(real);
  });

  it(
    `agrees on ${numRuns} generated trees`,
    async () => {
      console.log(`sysctld: ${numRuns} trees, LISTEN_BACKLOG_SEED=${seed}`);
      let differing = 0;
      let set = 0;
      await fc.assert(
        fc.asyncProperty(treeWithFile, async ({ tree, single }) => {
          const real = await judge.judge(tree, SINGLE_FILE);
          expect(await predict(tree, single)).toEqual(real);
          if (JSON.stringify(real.boot) !== JSON.stringify(real.system)) differing++;
          if (WATCHED_KEYS.some((key) => real.boot[key] !== initial[key])) set++;
        }),
        { seed, numRuns },
      );
      console.log(`sysctld: ${set} trees set something at boot; in ${differing} the two tools differ`);
      // The comparison says something only if the trees do set keys, and only if the two tools can be told apart.
      // (A handful of trees, asked for by hand, may well all be silent.)
      expect(set).toBeGreaterThan(numRuns / 4 - 50);
      expect(differing).toBeGreaterThan(numRuns / 4 - 50);
    },
    5 * MINUTE + numRuns * 100,
  );
});
