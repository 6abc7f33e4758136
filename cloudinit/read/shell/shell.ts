import { TooMuch } from "../budget";
import { realPath, type Chunk } from "../files";
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
/** Stands for a sysctl file whose name is not known: it may come last of all. */
const NAMELESS = "/etc/sysctl.d/~.conf";
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

/** Follows a script as a shell would, as far as the text alone decides what happens. */
export class Shell implements Values {
  readonly variables = new Map<string, string | undefined>();
  arguments: readonly string[] | undefined = [];
  /** The current directory; undefined once nobody knows. Scripts of cloud-init start in the root directory. */
  directory: string | undefined = "/";
  /** The current directory may be one of sysctl files. */
  nearSysctlFiles = false;
  /** The rest does not run (`true`), or may not run (the reason). */
  ended: true | UnknownReason | undefined;
  exitOnError = false;
  private functions = new Map<string, Command>();
  private loops: Loop[] = [];
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
  ) {}

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
      readonly exitOnError?: boolean | undefined;
    },
  ): void {
    const shell = new Shell(setting.machine, setting.stage, setting.source, setting.dialect, setting.boot);
    shell.exitOnError = setting.exitOnError === true;
    shell.script(text, { input: undefined, output: NOWHERE }, setting.doubt);
  }

  variable(name: string): string | undefined {
    return this.variables.get(name);
  }

  pay(characters: number): void {
    this.machine.budget.spend(characters / 64 + 1);
  }

  script(text: string, streams: Streams, doubt: UnknownReason | undefined): Status {
    this.machine.budget.spend(text.length / CHARACTERS_PER_STEP);
    const { body, trouble } = parseScript(text, () => {
      this.machine.budget.spend(1);
    });
    const status = this.list(body, streams, doubt);
    if (trouble && this.ended !== true) {
      this.machine.findings.unknownAt(trouble.reason, placeIn(this.source, trouble.line));
    }
    return trouble ? "unclear" : status;
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
    child.outerLoops = sourced ? [...this.outerLoops, ...this.loops] : [];
    return child;
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
      return realPath(text);
    }
    return this.directory === undefined ? undefined : realPath(`${this.directory}/${text}`);
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
    return this.ended === true || this.loops.at(-1)?.left !== undefined;
  }

  /** Why what follows may not run. */
  private get stopDoubt(): UnknownReason | undefined {
    return this.ended === true ? undefined : (this.ended ?? this.loops.find((loop) => loop.doubt)?.doubt);
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
    this.variables.set(name, doubt === undefined && value?.includes(HOLE) === false ? value : undefined);
  }

  /** Any variable may now hold anything. */
  forgetVariables(): void {
    this.machine.budget.spend(1 + this.variables.size / 4);
    for (const name of this.variables.keys()) {
      this.variables.set(name, undefined);
    }
  }

  private andOr(item: AndOr, streams: Streams, outer: UnknownReason | undefined): Status {
    let doubt = item.background ? (outer ?? "background") : outer;
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
      const last = index === item.links.length - 1;
      const result = this.pipeline(pipeline, streams, doubt, last && !pipeline.negated);
      status = doubt === undefined || doubt === outer ? result : "unclear";
    }
    return item.background ? "works" : status;
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
      input = passed;
    }
    const result: Status =
      !pipeline.negated || status === "unclear" ? status : status === "works" ? "fails" : "works";
    if (counts && this.exitOnError && result === "fails") {
      this.end(doubt);
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
  private fork(): Shell {
    const fork = new Shell(this.machine, this.stage, this.source, this.dialect, this.boot, this.calls);
    this.machine.budget.spend(2 + this.variables.size / 4);
    this.variables.forEach((value, name) => fork.variables.set(name, value));
    fork.functions = this.functions;
    fork.arguments = this.arguments;
    fork.directory = this.directory;
    fork.nearSysctlFiles = this.nearSysctlFiles;
    fork.exitOnError = this.exitOnError;
    fork.outerLoops = [...this.outerLoops, ...this.loops];
    return fork;
  }

  private command(command: Command, streams: Streams, doubt: UnknownReason | undefined): Status {
    this.machine.budget.spend(STEPS_PER_COMMAND);
    switch (command.kind) {
      case "simple":
        return this.simple(command, streams, doubt);
      case "function":
        this.functions.set(command.name, command.body);
        return "works";
      case "test":
        return "unclear";
      case "group": {
        return this.list(command.body, this.redirect(command.redirects, streams, doubt), doubt);
      }
      case "subshell": {
        const fork = this.fork();
        const status = fork.list(command.body, fork.redirect(command.redirects, streams, doubt), doubt);
        return fork.ended === undefined ? status : "unclear";
      }
      case "branch": {
        const inner = this.redirect(command.redirects, streams, doubt);
        const depth = this.loops.length;
        if (command.why === "loop") {
          this.loops.push({});
        }
        const exitOnError = this.exitOnError;
        this.exitOnError = false;
        this.list(command.always, inner, doubt);
        this.exitOnError = exitOnError;
        if (command.variable !== undefined) {
          this.assign(command.variable, undefined, doubt);
        }
        for (const body of command.maybe) {
          if (this.stopped) {
            break;
          }
          this.list(body, inner, doubt ?? command.why);
        }
        this.loops.length = depth;
        return "unclear";
      }
      case "for":
        return this.forLoop(command, this.redirect(command.redirects, streams, doubt), doubt);
    }
  }

  /** Goes round after round where the text says what for; else the body runs with a variable that nobody knows, if it runs. */
  private forLoop(command: ForCommand, streams: Streams, doubt: UnknownReason | undefined): Status {
    const { variable, words, body, line } = command;
    const fields = words && expandWords(words, this);
    this.mention(fields ?? [], line, doubt);
    const values = fields === undefined ? this.arguments : fields.map(({ text }) => text);
    if (
      values === undefined ||
      values.some((value) => value.includes(HOLE)) ||
      fields?.some(({ pattern }) => pattern) === true
    ) {
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

  private simple(command: SimpleCommand, streams: Streams, doubt: UnknownReason | undefined): Status {
    const fields = expandWords(command.words, this);
    for (const { name, value } of command.assignments) {
      const field = value && expandText(value, this);
      this.mention(field ? [field] : [], command.line, doubt);
      // Before a command it is that command's environment alone.
      if (command.words.length === 0) {
        this.assign(name, field?.text ?? (value ? "" : undefined), doubt);
      }
    }
    const redirected = this.redirect(command.redirects, streams, doubt);
    this.mention(fields, command.line, doubt);
    const name = fields.shift();
    if (name === undefined) {
      return "works";
    }
    const body = this.functions.get(name.text);
    if (body) {
      return this.call(body, fields, redirected, doubt);
    }
    const { input, output } = redirected;
    const { unsureWrites } = this.machine;
    const status = runCommand({ shell: this, name, fields, line: command.line, doubt, input, output });
    return this.machine.unsureWrites === unsureWrites ? status : "unclear";
  }

  /** What runs inside of `$(...)` is not followed: say so where it is about sysctl settings. */
  private mention(fields: readonly Field[], line: number, doubt: UnknownReason | undefined): void {
    if (fields.some((field) => field.inner?.some((code) => changesSettings(code)))) {
      this.machine.doubtEverything(doubt ?? "command-substitution", this.circumstance(line, doubt));
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
    const { ended, loops, outerLoops } = this;
    const outer = { args: this.arguments, ended, loops, outerLoops };
    this.loops = [];
    this.outerLoops = [...outerLoops, ...loops];
    this.arguments = args.some(({ text }) => text.includes(HOLE)) ? undefined : args.map(({ text }) => text);
    this.calls++;
    const status = this.command(body, streams, doubt);
    this.calls--;
    this.arguments = outer.args;
    this.loops = outer.loops;
    this.outerLoops = outer.outerLoops;
    if (this.returned) {
      this.ended = outer.ended;
      this.returned = false;
      return "unclear";
    }
    return status;
  }

  /** `return` ends a function, not the script. */
  returned = false;

  get inFunction(): boolean {
    return this.calls > 0;
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
        const sink = this.into(field, operator === ">>", doubt);
        output = descriptor === 1 ? sink : output;
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

/** Whether code looks as if it changes sysctl settings: reading them is no matter. */
export function changesSettings(code: string): boolean {
  return /sysctl[^|;&\n]{0,200}(?:\s-\S*[wp]|--system|=)|>\s{0,9}["']?\/(?:proc\/sys|etc\/sysctl)|systemd-sysctl/.test(
    code,
  );
}
