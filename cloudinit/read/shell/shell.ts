import { TooMuch } from "../budget";
import { NAMELESS, type Chunk } from "../files";
import type { Circumstance, Machine } from "../machine";
import type { Stage, UnknownReason } from "../result";
import { HOLE, placeIn, type Source } from "../source";
import { runCommand } from "../commands";
import { expandText, expandWords, type Field, type Values } from "./field";
import { parseScript } from "./parser";
import type { AndOr, Command, ForCommand, Pipeline, Redirect, SimpleCommand } from "./syntax";

/** Whether a command surely worked, surely failed, or may have done either. */
export type Status = "works" | "fails" | "unclear";

/** Where the output of a command goes. */
export type Sink = (chunk: Chunk) => void;

/** What a command reads and writes. */
export interface Streams {
  /** Undefined where nobody knows what comes in. */
  readonly input: readonly Chunk[] | undefined;
  readonly output: Sink;
}

/** sh is dash on some distributions and bash on others. */
export type Dialect = "sh" | "bash";

const NOWHERE: Sink = () => undefined;
/** Lines as they stand in sysctl files, and in few others. */
const SETTINGS = /^[ \t]*-?(?:net|vm|kernel|fs)[./][a-z0-9_./-]{3,100}[ \t]*=/m;
const CALL_LIMIT = 12;
/** Measured: what is taken apart for one step. */
const CHARACTERS_PER_STEP = 16;
/** Measured: what one command takes besides its words. */
const STEPS_PER_COMMAND = 3;

/** A loop that is being followed. */
interface Loop {
  /** What surely ends the rest of this round. */
  left?: "break" | "continue";
  /** Why the rest of this round may not run. */
  doubt?: UnknownReason | undefined;
  /** The doubt holds for the rounds that follow as well. */
  forGood?: boolean;
}

/** A function, as far as it is known which of its definitions holds. */
interface ShellFunction {
  readonly bodies: readonly Command[];
  readonly doubt: UnknownReason | undefined;
}

/** What `trap` has set up. */
export interface Trap {
  readonly code: string;
  readonly line: number;
  readonly doubt: UnknownReason | undefined;
}

/** What is trapped: the end of the shell, and what only bash traps, which is anybody's guess when it happens. */
export interface Traps {
  exit: readonly Trap[];
  other: readonly Trap[];
}

/** Variables that cloud-init or the shell itself sets, whatever the script does. */
const GIVEN = new Set(
  (
    "PATH PWD OLDPWD IFS OPTIND PPID SHLVL _ PS4 " +
    "HOSTNAME HOSTTYPE MACHTYPE OSTYPE UID EUID RANDOM SECONDS LINENO SHELLOPTS FUNCNAME DIRSTACK PIPESTATUS EPOCHSECONDS GROUPS " +
    "BASH BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSION BASH_VERSINFO"
  ).split(" "),
);
const SPACES = " \t\n";

/** Follows a script as a shell would, as far as the text alone decides what happens. */
export class Shell implements Values {
  readonly variables = new Map<string, string | undefined>();
  arguments: readonly string[] | undefined = [];
  /** The current directory; undefined once nobody knows. Scripts of cloud-init start in the root directory. */
  directory: string | undefined = "/";
  /** The current directory may be one of sysctl files. */
  nearSysctlFiles = false;
  /** So may one be that it comes back to. */
  beenNearSysctlFiles = false;
  /** The rest does not run (`true`), or may not run (the reason). */
  ended: true | UnknownReason | undefined;
  exitOnError = false;
  /** `set -u`, `set -C`. */
  exitOnUnset = false;
  keepFiles = false;
  traps: Traps = { exit: [], other: [] };
  readonly aliases = new Set<string>();
  expandsAliases: boolean;
  readonly constants = new Set<string>();
  /** Directories that `pushd` leaves; undefined for one that is not known. */
  readonly directories: (string | undefined)[] = [];
  /** It goes on for ever, or is replaced by another program, or may be: what comes after it, in any shell around it, may not run. */
  private hung: UnknownReason | undefined;
  /** What `exec` puts in its place has no traps. */
  replaced: UnknownReason | undefined;
  private functions = new Map<string, ShellFunction>();
  private ownsFunctions = true;
  private loops: Loop[] = [];
  /** What the variables of the caller were that `local` hides, for each function that runs. */
  private frames: Map<string, string | typeof ABSENT | undefined>[] = [];
  /** The function has returned (`true`), or may have. */
  private left: true | UnknownReason | undefined;
  private sourced = false;
  /** Variables that are surely not set; and whether any other may be, by a file that was read or by code that nobody sees. */
  private readonly missing = new Set<string>();
  private anySet = false;
  /** A variable that nobody knows may hold the path of a setting, or of a sysctl file. */
  private holdsPath = false;
  /** How many conditions run at the moment, in which a failure does not end the script. */
  private conditions = 0;
  private doubtNow: UnknownReason | undefined;
  /** Why the expansions of a command may have ended the script. */
  private expansionDoubt: UnknownReason | undefined;
  /** Why a file may not have been opened. */
  private openDoubt: UnknownReason | undefined;
  private substituted: Status | undefined;
  /** Loops of a caller, which `break` reaches in some shells. */
  private outerLoops: readonly Loop[] = [];

