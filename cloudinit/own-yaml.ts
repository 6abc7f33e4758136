import { placeOf } from "./place";
import { UserDataError } from "./user-data-error";
import { DEPTH_LIMIT, loadYaml, MULTIPLIED_LIMIT, type YamlProblem } from "./yaml/load";
import { plainValue } from "./yaml/plain";

/**
 * The value of YAML of the user's, as cloud-init reads it.
 *
 * @param name what the text is called in messages
 * @throws UserDataError for what cloud-init could not read. It names places, never a value: any of them may be a secret.
 */
export function readOwnYaml(text: string, name: string): unknown {
  const loaded = loadYaml(text);
  if (loaded.ok) {
    return plainValue(loaded.root);
  }
  const { problem, at, why } = loaded;
  const place = placeOf(text, at);
  const [given, allowed, fix] =
    problem === "unprintable" ? unprintable(text, at, name) : REFUSALS[problem](name, place, why);
  throw new UserDataError(given, allowed, fix);
}

type Refusal = readonly [given: string, allowed: string, fix: string];

function unprintable(text: string, at: number, name: string): Refusal {
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return [
    `the character U+${code} at ${placeOf(text, at)} of ${name}`,
    "printable characters, which are all that YAML has",
    "remove it, or put the content into write_files with encoding: b64",
  ];
}

const invalid = (name: string, place: string, why: string): Refusal => [
  `${name} that is not valid YAML at ${place} (${why})`,
  "YAML, which cloud-init would otherwise drop as a whole",
  "correct that line or the one before it; `cloud-init schema --config-file FILE` says more",
];

const REFUSALS: Readonly<
  Record<Exclude<YamlProblem, "unprintable">, (name: string, place: string, why: string) => Refusal>
> = {
  syntax: invalid,
  key: invalid,
  value: invalid,
  tab: (name, place) => [
    `a tab at ${place} of ${name}`,
    "spaces, which YAML is indented and divided with",
    "replace each tab by spaces, or quote the text that holds it",
  ],
  tag: (name, place) => [
    `a tag at ${place} of ${name}`,
    "the tags of YAML itself before what they fit, which cloud-init knows",
    "remove the tag, or quote the text that begins with its sign",
  ],
  alias: (name, place, why) => [
    `${name} with ${why} at ${place}`,
    "aliases of earlier anchors, each of them given once",
    "write out what the alias stands for, or give the anchor another name",
  ],
  "too-many": (name, place) => [
    `${name} with aliases that multiply beyond all measure at ${place}`,
    `aliases for no more than ${MULTIPLIED_LIMIT} values`,
    "write out what the aliases stand for",
  ],
  merge: (name, place) => [
    `${name} with a merge key (<<) of what is no map at ${place}`,
    "a map behind <<, an alias of one, or a list of such",
    "write out what is to be merged",
  ],
  "second-document": (name, place) => [
    `${name} of two documents, the second at ${place}`,
    "one document",
    'remove the line "---" or "...", or give the second as a part of its own in a MIME document',
  ],
  "nested-too-deep": (name, place) => [
    `${name} nested too deep at ${place}`,
    `${DEPTH_LIMIT} levels`,
    "flatten it",
  ],
};
