import { createHash } from "node:crypto";
import { QUEUE_KEYS, type UserDataChange } from "../../backlog";
import { readUserData, type Unknown, type UnknownReason, type UserDataReading } from "../../cloudinit";
import type { HostFacts } from "./subject";

/** What a machine without user data sets: nothing. The image decides. */
export const NOTHING_SET: HostFacts = {
  live: [],
  persisted: [],
  conflicts: [],
  configured: [],
  containers: [],
  opaque: [],
};

/** What user data does to a machine. Each policy asks, and many machines have the same text: it is read once. */
export function hostOfUserData(text: string | undefined, change: UserDataChange = "replaces"): HostFacts {
  return isThere(text) ? { ...factsOf(text), change } : NOTHING_SET;
}

/** User data of nothing is none: programs that have nothing to say often say it with an empty text. */
export function isThere(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== "";
}

/** What a script does to a machine that runs it. */
export function hostOfScript(commands: readonly string[]): HostFacts {
  return factsOf(`#!/bin/bash\n${commands.join("\n")}\n`);
}

/** More servers than this have no stack of its own, and what is kept of each is small. */
const KEPT = 10_000;
const kept = new Map<string, HostFacts>();

function factsOf(text: string): HostFacts {
  // Not the text itself, which is long and may hold secrets.
  const key = createHash("sha256").update(text).digest("base64");
  const known = kept.get(key);
  if (known !== undefined) {
    return known;
  }
  // The first versions of the provider kept a hash of it in the state, and some stacks still have that.
  const facts = /^[0-9a-f]{40}$/.test(text)
    ? { ...NOTHING_SET, opaque: ["only its hash is known"] }
    : asFacts(readUserData(text));
  if (kept.size >= KEPT) {
    kept.clear();
  }
  kept.set(key, facts);
  return facts;
}

function asFacts(reading: UserDataReading): HostFacts {
  return {
    live: reading.live,
    persisted: reading.persisted,
    conflicts: reading.conflicts,
    undecided: [...new Set(reading.unknown.flatMap(({ subject }) => subject ?? []))],
    configured: reading.backlogs.map(({ software, value, port, file, part, line }) => ({
      software,
      backlog: value,
      port,
      where: file ?? `line ${line} of part ${part} of the user data`,
    })),
    starts: reading.starts,
    containers: reading.containers,
    opaque: [...new Set(reading.unknown.filter(hidesSettings).map(({ reason }) => REASONS[reason]))],
    isPartlyRead: reading.unknown.some(({ subject }) => subject === undefined),
  };
}

/** Whether something that cannot be read is about a queue, or hides the whole. A script that also downloads something does not. */
function hidesSettings({ reason, subject }: Unknown): boolean {
  return WHOLE.has(reason) || QUEUE_KEYS.some((key) => key === subject);
}

const WHOLE: ReadonlySet<UnknownReason> = new Set([
  "not-text",
  "reader-error",
  "no-known-form",
  "too-long",
  "wrong-base64",
  "base64-twice",
  "damaged-gzip",
  "not-utf8",
  "no-boundary",
  "no-parts",
  "nested-too-deep",
  "invalid-yaml",
  "too-much-to-follow",
  "template",
  "include",
]);

const REASONS: Readonly<Record<UnknownReason, string>> = {
  "not-text": "it is no text",
  "reader-error": "the reader failed on it, which is a mistake in the reader",
  "not-ascii": "a part has characters that cloud-init garbles",
  "no-known-form": "it is in no form that cloud-init knows",
  "too-long": "it is too long",
  "wrong-base64": "its base64 is damaged",
  "base64-twice": "it is base64 of base64",
  "damaged-gzip": "its gzip is damaged",
  "not-utf8": "it is not UTF-8",
  template: "a template decides",
  include: "an include decides",
  "part-handler": "a part handler decides",
  "json-patch": "a JSON patch decides",
  "part-type": "a part has a type that is not read",
  "part-encoding": "a part has an encoding that is not read",
  "launch-index": "the launch index decides",
  "no-boundary": "a MIME document has no boundary",
  "no-parts": "a MIME document has no parts",
  "nested-too-deep": "it is nested too deeply",
  "invalid-yaml": "it is no valid YAML",
  "too-much-to-follow": "it is too much to follow",
  "merge-strategy": "a merge strategy decides",
  "invalid-commands": "a list of commands is none",
  "invalid-file": "an entry of write_files is none",
  downloaded: "something that is downloaded decides",
  "other-language": "a script in another language decides",
  "no-interpreter": "a script without an interpreter decides",
  "shell-syntax": "a script cannot be parsed",
  condition: "a condition decides",
  loop: "a loop decides",
  background: "a background process decides",
  variable: "a variable decides",
  "command-substitution": "the output of a command decides",
  pattern: "a file name pattern decides",
  "shells-differ": "shells differ in it",
  "sysctl-versions-differ": "versions of sysctl differ in it",
  "command-not-understood": "a command that is not understood decides",
  "other-boot-mechanism": "another mechanism of the boot decides",
  "value-not-plain": "the value is not plain",
  "configuration-management": "configuration management decides",
};
