/** What kind of thing cloud-init's YAML stops at. */
export type YamlProblem =
  /** A character that YAML does not have. */
  | "unprintable"
  /** A tab where only spaces may stand. */
  | "tab"
  | "syntax"
  /** A tag that the safe loader has no meaning for, or one that does not fit what it stands before. */
  | "tag"
  /** An alias without an anchor before it, an anchor twice, or what contains itself. */
  | "alias"
  /** Aliases or merge keys that stand for more than the limit lets them. */
  | "too-many"
  /** A merge key (`<<`) before what is no map. */
  | "merge"
  /** A list or a map as a key. */
  | "key"
  /** A scalar that its type cannot be made of: a date in a month 99, a number of no digits. */
  | "value"
  | "second-document"
  | "nested-too-deep";

/** Thrown within the loading of YAML, and caught by it. */
export class YamlFailure extends Error {
  /**
   * @param at where in the text, in UTF-16 units
   * @param why in a few words, and without anything of the text
   */
  constructor(
    readonly problem: YamlProblem,
    readonly at: number,
    readonly why: string,
  ) {
    super(why);
    this.name = "YamlFailure";
  }
}

/** Most levels that a document may have, aliases followed: Python's own recursion ends at some hundreds. */
export const DEPTH_LIMIT = 100;

/** Most nodes that aliases may stand for, and most pairs that merge keys may bring. A bomb of a few lines makes billions. */
export const MULTIPLIED_LIMIT = 10_000;
