import type { UnknownReason } from "../result";

/** A piece of a word. */
export type Segment =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  /** `$NAME`, `${NAME}`, `$1`, `$@`. */
  | { readonly kind: "variable"; readonly name: string; readonly quoted: boolean }
  /** Text that only the running shell knows; `inner` is the code of a command substitution. */
  | { readonly kind: "hole"; readonly why: UnknownReason; readonly inner?: string };

export interface Word {
  readonly segments: readonly Segment[];
  /** Line of the script on which it begins; of a here-document, the line of its first line. */
  readonly line: number;
}

export interface Redirect {
  readonly operator: string;
  /** Descriptor; 0 or 1 by the operator when the script names none. */
  readonly descriptor: number;
  /** The file, or the text of a here-document. */
  readonly target: Word;
}

export interface SimpleCommand {
  readonly kind: "simple";
  readonly assignments: readonly { readonly name: string; readonly value: Word | undefined }[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

export interface CompoundCommand {
  readonly kind: "group" | "subshell";
  readonly body: readonly AndOr[];
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

/** `if`, `case`, `while`, `until`, `select`, `for ((...))`: what runs always, and what may or may not run. */
export interface BranchCommand {
  readonly kind: "branch";
  readonly why: "condition" | "loop";
  readonly always: readonly AndOr[];
  readonly maybe: readonly (readonly AndOr[])[];
  /** The variable of a loop. */
  readonly variable?: string;
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

/** `for NAME in WORDS`, or `for NAME`, which goes through the arguments. */
export interface ForCommand {
  readonly kind: "for";
  readonly variable: string;
  /** Undefined for the arguments. */
  readonly words: readonly Word[] | undefined;
  readonly body: readonly AndOr[];
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

export interface FunctionDefinition {
  readonly kind: "function";
  readonly name: string;
  readonly body: Command;
  readonly line: number;
}

/** `[[ ... ]]` and `(( ... ))`: an exit status and nothing else. */
export interface TestCommand {
  readonly kind: "test";
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

export type Command =
  SimpleCommand | CompoundCommand | BranchCommand | ForCommand | FunctionDefinition | TestCommand;

export interface Pipeline {
  readonly negated: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines joined by `&&` and `||`. */
export interface AndOr {
  readonly links: readonly { readonly operator: "" | "&&" | "||"; readonly pipeline: Pipeline }[];
  readonly background: boolean;
}

export interface Script {
  readonly body: readonly AndOr[];
  /** Where the text stops being shell that can be read: nothing from this line on is in `body`. */
  readonly trouble?: { readonly line: number; readonly reason: UnknownReason };
}
