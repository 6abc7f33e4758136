import type { Circumstance, Machine } from "../machine";
import type { Stage, UnknownReason } from "../result";
import { HOLE, placeIn, type Source } from "../source";
import { changesSettings } from "./about-settings";
import type { Values } from "./field";
import { Functions } from "./functions";
import { Loops } from "./loops";
import type { Status, Streams } from "./streams";
import type { AndOr, Command } from "./syntax";
import type { Traps } from "./traps";
import { Variables } from "./variables";

/** sh is dash on some distributions and bash on others. */
export type Dialect = "sh" | "bash";

/** Stands for `-o pipefail`, which has no letter. */
export const PIPEFAIL = "|";

/** How deep functions, scripts and the like run one inside of the other. */
const CALL_LIMIT = 12;

/** All that a shell knows at a point of a script, and what a command can do to it. How a script is followed is up to `Shell`. */
export abstract class ShellState implements Values {
  readonly variables: Variables;
  functions: Functions;
  loops = new Loops();
  arguments: readonly string[] | undefined = [];
  /** The current directory; undefined once nobody knows. Scripts of cloud-init start in the root directory. */
  directory: string | undefined = "/";
  /** The current directory may be one of sysctl files. */
  nearSysctlFiles = false;
  /** So may one be that it comes back to. */
  beenNearSysctlFiles = false;
  /** Directories that `pushd` leaves; undefined for one that is not known. */
  readonly directories: (string | undefined)[] = [];
  exitOnError = false;
  /** `set -u`, `set -C`. */
  exitOnUnset = false;
  keepFiles = false;
  /** `set -o pipefail`. */
  failsInPipes = false;
  /** Nobody knows whether `echo` reads what stands behind a backslash: dash does, and bash where it is told to. */
  echoDiffers: boolean;
  /** `export -f`: some functions are those of other shells too. */
  exportsFunctions = false;
  readonly aliases = new Set<string>();
  expandsAliases: boolean;
  traps: Traps = { exit: [], other: [] };
  /** The rest does not run (`true`), or may not run (the reason). */
  ended: true | UnknownReason | undefined;
  /** The function has returned (`true`), or may have. */
  left: true | UnknownReason | undefined;
  /** What `exec` puts in its place has no traps. */
  replaced: UnknownReason | undefined;
  /** How many conditions run at the moment, in which a failure does not end the script. */
  conditions = 0;
  /** Why what is being expanded or opened at the moment may not be. */
  doubtNow: UnknownReason | undefined;
  /** Why a file may not have been opened. */
  openDoubt: UnknownReason | undefined;
  /** The last command was one that installs packages, or readies that. */
  installs = false;
  /** This one runs if such commands work: `apt-get update && apt-get install nginx`. */
  expected: Command | undefined;
  /** How the last command substitution went. */
  substituted: Status | undefined;
  /** It goes on for ever, or is replaced by another program, or may be: what comes after it, in any shell around it, may not run. */
  protected hung: UnknownReason | undefined;
  /** It is read into the shell that reads it, and is no process of its own. */
  protected sourced = false;
  /** Why the expansions of a command may have ended the script. */
  private expansionDoubt: UnknownReason | undefined;

  constructor(
    readonly machine: Machine,
    readonly stage: Stage,
    readonly source: Source,
    readonly dialect: Dialect,
    /** 1 for the first boot; on the second only what runs on every boot counts. */
    readonly boot: 1 | 2,
    /** How deep this one is in others, and its function in functions. */
    public calls = 0,
  ) {
    this.variables = new Variables(machine.budget);
    this.functions = new Functions(machine.budget);
    this.expandsAliases = dialect === "sh";
    this.echoDiffers = dialect === "sh";
  }

  abstract substitute(code: string, line: number): void;
  abstract script(text: string, streams: Streams, doubt: UnknownReason | undefined): Status;
  abstract list(items: readonly AndOr[], streams: Streams, doubt: UnknownReason | undefined): Status;
  abstract command(command: Command, streams: Streams, doubt: UnknownReason | undefined): Status;

  /** The shell is over: what it has trapped runs. */
  abstract finish(streams: Streams, doubt: UnknownReason | undefined): void;

