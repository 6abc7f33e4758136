import { decodeUserData, type DecodeFailure } from "../decode";
import { answer } from "./answer";
import { Budget, TooMuch } from "./budget";
import { Findings } from "./machine";
import { partsOf } from "./parts";
import type { UnknownReason, UserDataReading } from "./result";
import { follow } from "./follow";

export type * from "./result";

const FAILURES: Readonly<Record<DecodeFailure, UnknownReason>> = {
  "too-long": "too-long",
  "wrong-base64": "wrong-base64",
  "base64-twice": "base64-twice",
  "truncated-gzip": "damaged-gzip",
  "damaged-gzip": "damaged-gzip",
  "not-utf8": "not-utf8",
};

const BEGINNING = { part: 1, line: 1 };

/**
 * What user data does to the sysctl settings and the listen backlogs of a server, at its first boot and at the next: text in any form
 * that cloud-init takes (cloud-config, scripts, boothooks, MIME documents and archives of these), plain or in base64 or gzip.
 *
 * It follows what cloud-init, the shell, sysctl and systemd-sysctl would do, and says `unknown` with the reason where the text alone
 * does not decide. Two things are taken for granted: the image itself says nothing of a key that the user data sets, and a command that
 * a script runs without a condition works. Total: it never throws, and its time is linear in the text.
 */
export function readUserData(userData: string | Uint8Array): UserDataReading {
  const findings = new Findings();
  const decoded = decodeUserData(userData);
  if (!decoded.ok) {
    findings.unknownAt(FAILURES[decoded.failure], BEGINNING);
    return nothing(findings);
  }
  const { text, wrappings } = decoded;
  const budget = new Budget(userData.length);
  try {
    const parts = partsOf(text, findings, budget);
    return {
      ...answer(follow(parts, findings, budget), findings),
      wrappings,
      parts: parts.map(({ type }) => ({ form: type })),
    };
  } catch (error) {
    // A stack or an array that overflows is the other form of too much: whatever the input, a reading never throws.
    if (!(error instanceof TooMuch || error instanceof RangeError)) {
      throw error;
    }
    // What was found by then may be overturned by what was not followed.
    const stopped = new Findings();
    stopped.unknownAt("too-much-to-follow", BEGINNING);
    return { ...nothing(stopped), wrappings };
  }
}

function nothing({ unknown }: Findings): UserDataReading {
  return {
    wrappings: [],
    parts: [],
    live: [],
    persisted: [],
    applied: [],
    conflicts: [],
    backlogs: [],
    containers: [],
    unknown,
  };
}
