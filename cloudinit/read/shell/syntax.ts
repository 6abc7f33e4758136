import type { UnknownReason } from "../result";

/** A piece of a word. */
export type Segment =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  /** `$NAME`, `${NAME}`, `$1`, `$@`. */
  | { readonly kind: "variable"; readonly name: string; readonly quoted: boolean }
  /** Text that only the running shell knows. */
  | {
      readonly kind: "hole";
      readonly why: UnknownReason;
      /** The code of a command substitution, with the line on which it begins. */
      readonly code?: { readonly text: string; readonly line: number };
      /** What stands between the braces of `${...}`. */
      readonly braces?: string;
      /** What stands between `$((` and `))`. */
      readonly arithmetic?: string;
      /** What bash reads in `$'...'`. */
      readonly bash?: string;
    };

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
  /** The status of `always` with which a loop goes on for ever. */
  readonly endless?: "works" | "fails";
  /** The arithmetic of `for ((...))`. */
  readonly arithmetic?: string;
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

/** `[[ ... ]]` and `(( ... ))`: an exit status, and what arithmetic assigns. */
export interface TestCommand {
  readonly kind: "test";
  /** What stands between the brackets. */
  readonly text: string;
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
  readonly line: number;
}

export interface Script {
  readonly body: readonly AndOr[];
  /** How many of them a shell reads that knows nothing of bash: a syntax error for it is in the next. */
  readonly plain: number;
  /** Where the text stops being shell that can be read: nothing from this line on is in `body`. */
  readonly trouble?: { readonly line: number; readonly reason: UnknownReason };
}