  /** A shell for a script that this one starts, or reads into itself; undefined where they are nested too deep. */
  abstract child(
    source: Source,
    dialect: Dialect,
    args: readonly string[] | undefined,
    sourced: boolean,
  ): ShellState | undefined;

  /** Another script is over that this one started, or read into itself. */
  comeBack(child: ShellState, doubt: UnknownReason | undefined): void {
    if (!child.sourced) {
      if (child.hung !== undefined) {
        this.hang(doubt ?? child.hung);
      }
      return;
    }
    // Its functions have been this one's all the time.
    this.exitOnError = child.exitOnError;
    this.exitOnUnset = child.exitOnUnset;
    this.keepFiles = child.keepFiles;
    this.failsInPipes = child.failsInPipes;
    this.exportsFunctions ||= child.exportsFunctions;
    this.traps = child.traps;
    this.directory = doubt === undefined && child.left === undefined ? child.directory : undefined;
    this.nearSysctlFiles ||= child.nearSysctlFiles || /sysctl\.d/.test(child.directory ?? "");
    child.aliases.forEach((name) => this.aliases.add(name));
    this.expandsAliases ||= child.expandsAliases;
    this.echoDiffers ||= child.echoDiffers;
    this.hung ??= child.hung;
    this.replaced ??= child.replaced;
    if (child.ended !== undefined) {
      this.end(child.ended === true ? "condition" : child.ended);
    }
  }

  get separators(): string | undefined {
    return this.variables.separators;
  }

  variable(name: string): string | undefined {
    return this.variables.get(name);
  }

  pay(characters: number): void {
    this.machine.budget.spend(characters / 64 + 1);
  }

  use(name: string): void {
    if (/^[1-9]\d*$/.test(name)) {
      if (this.exitOnUnset && this.arguments !== undefined && this.arguments.length < Number(name)) {
        this.expansionDoubt ??= "variable";
      }
    } else if (this.exitOnUnset && /^[A-Za-z_]/.test(name) && this.variables.isUnset(name)) {
      this.expansionDoubt ??= "variable";
    }
  }

