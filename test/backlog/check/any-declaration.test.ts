import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CATALOGUE,
  checkBacklog,
  formatFinding,
  RELISTEN,
  resolveDeclaration,
  RULES,
  validateDeclaration,
  validatePlatform,
  type BacklogDeclaration,
  type Finding,
  type Platform,
} from "../../../backlog";
import { recommendBacklog } from "../../../backlog/sizing";

const number = fc.oneof(
  fc.nat({ max: 2147483647 }),
  fc.constantFrom(0, 1, 4, 5, 128, 511, 4096, 65535, 65536, 2147483647),
);
const positive = number.map((n) => Math.max(n, 1));
const rate = fc.double({ min: 1e-6, max: 1e7, noNaN: true });

/** A service with everything but a port, which its place in the list gives. */
const service = fc.record(
  {
    software: fc.option(fc.constantFrom(...CATALOGUE.map((entry) => entry.software)), { nil: undefined }),
    backlog: fc.option(number, { nil: undefined }),
    unit: fc.constantFrom(undefined, "a.service", "a@1.socket"),
    relisten: fc.constantFrom(undefined, ...RELISTEN),
  },
  { requiredKeys: ["software"] },
);

const declarations: fc.Arbitrary<BacklogDeclaration> = fc
  .record(
    {
      services: fc.array(service, { minLength: 1, maxLength: 6 }).map((services) =>
        services.map((given, i) => ({
          ...given,
          name: `s${i}`,
          port: 1000 + i,
          backlog: given.backlog ?? (given.software === undefined ? 1024 : undefined),
          unit:
            given.unit ??
            (given.relisten === undefined || given.relisten === "none" ? undefined : "a.service"),
        })),
      ),
      settings: fc.record(
        {
          somaxconn: positive,
          tcpMaxSynBacklog: positive,
          tcpSyncookies: fc.constantFrom(0, 1, 2),
          extra: fc.constantFrom({ "net.ipv4.tcp_timestamps": 0 }, { "vm.swappiness": 1 }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["services"] },
  )
  .map((input) => {
    const { declaration, problems } = validateDeclaration(input);
    if (declaration === undefined) {
      throw new TypeError(JSON.stringify(problems));
    }
    return declaration;
  });

const container = fc.record({ somaxconn: positive }, { requiredKeys: [] });
const platforms: fc.Arbitrary<Platform> = fc.record(
  {
    kernel: fc.constantFrom("2.6.32", "3.10.0-1160.el7", "4.1", "4.14.336", "5.10", "6.12.0"),
    environment: fc.constantFrom("production" as const, "test" as const),
    memoryBytes: fc.integer({ min: 1, max: 2 ** 40 }),
    largestBacklog: positive,
    container,
    services: fc.dictionary(
      fc.nat({ max: 6 }).map((i) => `s${i}`),
      fc.record(
        {
          acceptRate: rate,
          latencyBudgetSeconds: fc.double({ min: 1e-6, max: 3600, noNaN: true }),
          openFiles: fc.integer({ min: 1, max: 2147483584 }),
          directive: fc.constantFrom("present" as const, "absent" as const, "unknown" as const),
          configuredBacklog: number,
          somaxconnAtStart: fc.integer({ min: 1, max: 2147483647 }),
          startedBy: fc.constantFrom("command" as const, "package" as const, "package-if-debian" as const),
          container,
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: [] },
);

const WEIGHT = { error: 2, warning: 1, info: 0 };
const order = (finding: Finding) => RULES.findIndex(({ id }) => id === finding.rule);

describe("any declaration that passes validation, in any place", () => {
  it("is judged without an exception, by known rules, in their order, in printable text on one line", () => {
    const provoked = new Set<string>();
    fc.assert(
      fc.property(declarations, platforms, (declaration, platform) => {
        expect(validatePlatform(platform)).toEqual([]);
        const resolved = resolveDeclaration(declaration);
        const found = checkBacklog(resolved, platform);
        expect(checkBacklog(resolved, structuredClone(platform))).toEqual(found);
        const orders = found.map(order);
        expect(orders).not.toContain(-1);
        expect(orders).toEqual([...orders].sort((a, b) => a - b));
        for (const finding of found) {
          provoked.add(finding.rule);
          const most = RULES[order(finding)]?.severity ?? "info";
          expect(WEIGHT[finding.severity]).toBeLessThanOrEqual(WEIGHT[most]);
          for (const text of Object.values(finding)) {
            expect(text).toMatch(/^[\x20-\x7e]+$/);
          }
          expect(finding.cause).toMatch(/\.$/);
          expect(formatFinding(finding)).not.toMatch(/undefined|NaN|\{(backlog|port)\b(?!,)/);
        }
        const keys = found.map(({ rule, subject }) => `${rule} ${subject}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 1000 },
    );
    // The generator is worth something only if it finds its way to every rule that a valid declaration can break.
    expect([...provoked].sort()).toEqual(
      RULES.map(({ id }) => id)
        .filter((id) => id !== "values-in-range")
        .sort(),
    );
  });

  it.each(CATALOGUE.map((entry) => [entry.software, entry] as const))(
    "%s as it is by default has no error, and nothing that a declared somaxconn would cause",
    (software, entry) => {
      const port = entry.defaultPort ?? 1234;
      const found = checkBacklog(resolveDeclaration({ services: [{ name: software, port }] }));
      expect(found.map(({ rule }) => rule)).toEqual([]);
    },
  );

  it("keeps the order of the services within a rule", () => {
    fc.assert(
      fc.property(declarations, platforms, (declaration, platform) => {
        const names = declaration.services.map(({ name }) => name);
        const places = new Map<string, number>();
        for (const { rule, subject } of checkBacklog(resolveDeclaration(declaration), platform)) {
          const place = names.indexOf(subject);
          expect(place).toBeGreaterThanOrEqual(places.get(rule) ?? -1);
          places.set(rule, place);
        }
      }),
    );
  });

  it("has nothing to say of the wait and the memory of what sizing calls the largest that helps", () => {
    const load = fc.record({
      arrivalRate: fc.constant(1),
      acceptRate: fc.double({ min: 10, max: 1e5, noNaN: true }),
      stallSeconds: fc.double({ min: 0, max: 1, noNaN: true }),
      latencyBudgetSeconds: fc.double({ min: 1, max: 60, noNaN: true }),
      memoryBytes: fc.integer({ min: 2688, max: 2 ** 30 }),
    });
    const rules = ["full-queues-fit-memory", "queue-wait-fits-latency-budget"];
    fc.assert(
      fc.property(load, ({ memoryBytes, ...rest }) => {
        const { largest } = recommendBacklog({ ...rest, memoryBytes });
        const { acceptRate, latencyBudgetSeconds } = rest;
        const platform = { memoryBytes, services: { api: { acceptRate, latencyBudgetSeconds } } };
        const foundWith = (backlog: number) =>
          checkBacklog(resolveDeclaration({ services: [{ name: "api", port: 80, backlog }] }), platform)
            .map(({ rule }) => rule)
            .filter((rule) => rules.includes(rule));
        expect(foundWith(largest)).toEqual([]);
        expect(foundWith(largest + 1)).not.toEqual([]);
      }),
    );
  });
});
