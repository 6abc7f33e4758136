import type { UnknownReason } from "../result";
import type { Field } from "../shell/field";
import type { ShellState } from "../shell/state";
import type { Status, Streams } from "../shell/streams";

/** A simple command whose words are expanded and whose redirections are open. */
export interface Call extends Streams {
  /** Another program runs it: the words of the shell itself are none there. */
  readonly external?: true;
  readonly shell: ShellState;
  readonly name: Field;
  readonly fields: readonly Field[];
  readonly line: number;
  /** Why it may not run; undefined if it does. */
  readonly doubt: UnknownReason | undefined;
  /** Only what commands that install packages make of it is in doubt. Default: everything is that `doubt` says. */
  readonly isExpected?: boolean;
}

export type Handler = (call: Call) => Status;
