import { types } from "node:util";
import { decodeUserData, type Decoded, type DecodeFailure } from "../decode";
import { answer } from "./answer";
import { Budget, TooMuch } from "./budget";
import { follow } from "./follow";
import { Findings } from "./machine";
import { partsOf } from "./parts";
import type { UnknownReason, UserDataReading } from "./result";

const FAILURES: Readonly<Record<DecodeFailure, UnknownReason>> = {
  "too-long": "too-long",
  "wrong-base64": "wrong-base64",
  "base64-twice": "base64-twice",
  "truncated-gzip": "damaged-gzip",
  "damaged-gzip": "damaged-gzip",
  "not-utf8": "not-utf8",
};

/** A reading, and what it cost. */
export interface Costed {
  readonly reading: UserDataReading;
  /** Steps of the {@link Budget}. */
  readonly spent: number;
  /** Steps that there were. */
  readonly allowed: number;
}

/** Reads as {@link import("./index").readUserData} does, and counts. */
export function readAndCount(userData: unknown): Costed {
  if (typeof userData !== "string" && !types.isUint8Array(userData)) {
    return { reading: stopped("not-text"), spent: 0, allowed: 0 };
  }
  const budget = new Budget(userData.length);
  const allowed = budget.left;
  const reading = readWithin(userData, budget);
  return { reading, spent: allowed - budget.left, allowed };
}

function readWithin(userData: string | Uint8Array, budget: Budget): UserDataReading {
  let wrappings: UserDataReading["wrappings"] = [];
  try {
    const decoded: Decoded = decodeUserData(userData);
    if (!decoded.ok) {
      return stopped(FAILURES[decoded.failure]);
    }
    ({ wrappings } = decoded);
    if (wrappings.includes("gzip")) {
      budget.opened(decoded.text.length);
    }
    budget.look(decoded.text.length);
    const findings = new Findings();
    const parts = partsOf(decoded.text, findings, budget);
    return {
      ...answer(follow(parts, findings, budget), findings),
      wrappings,
      parts: parts.map(({ form }) => ({ form })),
    };
  } catch (error) {
    // What was found by then may be overturned by what was not followed. Whatever else goes wrong is a mistake of this reader, and no
    // reason for a preview to end.
    return { ...stopped(error instanceof TooMuch ? "too-much-to-follow" : "reader-error"), wrappings };
  }
}

/** Nothing but the reason why nothing is known. */
function stopped(reason: UnknownReason): UserDataReading {
  return {
    wrappings: [],
    parts: [],
    live: [],
    persisted: [],
    applied: [],
    conflicts: [],
    backlogs: [],
    containers: [],
    unknown: [{ reason, part: 1, line: 1 }],
  };
}
