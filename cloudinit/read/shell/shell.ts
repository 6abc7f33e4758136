import { TooMuch } from "../budget";
import type { Chunk } from "../files";
import type { Machine } from "../machine";
import type { Stage, UnknownReason } from "../result";
import { placeIn, type Source } from "../source";
import { changesSettings } from "./about-settings";
import { runBranch, runFor } from "./control-flow";
import { parseScript } from "./parser";
import { redirect } from "./redirections";
import { runSimpleCommand } from "./simple-command";
import { ShellState, type Dialect } from "./state";
import { NOWHERE, type Status, type Streams } from "./streams";
import type { AndOr, Command, Pipeline, Script } from "./syntax";
import type { Trap } from "./traps";

/** Measured: what is taken apart for one step. */
const CHARACTERS_PER_STEP = 16;
/** Measured: what one command takes besides its words. */
const STEPS_PER_COMMAND = 3;

/** Follows a script as a shell would, as far as the text alone decides what happens. */
export class Shell extends ShellState {
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

  script(text: string, streams: Streams, doubt: UnknownReason | undefined): Status {
    const { body, plain, trouble } = this.parse(text);
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

  private parse(text: string): Script {
    this.machine.budget.spend(text.length / CHARACTERS_PER_STEP);
    return parseScript(text, () => {
      this.machine.budget.spend(1);
    });
  }

  private sayTrouble(trouble: Script["trouble"]): void {
    if (trouble && this.ended !== true) {
      this.machine.findings.unknownAt(trouble.reason, placeIn(this.source, trouble.line));
    }
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
    let isExpected = outer === undefined;
    for (const [index, { operator, pipeline }] of item.links.entries()) {
      if (this.stopped) {
        return status;
      }
      this.machine.budget.spend(1);
      doubt ??= this.stopDoubt;
      isExpected &&=
        this.stopDoubt === undefined && operator !== "||" && (status === "works" || this.installs);
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
      this.installs = false;
      this.expected = isExpected && pipeline.commands.length === 1 ? pipeline.commands[0] : undefined;
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
    let failed = false;
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
      failed ||= status === "fails";
    }
    if (failed && this.failsInPipes) {
      status = "fails";
    }
    const result: Status =
      !pipeline.negated || status === "unclear" ? status : status === "works" ? "fails" : "works";
    if (counts && this.conditions === 0 && result === "fails") {
      this.fail(streams, doubt);
    }
    return result;
  }

  /** A command has failed, and nothing asks whether it does. */
  private fail(streams: Streams, doubt: UnknownReason | undefined): void {
    for (const trap of this.traps.other) {
      const { ended } = this;
      const left = this.runTrap(
        trap,
        streams,
        doubt ?? trap.doubt ?? (this.variables.inFunction ? "condition" : undefined),
      );
      this.ended = ended ?? left;
    }
    if (this.exitOnError) {
      this.end(doubt);
    }
  }

  command(command: Command, streams: Streams, doubt: UnknownReason | undefined): Status {
    this.machine.budget.spend(STEPS_PER_COMMAND);
    this.doubtNow = doubt;
    switch (command.kind) {
      case "simple":
        return runSimpleCommand(this, command, streams, doubt);
      case "function":
        this.functions.define(command.name, command.body, doubt);
        return "works";
      case "test":
        return this.arithmetic(command.text);
      case "group":
        return this.list(command.body, redirect(this, command.redirects, streams, doubt), doubt);
      case "subshell": {
        const fork = this.fork();
        const inner = redirect(fork, command.redirects, streams, doubt);
        const status = fork.list(command.body, inner, doubt);
        this.join(fork, inner, doubt);
        return fork.isSure ? status : "unclear";
      }
      case "branch":
        return runBranch(this, command, streams, doubt);
      case "for":
        return runFor(this, command, streams, doubt);
    }
  }

  /** What runs inside of `$(...)` does what it does; what it prints is not followed. */
  substitute(code: string, line: number): void {
    const doubt = this.doubtNow;
    const fork = this.deeperFork(line);
    const { body, trouble } = this.parse(code);
    const streams = { input: undefined, output: NOWHERE };
    const status = fork.list(body, streams, doubt);
    this.join(fork, streams, doubt);
    this.doubtNow = doubt;
    this.substituted = trouble || !fork.isSure ? "unclear" : status;
    if (trouble && changesSettings(code)) {
      this.machine.loseTrack(doubt ?? "command-substitution", this.circumstance(line, doubt));
    }
  }

  finish(streams: Streams, doubt: UnknownReason | undefined): void {
    const { exit, other } = this.traps;
    if (exit.length + other.length === 0) {
      return;
    }
    this.traps = { exit: [], other: [] };
    const { ended } = this;
    this.loops.exitAll();
    this.variables.leaveFunctions();
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
    // It runs in the shell itself: what it assigns matters to nobody any more.
    const fork = this.deeperFork(line);
    fork.script(code, streams, doubt);
    return fork.ended;
  }

  /** The same shell, in a process of its own: what it changes in itself is lost with it. */
  private fork(source: Source = this.source): Shell {
    const fork = new Shell(this.machine, this.stage, source, this.dialect, this.boot, this.calls);
    fork.variables.copyFrom(this.variables);
    fork.functions = this.functions.fork();
    fork.exportsFunctions = this.exportsFunctions;
    fork.arguments = this.arguments;
    fork.doubtNow = this.doubtNow;
    fork.sourced = this.sourced;
    fork.startWhere(this);
    fork.inherit(this);
    return fork;
  }

  /** One that follows code of this shell, which begins on this line. */
  private deeperFork(line: number): Shell {
    if (this.isTooDeep) {
      throw new TooMuch();
    }
    const fork = this.fork(this.sourceOf(line));
    fork.calls++;
    return fork;
  }

  /** A process of this shell's own is over. */
  private join(fork: Shell, streams: Streams, doubt: UnknownReason | undefined): void {
    fork.finish(streams, doubt);
    if (fork.hung !== undefined) {
      this.hang(fork.hung);
    }
  }

  /** Whether it surely has ended, or surely has not. */
  private get isSure(): boolean {
    return this.ended === undefined || this.ended === true;
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
    if (this.isTooDeep) {
      return undefined;
    }
    const child = new Shell(this.machine, this.stage, source, dialect, this.boot, this.calls + 1);
    child.arguments = args;
    child.startWhere(this);
    child.variables.copyPathFrom(this.variables);
    if (this.exportsFunctions && !sourced) {
      child.functions = this.functions.exported();
      child.exportsFunctions = true;
    }
    if (this.variables.has("BASH_ENV") && !sourced) {
      // A file that bash reads before the script.
      child.end("command-not-understood");
    }
    if (sourced) {
      child.sourced = true;
      child.variables.mayAllBeSet();
      child.functions = this.functions;
      child.traps = this.traps;
      child.inherit(this);
    }
    return child;
  }

  /** It is in the directory of its parent. */
  private startWhere(parent: Shell): void {
    this.directory = parent.directory;
    this.nearSysctlFiles = parent.nearSysctlFiles;
    this.beenNearSysctlFiles = parent.beenNearSysctlFiles;
  }

  /** It is the shell that its parent is: its options and aliases are those of the parent, and so are the loops and conditions around it. */
  private inherit(parent: Shell): void {
    this.loops = parent.loops.inner();
    this.conditions = parent.conditions;
    this.exitOnError = parent.exitOnError;
    this.exitOnUnset = parent.exitOnUnset;
    this.keepFiles = parent.keepFiles;
    this.failsInPipes = parent.failsInPipes;
    parent.aliases.forEach((name) => this.aliases.add(name));
    this.expandsAliases = parent.expandsAliases;
    this.echoDiffers = parent.echoDiffers;
  }
}
