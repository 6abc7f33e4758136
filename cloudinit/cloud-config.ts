import { Lexer, parseAllDocuments, type Document } from "yaml";
import { refuseCollisions } from "./collisions";
import type { OwnNeeds } from "./part";
import { placeOf } from "./place";
import { UserDataError } from "./user-data-error";

/** Most nodes that aliases may multiply to. A bomb of a few lines makes billions. */
const MAX_ALIASES = 1000;

/** What PyYAML, and so cloud-init, refuses in a document. Source: yaml/reader.py, NON_PRINTABLE. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_PRINTABLE = /[^\x09\x0A\x0D\x20-\x7E\x85\xA0-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * Checks a cloud-config of the user's, which is never rewritten: that cloud-init can read it, and that ours can be merged into it.
 * Messages name places and keys, never values: any of them may be a secret.
 *
 * @param name what it is called in messages
 * @returns whether there is anything in it: cloud-init complains about a document without content
 * @throws UserDataError for what cloud-init would drop, or would drop ours for
 */
export function checkCloudConfig(text: string, needs: OwnNeeds, name = "a cloud-config"): boolean {
  const value = readYaml(text, name);
  if (value === UNREAD) {
    return true;
  }
  if (value === null || value === undefined) {
    return false;
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new UserDataError(
      `${name} that is ${Array.isArray(value) ? "a list" : "a plain value"}`,
      "a map of cloud-init's keys",
      "write keys such as runcmd: or write_files: at the beginning of lines",
    );
  }
  refuseCollisions(value as Readonly<Record<string, unknown>>, needs, name);
  return true;
}

function refuseUnprintable(text: string, name: string): void {
  const index = text.search(NOT_PRINTABLE);
  if (index >= 0) {
    const code = text.charCodeAt(index).toString(16).padStart(4, "0");
    throw new UserDataError(
      `the character U+${code.toUpperCase()} at ${placeOf(text, index)} of ${name}`,
      "printable characters, which are all that YAML has",
      "remove it, or put the content into write_files with encoding: b64",
    );
  }
}

/** cloud-init's YAML takes tabs within scalars and comments only; the `yaml` package is more generous. */
function refuseTabs(text: string, name: string): void {
  let index = 0;
  let before = "";
  let block = false;
  for (const token of new Lexer().lex(text)) {
    // The lexer announces documents, scalars and errors by a character of its own, which is none of the text.
    const announced = token === "\u0002" || token === "\u001f" || token === "\u0018";
    const scalar = before === "\u001f";
    const plain = scalar && !block;
    if (token.includes("\t") && (plain || (!scalar && /^[ \t]+$/.test(token)))) {
      throw new UserDataError(
        `a tab at ${placeOf(text, index + token.indexOf("\t"))} of ${name}`,
        "spaces, which YAML is indented and divided with",
        "replace each tab by spaces, or quote the text that holds it",
      );
    }
    block = scalar ? false : block || /^[|>]/.test(token);
    index += announced ? 0 : token.length;
    before = token;
  }
}

/**
 * The value of YAML as cloud-init reads it.
 *
 * @throws UserDataError for what cloud-init could not read
 */
export function readYaml(text: string, name: string): unknown {
  refuseUnprintable(text, name);
  refuseTabs(text, name);
  return parse(text, name);
}

/** What stands for the value of a document that the `yaml` package cannot read, and Python may. */
export const UNREAD = Symbol("unread");

function parse(text: string, name: string): unknown {
  const documents = parseAllDocuments(text, {
    version: "1.1",
    prettyErrors: false,
    logLevel: "silent",
    strict: false,
    // The last of equal keys holds, for cloud-init too.
    uniqueKeys: false,
  });
  const [document, second] = documents as Document.Parsed[];
  const [error] = document?.errors ?? [];
  if (error) {
    // Python lets quotes and brackets go on in a line without indentation: where they may still close, it is not for us to refuse.
    if (/^(?:Missing closing|Flow )/.test(error.message) && /["'\]}]/.test(text.slice(error.pos[0]))) {
      return UNREAD;
    }
    if (error.code === "RESOURCE_EXHAUSTION") {
      throw new UserDataError(
        `${name} nested too deep at ${placeOf(text, error.pos[0])}`,
        "some hundreds of levels, which is what cloud-init can read",
        "flatten it",
      );
    }
    throw new UserDataError(
      `${name} that is not valid YAML at ${placeOf(text, error.pos[0])} (${error.code})`,
      "YAML, which cloud-init would otherwise drop as a whole",
      "correct that line or the one before it; `cloud-init schema --config-file FILE` says more",
    );
  }
  const [tag] = (document?.warnings ?? []).filter(({ code }) => code === "TAG_RESOLVE_FAILED");
  if (tag) {
    throw new UserDataError(
      `a tag at ${placeOf(text, tag.pos[0])} of ${name}`,
      "the tags of YAML itself, which cloud-init knows",
      "remove the tag, or quote the text that begins with an exclamation mark",
    );
  }
  if (second) {
    throw new UserDataError(
      `${name} of two documents, the second at ${placeOf(text, second.range[0])}`,
      "one document",
      'remove the line "---" or "...", or give the second as a part of its own in a MIME document',
    );
  }
  try {
    return document?.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) {
      throw new UserDataError(
        `${name} with a merge key (<<) of what is no map`,
        "a map behind <<, or an alias of one",
        "write out what is to be merged",
      );
    }
    throw new UserDataError(
      `${name} with aliases that name no anchor, or multiply beyond all measure`,
      `aliases of earlier anchors, for no more than ${MAX_ALIASES} nodes`,
      "write out what the aliases stand for",
    );
  }
}
