import * as fs from "node:fs";
import { constants } from "node:os";
import * as path from "node:path";
import {
  LocalWorkspace,
  Stack,
  type Deployment,
  type EngineEvent,
  type PulumiFn,
} from "@pulumi/pulumi/automation";

import { Backend, type InterruptedOperation } from "./engine/backend";
import { CommandFailure, LabCommand } from "./engine/command";
import { couldNotRun, withReason } from "./engine/could-not-run";
import type { Engine } from "./engine/engine";
import { clearKilledEngine } from "./engine/killed-engine";
import { OutcomeCollector, type Outcome } from "./engine/outcome";
import { type CommandProvider, providePlugins } from "./engine/plugins";
import { providePassphrase, setSecrets } from "./engine/secrets";
import { projectName, STACK_NAME, WorkFolder } from "./engine/work-folder";
import { LabError } from "./errors";
import { LAB_FOLDER_VARIABLE, type Lab } from "./identity";

export type { Diagnostic, Outcome, PolicyViolation } from "./engine/outcome";
export type { InterruptedOperation } from "./engine/backend";
export type { CommandProvider } from "./engine/plugins";

/** What the lab's stack is made of. */
export interface StackDefinition {
  /** The inline program: what it returns are the stack's outputs. */
  readonly program: PulumiFn;
  /** The content of `Pulumi.yaml`: the project's name and its configuration schema. */
  readonly project: string;
  /** The content of `Pulumi.lab.yaml`: the configuration. The lab works on a copy, as the engine writes into this file. */
  readonly config: string;
  /** Configuration that is secret, by its full key. The engine encrypts it; it is set again only when it changed. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** More environment variables for the engine and its providers. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder with the executables that take the place of plugins. Default: the lab's own. */
  readonly standIns?: string;
  /** Ends a running operation in good order: what is under way is finished and saved. */
  readonly signal?: AbortSignal;
  /** Told what had to be repaired or waited for after an earlier run was killed. */
  readonly onNote?: (text: string) => void;
}

/** How one operation is run. */
export interface OperationOptions {
  /** The content of a `Pulumi.lab.yaml` for this operation only. Default: the definition's. */
  readonly config?: string;
  /** Another inline program for this operation only. Default: the definition's. */
  readonly program?: PulumiFn;
  /** Folders of policy packs, each with a `PulumiPolicy.yaml`. Default: none. */
  readonly policyPacks?: readonly string[];
  /** A file of configuration for each pack, in JSON. Default: none. */
  readonly policyPackConfigs?: readonly string[];
  /** Whether it goes on when the definition's signal says to end: for cleaning up. Default: it ends. */
  readonly uninterrupted?: boolean;
  /** Told the engine's text for people as it comes. */
  readonly onOutput?: (text: string) => void;
}

/**
 * Opens the stack of a lab, and creates it the first time. Repairs what a killed engine left: its lock, and operations whose
 * end nobody knows.
 *
 * The caller holds the lab's own lock (so that no other engine of this lab is rightly at work) until the last operation has ended.
 *
 * @throws LabError when the engine cannot run, or the project or configuration cannot be used.
 */
export async function openStack(lab: Lab, engine: Engine, definition: StackDefinition): Promise<LabStack> {
  const project = projectName(definition.project);
  const pulumi = path.join(lab.dir, "pulumi");
  const backend = new Backend(path.join(pulumi, "state"), project, STACK_NAME);
  const home = path.join(pulumi, "home");
  const work = new WorkFolder(path.join(lab.dir, "work"), definition.project);
  fs.mkdirSync(backend.folder, { recursive: true, mode: 0o700 });
  const passphraseFile = providePassphrase(path.join(pulumi, "passphrase"), backend.hasStack());
  const commandProvider = providePlugins(home, process.env, definition.standIns);
  const command = new LabCommand(engine, {
    ...withoutForeignSettings(process.env),
    ...definition.env,
    [LAB_FOLDER_VARIABLE]: lab.dir,
    // The stand-ins run on the Node.js that runs the lab.
    PATH: [path.dirname(process.execPath), engine.binDir, process.env["PATH"]]
      .filter(Boolean)
      .join(path.delimiter),
    PULUMI_BACKEND_URL: backend.url,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_HOME: home,
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  });
  work.write(definition.config);
  try {
    const workspace = await LocalWorkspace.create({
      workDir: work.folder,
      pulumiHome: home,
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its constructor is private, and the SDK uses no more than these members
      pulumiCommand: command,
      program: definition.program,
    });
    const stack = backend.hasStack()
      ? await Stack.select(STACK_NAME, workspace)
      : await Stack.create(STACK_NAME, workspace);
    await setSecrets(command, work, definition.secrets ?? {});
    const interrupted = await clearKilledEngine(
      backend,
      stack,
      command,
      work,
      definition.onNote ?? (() => undefined),
    );
    return new LabStack(stack, command, work, backend, definition, commandProvider, interrupted);
  } catch (error) {
    throw couldNotRun(error, "the lab's stack cannot be opened");
  }
}

