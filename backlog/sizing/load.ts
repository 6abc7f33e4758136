import { showGiven, type InputProblem } from "../finding";

/** The load on one port, and what its clients and its host can bear. Plain numbers, so that it can come from configuration. */
export interface SizingInput {
  /** New connections per second at the peak, over all listeners. Above 0, up to 10,000,000. */
  readonly arrivalRate: number;
  /** Connections per second that the application accepts when nothing holds it up, over all listeners. Above 0, up to 10,000,000. */
  readonly acceptRate: number;
  /** Longest time without any `accept()`, in seconds: garbage collection, fork, reload, CPU quota. 0..3600. */
  readonly stallSeconds: number;
  /** Round trip to the slowest usual clients, in seconds: half-open connections last that long. 0..60; default 0.1. */
  readonly rttSeconds?: number;
  /**
   * Longest useful wait in the queue, in seconds. Above 0, up to 3600; default 1, because a dropped client is back after
   * 1 s: to wait longer than that is no better than to be dropped.
   */
  readonly latencyBudgetSeconds?: number;
  /** Kernel memory that full accept queues of this port may take, in bytes. From 1 up; default no limit. */
  readonly memoryBytes?: number;
  /** Sockets that share the port with SO_REUSEPORT. An integer, 1..4096; default 1. */
  readonly reuseportListeners?: number;
  /** Whether a balancer in front tries another server when this one does not answer. Default false. */
  readonly balancerRetriesElsewhere?: boolean;
}

/** {@link SizingInput} with every default filled in. */
export type Load = Required<Omit<SizingInput, "memoryBytes">> & { readonly memoryBytes: number };

interface NumberField {
  readonly allowed: string;
  readonly fix: string;
  readonly required?: boolean;
  readonly accepts: (value: number) => boolean;
}

const RATE: Omit<NumberField, "fix"> = {
  allowed: "a number of connections per second, above 0 and up to 10000000",
  required: true,
  accepts: (n) => n > 0 && n <= 10_000_000,
};

const NUMBERS: Readonly<Record<Exclude<keyof SizingInput, "balancerRetriesElsewhere">, NumberField>> = {
  arrivalRate: { ...RATE, fix: "the peak of new connections per second, such as 5000" },
  acceptRate: { ...RATE, fix: "what the application accepts per second in a load test, such as 20000" },
  stallSeconds: {
    allowed: "a number of seconds from 0 to 3600",
    fix: "the longest pause without accept(), such as 0.5",
    required: true,
    accepts: (n) => n >= 0 && n <= 3600,
  },
  rttSeconds: {
    allowed: "a number of seconds from 0 to 60",
    fix: "the round trip of slow clients, such as 0.1",
    accepts: (n) => n >= 0 && n <= 60,
  },
  latencyBudgetSeconds: {
    allowed: "a number of seconds, above 0 and up to 3600",
    fix: "the longest useful wait, such as 1",
    accepts: (n) => n > 0 && n <= 3600,
  },
  memoryBytes: {
    allowed: `an integer number of bytes from 1 to ${Number.MAX_SAFE_INTEGER}`,
    fix: "a budget such as 67108864, or leave it out",
    accepts: (n) => Number.isSafeInteger(n) && n >= 1,
  },
  reuseportListeners: {
    allowed: "an integer from 1 to 4096",
    fix: "the number of sockets on the port, or leave it out",
    accepts: (n) => Number.isInteger(n) && n >= 1 && n <= 4096,
  },
};

/**
 * Everything that is wrong with a load, all fields at once: missing, not a number, out of range, unknown.
 * @param path where the load stands, for the messages; default `sizing`
 * @returns the problems; empty if {@link SizingInput} describes the value
 */
export function validateSizing(input: unknown, path = "sizing"): InputProblem[] {
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    const fix = "an object with arrivalRate, acceptRate and stallSeconds";
    return [{ path, given: showGiven(input), allowed: "an object", fix }];
  }
  const given = new Map<string, unknown>(Object.entries(input));
  const problems: InputProblem[] = [];
  for (const [name, field] of Object.entries(NUMBERS)) {
    const value = given.get(name);
    const absent = value === undefined && field.required !== true;
    if (!absent && (typeof value !== "number" || !field.accepts(value))) {
      problems.push({
        path: `${path}.${name}`,
        given: showGiven(value),
        allowed: field.allowed,
        fix: field.fix,
      });
    }
  }
  const retries = given.get("balancerRetriesElsewhere");
  if (retries !== undefined && typeof retries !== "boolean") {
    problems.push({
      path: `${path}.balancerRetriesElsewhere`,
      given: showGiven(retries),
      allowed: "true or false",
      fix: "true only if the balancer really tries another server",
    });
  }
  const known = [...Object.keys(NUMBERS), "balancerRetriesElsewhere"];
  for (const name of given.keys()) {
    if (!known.includes(name)) {
      problems.push({
        path,
        given: `field ${showGiven(name)}`,
        allowed: known.join(", "),
        fix: "one of these names",
      });
    }
  }
  return problems;
}

/** Fills in the defaults of a valid input. */
export function completeLoad(input: SizingInput): Load {
  return {
    arrivalRate: input.arrivalRate,
    acceptRate: input.acceptRate,
    stallSeconds: input.stallSeconds,
    rttSeconds: input.rttSeconds ?? 0.1,
    latencyBudgetSeconds: input.latencyBudgetSeconds ?? 1,
    memoryBytes: input.memoryBytes ?? Infinity,
    reuseportListeners: input.reuseportListeners ?? 1,
    balancerRetriesElsewhere: input.balancerRetriesElsewhere ?? false,
  };
}