  braces(inner: string): void {
    if (changesSettings(inner)) {
      this.machine.loseTrack(this.doubtNow ?? "command-substitution", this.circumstance(1, this.doubtNow));
    }
    if (inner.startsWith("#")) {
      return;
    }
    const [, name, operator = ""] = /^([A-Za-z_]\w*|\d+|[@*?])(:?[-=?+]|%|#)?/.exec(inner) ?? [];
    if (name === undefined || operator === "") {
      // Substrings, arrays, and the like: what stands in brackets, or behind a colon, is arithmetic.
      if (/^\w+(?:\[|:[^-=?+])/.test(inner)) {
        this.arithmetic(inner);
      }
      this.expansionDoubt ??= this.dialect === "sh" && !/^\d+$/.test(inner) ? "shells-differ" : undefined;
    } else if (operator.endsWith("=") && (this.variables.get(name) ?? "") === "") {
      this.assign(name, undefined, undefined);
    } else if (operator === "%" || operator === "#") {
      this.use(name);
    }
  }

  /** Assigns what arithmetic assigns; it fails where it comes to nothing. */
  arithmetic(text: string): Status {
    if (changesSettings(text)) {
      this.machine.loseTrack(this.doubtNow ?? "command-substitution", this.circumstance(1, this.doubtNow));
    }
    const [, counted = "", how] = /^\s*([A-Za-z_]\w*)(\+\+|--)\s*$/.exec(text) ?? [];
    const before = /^\d{1,9}$/.test(this.variable(counted) ?? "")
      ? Number(this.variable(counted))
      : undefined;
    if (before !== undefined) {
      this.assign(counted, String(how === "++" ? before + 1 : before - 1), this.doubtNow);
      return before === 0 ? "fails" : "works";
    }
    if (/\+\+|--|(?:^|[^=!<>])=(?!=)|<<=|>>=/.test(text)) {
      for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) {
        this.machine.budget.spend(1);
        this.assign(name, undefined, undefined);
      }
    }
    const plain = /^\s*(?:[A-Za-z_]\w*\s*=)?\s*(\d{1,9})\s*$/.exec(text)?.[1];
    return plain === undefined ? "unclear" : Number(plain) === 0 ? "fails" : "works";
  }

  /** Why a command whose words are expanded and whose files are open may not run; the script may have ended at them. */
  takeDoubt(outer: UnknownReason | undefined): UnknownReason | undefined {
    let doubt = outer;
    if (this.expansionDoubt !== undefined) {
      doubt ??= this.expansionDoubt;
      this.end(doubt);
      this.expansionDoubt = undefined;
    }
    doubt ??= this.openDoubt;
    this.openDoubt = undefined;
    return doubt;
  }

  /** Remembers that a variable now holds this; undefined if nobody knows what. */
  assign(name: string, value: string | undefined, doubt: UnknownReason | undefined): void {
    this.checkConstant(name);
    this.variables.assign(name, value, doubt);
  }

  unset(name: string, doubt: UnknownReason | undefined): void {
    this.checkConstant(name);
    this.variables.unset(name, doubt);
  }

  private checkConstant(name: string): void {
    if (this.variables.constants.has(name)) {
      this.expansionDoubt ??= "variable";
    }
  }

  /** Code was read into this shell that nobody follows for its values: what it assigns is not known. */
  forgetAssigned(child: ShellState): void {
    for (const name of child.variables.names()) {
      this.machine.budget.spend(1);
      this.assign(name, undefined, undefined);
    }
  }

  /** `set -e` and the like, and what stands behind the shell in a `#!` line. */
  option(letter: string, on: boolean, doubt: UnknownReason | undefined): void {
    switch (letter) {
      case "e":
        this.exitOnError = on;
        break;
      case "u":
        this.exitOnUnset = on;
        break;
      case "C":
        this.keepFiles = on;
        break;
      case PIPEFAIL:
        this.failsInPipes = on;
        break;
      case "n":
      case "t":
        if (on) {
          this.end(doubt ?? (letter === "t" ? "shells-differ" : undefined));
        }
        break;
    }
  }

  /** The script ends here, or may end here. */
  end(doubt: UnknownReason | undefined): void {
    if (doubt === undefined) {
      this.ended = true;
    } else {
      this.ended ??= doubt;
    }
  }

  /** What comes next may never be reached. */
  hang(doubt: UnknownReason | undefined): void {
    this.hung ??= doubt ?? "loop";
    this.end(doubt ?? "loop");
  }

  /** `return` ends a function, or a file that is read into this shell, and not the script. */
  leave(doubt: UnknownReason | undefined): void {
    if (doubt === undefined) {
      this.left = true;
    } else {
      this.left ??= doubt;
    }
  }

  /** Whether `return` has something to return from. */
  get canReturn(): boolean {
    return this.variables.inFunction || this.sourced;
  }

  /** `break` and `continue`: leaves this many loops, or may leave them. */
  leaveLoops(how: "break" | "continue", levels: number, doubt: UnknownReason | undefined): void {
    if (!this.loops.leave(how, levels, doubt)) {
      this.end(doubt ?? "shells-differ");
    }
  }

  /** Nothing more runs here: the script has ended, or the round of a loop. */
  get stopped(): boolean {
    return this.ended === true || this.left === true || this.loops.isLeft;
  }

  /** Why what follows may not run. */
  get stopDoubt(): UnknownReason | undefined {
    if (this.ended === true || this.left === true) {
      return undefined;
    }
    return this.ended ?? this.left ?? this.loops.doubt;
  }

  /** Nothing may run inside of what runs here. */
  get isTooDeep(): boolean {
    return this.calls >= CALL_LIMIT;
  }

  /** The absolute path that a word means here; undefined if that depends on what only the running shell knows. */
  path(text: string): string | undefined {
    if (text.includes(HOLE) || text === "") {
      return undefined;
    }
    if (text.startsWith("/")) {
      return this.machine.resolve(text, this.circumstance(1, this.doubtNow));
    }
    return this.directory === undefined
      ? undefined
      : this.machine.resolve(`${this.directory}/${text}`, this.circumstance(1, this.doubtNow));
  }

  circumstance(line: number, doubt: UnknownReason | undefined): Circumstance {
    return { place: placeIn(this.source, line), stage: this.stage, doubt };
  }

  /** The source of text that begins on this line of the script, and goes on line by line. */
  sourceOf(line: number): Source {
    const { source } = this;
    return { placeOf: (inner) => source.placeOf(line + inner - 1) };
  }
}
