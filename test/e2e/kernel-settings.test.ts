import { beforeAll, describe, expect, it } from "vitest";
import { parseKernelVersion } from "../../backlog/kernel";
import { defaultFor, isPerNamespace, SETTINGS } from "../../backlog/settings";
import { measure, prepareKernelTests } from "./support/kernel/namespace";

interface Attempt {
  key: string;
  value: number;
  outcome: string;
  held: string;
  before: string;
}

interface Answer {
  kernel: string;
  present: Record<string, boolean>;
  fresh: Record<string, number>;
  attempts: Attempt[];
  inherited: { parent: number; child: number };
}

// Values go to Python as JSON numbers, which are exact here: namespaced keys are 32 bits wide.
const NAMESPACED = SETTINGS.filter((s) => isPerNamespace(s.key));
const ACCEPTED = NAMESPACED.flatMap((s) => [
  { key: s.key, value: Number(s.kernelMin) },
  { key: s.key, value: Number(s.kernelMax) },
  { key: s.key, value: s.min },
  { key: s.key, value: s.max },
]);
const REFUSED = NAMESPACED.flatMap((s) => [
  { key: s.key, value: Number(s.kernelMin) - 1 },
  { key: s.key, value: Number(s.kernelMax) + 1 },
]);

describe("settings on this kernel", () => {
  let found: Answer;

  beforeAll(async () => {
    await prepareKernelTests();
    found = await measure<Answer>("settings", {
      all: SETTINGS.map((s) => s.key),
      namespaced: NAMESPACED.map((s) => s.key),
      attempts: [...ACCEPTED, ...REFUSED],
    });
  });

  it("takes every value from kernelMin to kernelMax", () => {
    const accepted = found.attempts.slice(0, ACCEPTED.length);
    expect(accepted.map(({ key, value, outcome, held }) => ({ key, value, outcome, held }))).toEqual(
      ACCEPTED.map(({ key, value }) => ({ key, value, outcome: "ok", held: String(value) })),
    );
  });

  it("refuses what is outside with EINVAL, and keeps the old value", () => {
    const refused = found.attempts.slice(ACCEPTED.length);
    expect(refused).toHaveLength(REFUSED.length);
    for (const attempt of refused) {
      expect(attempt.outcome, `${attempt.key}=${attempt.value}`).toBe("EINVAL");
      expect(attempt.held).toBe(attempt.before);
    }
  });

  it("gives a new network namespace the kernel's default", () => {
    for (const { key } of NAMESPACED) {
      const expected = defaultFor(key, found.kernel);
      if (expected === undefined) {
        // tcp_max_syn_backlog follows the size of the hash table: max(128, entries / 128).
        expect(found.fresh[key], key).toBeGreaterThanOrEqual(128);
      } else {
        expect(found.fresh[key], key).toBe(expected);
      }
    }
  });

  it("does not let a namespace inherit somaxconn", () => {
    expect(found.inherited).toEqual({ parent: 123, child: defaultFor("somaxconn", found.kernel) });
  });

  it("shows no key of the host's network stack inside a namespace", () => {
    expect(parseKernelVersion(found.kernel)).toBeDefined();
    for (const { key, scope } of SETTINGS.filter((s) => s.key.startsWith("net."))) {
      expect(found.present[key], key).toBe(scope === "network-namespace");
    }
  });
});