/** Whether the lab has ever had a stack. Asks no engine. */
export function hasStack(lab: Lab): boolean {
  return fs.existsSync(path.join(lab.dir, "pulumi", "state", ".pulumi", "stacks"));
}

/** The stack of a lab. One operation at a time. */
export class LabStack {
  /** @internal use {@link openStack}. */
  constructor(
    private readonly stack: Stack,
    private readonly command: LabCommand,
    private readonly work: WorkFolder,
    private readonly backend: Backend,
    private readonly definition: StackDefinition,
    /** Who runs remote and local commands. */
    readonly commandProvider: CommandProvider,
    /** What an earlier, killed run had under way. The stack's state says nothing about these any more. */
    readonly interrupted: readonly InterruptedOperation[],
  ) {}

  /** What `up` would do. Changes nothing. */
  preview(options: OperationOptions = {}): Promise<Outcome> {
    return this.run("preview", options, (common) => this.stack.preview(common));
  }

  /** Makes the resources what the program says. */
  up(options: OperationOptions = {}): Promise<Outcome> {
    return this.run("up", options, (common) => this.stack.up(common));
  }

  /** Makes the state what the resources really are. */
  refresh(options: Omit<OperationOptions, "policyPacks" | "policyPackConfigs"> = {}): Promise<Outcome> {
    return this.run("refresh", options, (common) => this.stack.refresh(common));
  }

  /** Deletes all resources. The stack itself stays, empty. */
  destroy(options: Omit<OperationOptions, "policyPacks" | "policyPackConfigs"> = {}): Promise<Outcome> {
    return this.run("destroy", options, (common) => this.stack.destroy(common));
  }

  /** The ids of the resources of a type that the state knows, such as `aws:ec2/instance:Instance`. */
  resourceIds(type: string): string[] {
    return this.backend.resourceIds(type);
  }

  /** The outputs of the last `up`, secrets in plain text. Empty before the first one, and after `destroy`. */
  async outputs(): Promise<Record<string, unknown>> {
    // The state is a file of this lab's: asking the CLI takes half a second.
    const plain = this.backend.plainOutputs();
    if (plain !== undefined) {
      return plain;
    }
    try {
      const { stdout } = await this.command.exec(
        ["stack", "output", "--json", "--show-secrets", "--stack", STACK_NAME],
        {
          cwd: this.work.folder,
        },
      );
      const outputs: unknown = JSON.parse(stdout);
      return typeof outputs === "object" && outputs !== null ? { ...outputs } : {};
    } catch (error) {
      throw couldNotRun(error, "the outputs of the lab's stack cannot be read");
    }
  }

  /** The whole state, as `pulumi stack export` gives it, secrets in plain text. */
  async exportState(): Promise<Deployment> {
    try {
      return await this.stack.exportStack();
    } catch (error) {
      throw couldNotRun(error, "the state of the lab's stack cannot be read");
    }
  }

  private async run(
    name: string,
    options: OperationOptions,
    operation: (common: CommonOptions) => Promise<unknown>,
  ): Promise<Outcome> {
    this.work.write(options.config ?? this.definition.config);
    const collector = new OutcomeCollector();
    try {
      await operation({
        color: "never",
        onEvent: (event) => collector.add(event),
        onOutput: options.onOutput,
        onError: options.onOutput,
        signal: options.uninterrupted === true ? undefined : this.definition.signal,
        suppressProgress: true,
        ...(options.program && { program: options.program }),
        policyPacks: [...(options.policyPacks ?? [])],
        policyPackConfigs: [...(options.policyPackConfigs ?? [])],
      });
      return collector.outcome(true);
    } catch (error) {
      const signal =
        error instanceof CommandFailure && error.outcome.code < 255 ? error.outcome.code - 128 : 0;
      // Ctrl-C that comes before the engine listens for it ends the engine like this.
      if (signal === constants.signals.SIGINT && this.definition.signal?.aborted === true) {
        return collector.outcome(false);
      }
      if (signal > 0) {
        throw new LabError(`the Pulumi engine was killed in the middle of \`${name}\` (signal ${signal})`, {
          fix: "run it again: the next run repairs what this one left",
          cause: error,
        });
      }
      if (error instanceof CommandFailure && collector.engineRan) {
        return withReason(collector.outcome(false), error);
      }
      throw couldNotRun(error, `\`${name}\` of the lab's stack could not run`);
    }
  }
}

interface CommonOptions {
  color: "never";
  onEvent: (event: EngineEvent) => void;
  onOutput?: (text: string) => void;
  onError?: (text: string) => void;
  signal?: AbortSignal;
  suppressProgress: boolean;
  program?: PulumiFn;
  policyPacks: string[];
  policyPackConfigs: string[];
}

/** The environment without what would lead the engine to another backend, home or account. */
function withoutForeignSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:PULUMI|AWS)_/.test(name)));
}