  constructor(
    readonly machine: Machine,
    readonly stage: Stage,
    readonly source: Source,
    readonly dialect: Dialect,
    /** 1 for the first boot; on the second only what runs on every boot counts. */
    readonly boot: 1 | 2,
    private calls = 0,
  ) {
    this.expandsAliases = dialect === "sh";
  }

  /** Follows a whole script. */
  static run(
    text: string,
    setting: {
      readonly machine: Machine;
      readonly stage: Stage;
      readonly source: Source;
      readonly dialect: Dialect;
      readonly boot: 1 | 2;
      readonly doubt?: UnknownReason | undefined;
      /** Letters, as behind `set -`. */
      readonly options?: string | undefined;
    },
  ): void {
    const shell = new Shell(setting.machine, setting.stage, setting.source, setting.dialect, setting.boot);
    for (const letter of setting.options ?? "") {
      shell.option(letter, true, undefined);
    }
    const doubt = setting.doubt ?? (setting.boot === 1 ? setting.machine.restarts : undefined);
    const streams = { input: undefined, output: NOWHERE };
    shell.script(text, streams, doubt);
    shell.finish(streams, doubt);
  }

  get separators(): string | undefined {
    return this.variables.has("IFS") ? this.variables.get("IFS") : SPACES;
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
      case "n":
      case "t":
        if (on) {
          this.end(doubt ?? (letter === "t" ? "shells-differ" : undefined));
        }
        break;
    }
  }

  use(name: string): void {
    if (/^[1-9]\d*$/.test(name)) {
      if (this.exitOnUnset && this.arguments !== undefined && this.arguments.length < Number(name)) {
        this.expansionDoubt ??= "variable";
      }
    } else if (this.exitOnUnset && /^[A-Za-z_]/.test(name) && this.isUnset(name)) {
      this.expansionDoubt ??= "variable";
    }
  }

  private isUnset(name: string): boolean {
    return this.missing.has(name) || !(this.anySet || this.variables.has(name) || GIVEN.has(name));
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
      // Substrings, arrays, and the like.
      this.expansionDoubt ??= this.dialect === "sh" && !/^\d+$/.test(inner) ? "shells-differ" : undefined;
    } else if (operator.endsWith("=") && (this.variables.get(name) ?? "") === "") {
      this.assign(name, undefined, undefined);
    } else if (operator === "%" || operator === "#") {
      this.use(name);
    }
  }

  arithmetic(text: string): void {
    if (changesSettings(text)) {
      this.machine.loseTrack(this.doubtNow ?? "command-substitution", this.circumstance(1, this.doubtNow));
    }
    if (/\+\+|--|(?:^|[^=!<>])=(?!=)|<<=|>>=/.test(text)) {
      for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) {
        this.machine.budget.spend(1);
        this.assign(name, undefined, undefined);
      }
    }
  }

  /** What runs inside of `$(...)` does what it does; what it prints is not followed. */
  substitute(code: string, line: number): void {
    const doubt = this.doubtNow;
    if (this.calls >= CALL_LIMIT) {
      throw new TooMuch();
    }
    const fork = this.fork(this.sourceOf(line));
    fork.calls++;
    this.machine.budget.spend(code.length / CHARACTERS_PER_STEP);
    const { body, trouble } = parseScript(code, () => {
      this.machine.budget.spend(1);
    });
    const streams = { input: undefined, output: NOWHERE };
    const status = fork.list(body, streams, doubt);
    this.join(fork, streams, doubt);
    this.doubtNow = doubt;
    this.substituted = trouble || !fork.isSure ? "unclear" : status;
    if (trouble && changesSettings(code)) {
      this.machine.loseTrack(doubt ?? "command-substitution", this.circumstance(line, doubt));
    }
  }

  /** The shell is over: what it has trapped runs. */
  finish(streams: Streams, doubt: UnknownReason | undefined): void {
    const { exit, other } = this.traps;
    if (exit.length + other.length === 0) {
      return;
    }
    this.traps = { exit: [], other: [] };
    const { ended } = this;
    this.loops = [];
    this.frames = [];
    this.left = undefined;
    other.forEach((trap) => {
      this.runTrap(trap, streams, doubt ?? "condition");
    });
    exit.forEach((trap) => {
      this.runTrap(trap, streams, doubt ?? trap.doubt ?? this.hung ?? this.replaced);
    });
    this.ended = ended;
  }

  /** Whether it ends the shell. */
  private runTrap({ code, line }: Trap, streams: Streams, doubt: UnknownReason | undefined): Shell["ended"] {
    this.ended = undefined;
    if (this.calls >= CALL_LIMIT) {
      throw new TooMuch();
    }
    // It runs in the shell itself: what it assigns matters to nobody any more.
    const fork = this.fork(this.sourceOf(line));
    fork.calls++;
    fork.script(code, streams, doubt);
    return fork.ended;
  }

  /** Whether it surely has ended, or surely has not. */
  private get isSure(): boolean {
    return this.ended === undefined || this.ended === true;
  }

  /** A process of this shell's own is over. */
  private join(fork: Shell, streams: Streams, doubt: UnknownReason | undefined): void {
    fork.finish(streams, doubt);
    if (fork.hung !== undefined) {
      this.hang(fork.hung);
    }
  }

  /** What comes next may never be reached. */
  hang(doubt: UnknownReason | undefined): void {
    this.hung ??= doubt ?? "loop";
    this.end(doubt ?? "loop");
  }

  variable(name: string): string | undefined {
    return this.variables.get(name);
  }

  pay(characters: number): void {
    this.machine.budget.spend(characters / 64 + 1);
  }

  script(text: string, streams: Streams, doubt: UnknownReason | undefined): Status {
    this.machine.budget.spend(text.length / CHARACTERS_PER_STEP);
    const { body, plain, trouble } = parseScript(text, () => {
      this.machine.budget.spend(1);
    });
    if (this.dialect === "bash" || plain === body.length) {
      const status = this.list(body, streams, doubt);
      this.sayTrouble(trouble);
      return trouble ? "unclear" : status;
    }
    this.list(body.slice(0, plain), streams, doubt);
    if (this.ended !== true) {
      // A syntax error for any other shell.
      this.end("shells-differ");
    }
    this.list(body.slice(plain), streams, doubt);
    this.sayTrouble(trouble);
    return "unclear";
  }

  private sayTrouble(trouble: { readonly line: number; readonly reason: UnknownReason } | undefined): void {
    if (trouble && this.ended !== true) {
      this.machine.findings.unknownAt(trouble.reason, placeIn(this.source, trouble.line));
    }
  }

  /**
   * A shell for a script that this one starts: it has nothing of this one's variables but what is exported, which nobody tracks. A sourced
   * one is this shell's own, with the loops that it runs in.
   */
  child(
    source: Source,
    dialect: Dialect,
    args: readonly string[] | undefined,
    sourced: boolean,
  ): Shell | undefined {
    if (this.calls >= CALL_LIMIT) {
      return undefined;
    }
    const child = new Shell(this.machine, this.stage, source, dialect, this.boot, this.calls + 1);
    child.arguments = args;
    child.directory = this.directory;
    child.nearSysctlFiles = this.nearSysctlFiles;
    child.beenNearSysctlFiles = this.beenNearSysctlFiles;
    if (this.variables.has("PATH")) {
      child.variables.set("PATH", this.variables.get("PATH"));
    }
    if (sourced) {
      child.outerLoops = [...this.outerLoops, ...this.loops];
      child.sourced = true;
      child.anySet = true;
      child.functions = this.functions;
      child.ownsFunctions = this.ownsFunctions;
      child.traps = this.traps;
      child.exitOnError = this.exitOnError;
      child.exitOnUnset = this.exitOnUnset;
      child.keepFiles = this.keepFiles;
      child.conditions = this.conditions;
      this.aliases.forEach((name) => child.aliases.add(name));
      child.expandsAliases = this.expandsAliases;
    }
    return child;
  }

  /** Another script is over that this one started, or read into itself. */
  comeBack(child: Shell, doubt: UnknownReason | undefined): void {
    if (!child.sourced) {
      if (child.hung !== undefined) {
        this.hang(doubt ?? child.hung);
      }
      return;
    }
    this.functions = child.functions;
    this.ownsFunctions = child.ownsFunctions;
    this.exitOnError = child.exitOnError;
    this.exitOnUnset = child.exitOnUnset;
    this.keepFiles = child.keepFiles;
    this.traps = child.traps;
    this.directory = doubt === undefined && child.left === undefined ? child.directory : undefined;
    this.nearSysctlFiles ||= child.nearSysctlFiles || /sysctl\.d/.test(child.directory ?? "");
    child.aliases.forEach((name) => this.aliases.add(name));
    this.expandsAliases ||= child.expandsAliases;
    this.hung ??= child.hung;
    this.replaced ??= child.replaced;
    if (child.ended !== undefined) {
      this.end(child.ended === true ? "condition" : child.ended);
    }
  }

  circumstance(line: number, doubt: UnknownReason | undefined): Circumstance {
    return { place: placeIn(this.source, line), stage: this.stage, doubt };
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

  list(items: readonly AndOr[], streams: Streams, doubt: UnknownReason | undefined): Status {
    let status: Status = "works";
    for (const item of items) {
      if (this.stopped) {
        return status;
      }
      status = this.andOr(item, streams, doubt ?? this.stopDoubt);
    }
    return status;
  }

  /** Nothing more runs here: the script has ended, or the round of a loop. */
  private get stopped(): boolean {
    return this.ended === true || this.left === true || this.loops.at(-1)?.left !== undefined;
  }

  /** Why what follows may not run. */
  private get stopDoubt(): UnknownReason | undefined {
    if (this.ended === true || this.left === true) {
      return undefined;
    }
    return this.ended ?? this.left ?? this.loops.find((loop) => loop.doubt)?.doubt;
  }

  /** `break` and `continue`: leaves this many loops, or may leave them. */
  leaveLoops(how: "break" | "continue", levels: number, doubt: UnknownReason | undefined): void {
    if (this.outerLoops.length > 0 && levels > this.loops.length) {
      // Shells differ in whether a function or a subshell can leave a loop that it runs in.
      for (const loop of [...this.outerLoops, ...this.loops]) {
        loop.doubt ??= doubt ?? "shells-differ";
        loop.forGood = true;
      }
      this.end(doubt ?? "shells-differ");
      return;
    }
    const innermostFirst = this.loops.slice(-levels).reverse();
    innermostFirst.forEach((loop, index) => {
      const last = index === innermostFirst.length - 1;
      if (doubt === undefined) {
        loop.left = last ? how : "break";
      } else {
        loop.doubt ??= doubt;
        loop.forGood ||= !last || how === "break";
      }
    });
  }

  /** Remembers that a variable now holds this; undefined if nobody knows what. */
  assign(name: string, value: string | undefined, doubt: UnknownReason | undefined): void {
    if (this.constants.has(name)) {
      this.expansionDoubt ??= "variable";
    }
    this.missing.delete(name);
    this.holdsPath ||= value?.includes(HOLE) === true && ABOUT_SETTINGS.test(value);
    this.variables.set(name, doubt === undefined && value?.includes(HOLE) === false ? value : undefined);
  }

  /** `local`: the variable of the caller comes back when the function returns. */
  hide(name: string): void {
    const frame = this.frames.at(-1);
    if (frame && !frame.has(name)) {
      frame.set(name, this.variables.has(name) ? this.variables.get(name) : ABSENT);
    }
  }

  unset(name: string, doubt: UnknownReason | undefined): void {
    this.assign(name, undefined, doubt);
    if (doubt === undefined) {
      this.missing.add(name);
    }
  }

  unsetFunction(name: string, doubt: UnknownReason | undefined): void {
    const existing = this.functions.get(name);
    if (existing) {
      this.ownFunctions();
      if (doubt === undefined) {
        this.functions.delete(name);
      } else {
        this.functions.set(name, { bodies: existing.bodies, doubt: existing.doubt ?? doubt });
      }
    }
  }

  /** A fork has the functions of its parent, and does not change those. */
  private ownFunctions(): void {
    if (!this.ownsFunctions) {
      this.machine.budget.spend(this.functions.size / 4);
      this.functions = new Map(this.functions);
      this.ownsFunctions = true;
    }
  }

  private define(name: string, body: Command, doubt: UnknownReason | undefined): void {
    this.ownFunctions();
    const bodies = doubt === undefined ? [] : (this.functions.get(name)?.bodies ?? []);
    this.machine.budget.spend(1 + bodies.length / 4);
    this.functions.set(name, { bodies: [...bodies, body], doubt });
  }

  /** Code was read into this shell that nobody follows for its values: what it assigns is not known. */
  forgetAssigned(child: Shell): void {
    for (const name of child.variables.keys()) {
      this.machine.budget.spend(1);
      this.assign(name, undefined, undefined);
    }
  }

  /** Any variable may now hold anything. */
  forgetVariables(): void {
    this.machine.budget.spend(1 + this.variables.size / 4);
    this.anySet = true;
    this.missing.clear();
    for (const name of this.variables.keys()) {
      this.variables.set(name, undefined);
    }
  }

  private andOr(item: AndOr, streams: Streams, outer: UnknownReason | undefined): Status {
    if (item.background) {
      const fork = this.fork();
      fork.chain(item, { input: [], output: streams.output }, outer ?? "background");
      fork.finish(streams, outer ?? "background");
      return "works";
    }
    return this.chain(item, streams, outer);
  }

  private chain(item: AndOr, streams: Streams, outer: UnknownReason | undefined): Status {
    let doubt = outer;
    let status: Status = "works";
    for (const [index, { operator, pipeline }] of item.links.entries()) {
      if (this.stopped) {
        return status;
      }
      this.machine.budget.spend(1);
      doubt ??= this.stopDoubt;
      if (operator !== "") {
        if (status === (operator === "&&" ? "fails" : "works")) {
          continue;
        }
        if (status === "unclear") {
          doubt ??= "condition";
        }
      }
      // Only the last of a chain can end the script by `set -e`.
      const counts = index === item.links.length - 1 && !pipeline.negated;
      this.conditions += counts ? 0 : 1;
      const result = this.pipeline(pipeline, streams, doubt, counts);
      this.conditions -= counts ? 0 : 1;
      status = doubt === undefined || doubt === outer ? result : "unclear";
    }
    return status;
  }

  private pipeline(
    pipeline: Pipeline,
    streams: Streams,
    doubt: UnknownReason | undefined,
    counts: boolean,
  ): Status {
    const { commands } = pipeline;
    let { input } = streams;
    let status: Status = "works";
    for (const [index, command] of commands.entries()) {
      const last = index === commands.length - 1;
      if (commands.length === 1) {
        status = this.command(command, streams, doubt);
        break;
      }
      const passed: Chunk[] = [];
      const part = this.fork();
      status = part.command(
        command,
        { input, output: last ? streams.output : (chunk) => passed.push(chunk) },
        doubt,
      );
      this.join(part, streams, doubt);
      input = passed;
    }
    const result: Status =
      !pipeline.negated || status === "unclear" ? status : status === "works" ? "fails" : "works";
    if (counts && this.conditions === 0 && result === "fails") {
      for (const trap of this.traps.other) {
        const { ended } = this;
        const left = this.runTrap(
          trap,
          streams,
          doubt ?? trap.doubt ?? (this.inFunction ? "condition" : undefined),
        );
        this.ended = ended ?? left;
      }
      if (this.exitOnError) {
        this.end(doubt);
      }
    }
    return result;
  }

  /** The script ends here, or may end here. */
  end(doubt: UnknownReason | undefined): void {
    if (doubt === undefined) {
      this.ended = true;
    } else {
      this.ended ??= doubt;
    }
  }

  /** The same shell, in a process of its own: what it changes in itself is lost with it. */
  private fork(source: Source = this.source): Shell {
    const fork = new Shell(this.machine, this.stage, source, this.dialect, this.boot, this.calls);
    this.machine.budget.spend(2 + this.variables.size / 4);
    this.variables.forEach((value, name) => fork.variables.set(name, value));
    this.missing.forEach((name) => fork.missing.add(name));
    this.aliases.forEach((name) => fork.aliases.add(name));
    this.constants.forEach((name) => fork.constants.add(name));
    fork.expandsAliases = this.expandsAliases;
    fork.anySet = this.anySet;
    fork.holdsPath = this.holdsPath;
    fork.functions = this.functions;
    fork.ownsFunctions = false;
    this.ownsFunctions = false;
    fork.frames = this.frames.length > 0 ? [new Map<string, string | typeof ABSENT | undefined>()] : [];
    fork.exitOnUnset = this.exitOnUnset;
    fork.keepFiles = this.keepFiles;
    fork.conditions = this.conditions;
    fork.doubtNow = this.doubtNow;
    fork.sourced = this.sourced;
    fork.arguments = this.arguments;
    fork.directory = this.directory;
    fork.nearSysctlFiles = this.nearSysctlFiles;
    fork.beenNearSysctlFiles = this.beenNearSysctlFiles;
    fork.exitOnError = this.exitOnError;
    fork.outerLoops = [...this.outerLoops, ...this.loops];
    return fork;
  }

  private command(command: Command, streams: Streams, doubt: UnknownReason | undefined): Status {
    this.machine.budget.spend(STEPS_PER_COMMAND);
    this.doubtNow = doubt;
    switch (command.kind) {
      case "simple":
        return this.simple(command, streams, doubt);
      case "function":
        this.define(command.name, command.body, doubt);
        return "works";
      case "test":
        this.arithmetic(command.text);
        return /^\s*[1-9]\d{0,9}\s*$/.test(command.text) ? "works" : "unclear";
      case "group": {
        return this.list(command.body, this.redirect(command.redirects, streams, doubt), doubt);
      }
      case "subshell": {
        const fork = this.fork();
        const inner = fork.redirect(command.redirects, streams, doubt);
        const status = fork.list(command.body, inner, doubt);
        this.join(fork, inner, doubt);
        return fork.isSure ? status : "unclear";
      }
      case "branch": {
        const inner = this.redirect(command.redirects, streams, doubt);
        const depth = this.loops.length;
        const loop: Loop = {};
        if (command.why === "loop") {
          this.loops.push(loop);
        }
        this.conditions++;
        const status = this.list(command.always, inner, doubt);
        this.conditions--;
        if (command.arithmetic !== undefined) {
          this.arithmetic(command.arithmetic);
        }
        if (command.variable !== undefined) {
          this.assign(command.variable, undefined, doubt);
        }
        const { ended, left } = this;
        for (const body of command.maybe) {
          if (this.stopped) {
            break;
          }
          this.list(body, inner, doubt ?? command.why);
        }
        this.loops.length = depth;
        const isLeft = loop.left !== undefined || loop.doubt !== undefined;
        if (status === command.endless && !isLeft && this.ended === ended && this.left === left) {
          this.hang(doubt);
        }
        return "unclear";
      }
      case "for":
        return this.forLoop(command, this.redirect(command.redirects, streams, doubt), doubt);
    }
  }

  /** Goes round after round where the text says what for; else the body runs with a variable that nobody knows, if it runs. */
  private forLoop(command: ForCommand, streams: Streams, doubt: UnknownReason | undefined): Status {
    const { variable, words, body } = command;
    this.doubtNow = doubt;
    const fields = words && expandWords(words, this);
    const values = fields === undefined ? this.arguments : fields.map(({ text }) => text);
    if (
      values === undefined ||
      values.some((value) => value.includes(HOLE)) ||
      fields?.some(({ pattern }) => pattern) === true
    ) {
      this.holdsPath ||= values?.some((value) => ABOUT_SETTINGS.test(value)) === true;
      this.assign(variable, undefined, doubt);
      this.loops.push({});
      this.list(body, streams, doubt ?? "loop");
      this.loops.pop();
      return "unclear";
    }
    const loop: Loop = {};
    this.loops.push(loop);
    let status: Status = "works";
    for (const value of values) {
      this.machine.budget.spend(2);
      const uncertain = doubt ?? this.stopDoubt;
      this.assign(variable, value, uncertain);
      status = this.list(body, streams, uncertain);
      if (this.ended === true || loop.left === "break") {
        break;
      }
      delete loop.left;
      if (loop.forGood !== true) {
        delete loop.doubt;
      }
    }
    this.loops.pop();
    return loop.forGood === true || loop.left !== undefined ? "unclear" : status;
  }

  private simple(command: SimpleCommand, streams: Streams, outer: UnknownReason | undefined): Status {
    let doubt = outer;
    this.substituted = undefined;
    const fields = expandWords(command.words, this);
    const alone = command.words.length === 0;
    for (const { name, value } of command.assignments) {
      const field = value && expandText(value, this);
      // Before a command it is that command's environment alone; before some of the shell's own it stays.
      if (alone) {
        this.assign(name, field?.text ?? (value ? "" : undefined), doubt);
      } else if (KEEPS_ASSIGNMENTS.has(fields[0]?.text ?? "") || this.functions.has(fields[0]?.text ?? "")) {
        this.assign(name, undefined, doubt);
      }
    }
    const redirected = this.redirect(command.redirects, streams, doubt);
    if (this.expansionDoubt !== undefined) {
      doubt ??= this.expansionDoubt;
      this.end(doubt);
      this.expansionDoubt = undefined;
    }
    doubt ??= this.openDoubt;
    this.openDoubt = undefined;
    const name = fields.shift();
    if (name === undefined) {
      return this.takeSubstituted();
    }
    if (this.aliases.size > 0 && this.expandsAliases && this.isAlias(command)) {
      this.machine.loseTrack(doubt ?? "command-not-understood", this.circumstance(command.line, doubt));
      this.end(doubt ?? "command-not-understood");
      return "unclear";
    }
    const found = this.functions.get(name.text);
    if (found) {
      const uncertain = doubt ?? found.doubt;
      const statuses = found.bodies.map((body) => this.call(body, fields, redirected, uncertain));
      return uncertain === outer ? (statuses.at(-1) ?? "works") : "unclear";
    }
    const { input, output } = redirected;
    const { unsureWrites } = this.machine;
    const status = runCommand({ shell: this, name, fields, line: command.line, doubt, input, output });
    if (fields.length === 0 && name.text === "exec") {
      this.redirectForGood(command, doubt);
    }
    return this.machine.unsureWrites === unsureWrites && doubt === outer ? status : "unclear";
  }

  private isAlias({ words: [first] }: SimpleCommand): boolean {
    const segment = first?.segments.length === 1 ? first.segments[0] : undefined;
    return segment?.kind === "text" && !segment.quoted && this.aliases.has(segment.text);
  }

  /** `exec > FILE`: whatever is printed from now on ends up there. */
  private redirectForGood({ redirects, line }: SimpleCommand, doubt: UnknownReason | undefined): void {
    for (const { descriptor, target } of redirects) {
      const { text } = expandText(target, this);
      if (descriptor > 0 && ABOUT_SETTINGS.test(this.path(text) ?? text)) {
        this.machine.loseTrack(doubt ?? "command-not-understood", this.circumstance(line, doubt));
      }
    }
  }

  private call(
    body: Command,
    args: readonly Field[],
    streams: Streams,
    doubt: UnknownReason | undefined,
  ): Status {
    if (this.calls >= CALL_LIMIT) {
      throw new TooMuch();
    }
    const { loops, outerLoops, left } = this;
    const outer = { args: this.arguments, loops, outerLoops, left };
    const frame = new Map<string, string | typeof ABSENT | undefined>();
    this.frames.push(frame);
    this.left = undefined;
    this.loops = [];
    this.outerLoops = [...outerLoops, ...loops];
    this.arguments = args.some(({ text }) => text.includes(HOLE)) ? undefined : args.map(({ text }) => text);
    this.calls++;
    const status = this.command(body, streams, doubt);
    this.calls--;
    this.arguments = outer.args;
    this.loops = outer.loops;
    this.outerLoops = outer.outerLoops;
    this.frames.pop();
    frame.forEach((value, name) => {
      if (value === ABSENT) {
        this.variables.delete(name);
      } else {
        this.variables.set(name, value);
      }
    });
    return this.comesBackTo(outer.left) ? "unclear" : status;
  }

  /** The status of an assignment is that of the last command substitution in it. */
  private takeSubstituted(): Status {
    return this.substituted ?? "works";
  }

  /** Whether the function that is over has returned early, or may have; the caller is as it was. */
  private comesBackTo(left: true | UnknownReason | undefined): boolean {
    const early = this.left !== undefined;
    this.left = left;
    return early;
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
    return this.inFunction || this.sourced;
  }

  private get inFunction(): boolean {
    return this.frames.length > 0;
  }

  private redirect(
    redirects: readonly Redirect[],
    streams: Streams,
    doubt: UnknownReason | undefined,
  ): Streams {
    if (redirects.length === 0) {
      return streams;
    }
    let { input, output } = streams;
    this.doubtNow = doubt;
    for (const { operator, descriptor, target } of redirects) {
      const field = expandText(target, this);
      const { text } = field;
      if (operator === "<<" || operator === "<<<") {
        const chunk: Chunk = {
          text: operator === "<<<" ? `${text}\n` : text,
          source: this.sourceOf(target.line),
          doubt: doubt ?? (operator === "<<<" && this.dialect === "sh" ? "shells-differ" : undefined),
        };
        input = descriptor === 0 ? [chunk] : input;
      } else if (operator === "<") {
        const path = this.path(text);
        input = descriptor !== 0 ? input : path === undefined ? undefined : this.machine.files.chunks(path);
      } else if (operator === "<&" || operator === "<>") {
        input = undefined;
      } else if (operator === ">&" || operator.startsWith("&")) {
        output = /^\d$|^-$/.test(text)
          ? descriptor === 1 && text !== "1"
            ? NOWHERE
            : output
          : this.into(
              field,
              operator === "&>>",
              doubt ?? (this.dialect === "sh" ? "shells-differ" : undefined),
            );
      } else {
        const path = operator === ">" && this.keepFiles ? this.path(text) : undefined;
        if (path !== undefined && (this.machine.files.has(path) || ABOUT_SETTINGS.test(path))) {
          // `set -C` keeps what is there, and whether that is anything is up to the image.
          this.openDoubt ??= doubt ?? "condition";
        }
        const sink = this.into(field, operator === ">>", doubt ?? this.openDoubt);
        output = descriptor === 1 ? sink : output;
        if (descriptor > 1 && ABOUT_SETTINGS.test(this.path(text) ?? "")) {
          // Errors, or whatever another descriptor is for.
          sink({
            text: `${HOLE}\n`,
            source: this.sourceOf(target.line),
            doubt: doubt ?? "command-not-understood",
          });
        }
      }
    }
    return { input, output };
  }

  /** Opens a file for writing, as a redirection does before its command runs. */
  into(field: Field, append: boolean, doubt: UnknownReason | undefined): Sink {
    const path = this.path(field.text);
    if (path === undefined || field.pattern) {
      const why = doubt ?? field.why ?? (this.directory === undefined ? "condition" : "variable");
      const lost = (chunk: Chunk): void => {
        this.machine.findings.unknownAt(why, placeIn(this.source, field.line));
        this.machine.write(NAMELESS, { ...chunk, doubt: why }, this.stage);
      };
      if (/sysctl/.test(field.text) || this.nearSysctlFiles) {
        lost({ text: "", source: this.source });
        return lost;
      }
      if (ABOUT_SETTINGS.test(field.text) || this.holdsPath) {
        this.machine.loseTrack(why, this.circumstance(field.line, why));
      }
      return (chunk) => {
        // Wherever it goes: settings are written for nothing else.
        if (SETTINGS.test(chunk.text.slice(0, 4096))) {
          lost(chunk);
        }
      };
    }
    if (path.startsWith("/dev/")) {
      return NOWHERE;
    }
    this.machine.touchUnit(path, placeIn(this.source, field.line));
    if (!append) {
      this.machine.truncate(path, doubt);
    } else if (!this.machine.files.has(path) && !path.startsWith("/proc/")) {
      // It may be a file of the image: then what follows comes behind what the image has in it.
      this.machine.files.append(path, { text: "", source: this.source, doubt }, this.stage);
    }
    return (chunk) => {
      const worst = chunk.doubt ?? doubt;
      this.machine.write(path, worst === undefined ? chunk : { ...chunk, doubt: worst }, this.stage);
    };
  }

  /** The source of text that begins on this line of the script, and goes on line by line. */
  sourceOf(line: number): Source {
    const { source } = this;
    return { placeOf: (inner) => source.placeOf(line + inner - 1) };
  }
}

const ABSENT = Symbol("absent");
const KEEPS_ASSIGNMENTS = new Set([
  ":",
  ".",
  "eval",
  "exec",
  "export",
  "readonly",
  "set",
  "shift",
  "times",
  "trap",
  "unset",
  "source",
]);
/** Where settings are written to. */
const ABOUT_SETTINGS = /sysctl|\/proc\/sys\//;

/** Whether code looks as if it changes sysctl settings: reading them is no matter. */
export function changesSettings(code: string): boolean {
  return /sysctl[^|;&\n]{0,200}(?:\s-\S*[wp]|--system|=)|>\s{0,9}["']?\/(?:proc\/sys|etc\/sysctl)|systemd-sysctl/.test(
    code,
  );
}
