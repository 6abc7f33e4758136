import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { ensureEngine, type Engine } from "../../../lab/engine/engine";
import { openLab } from "../../../lab/identity";
import { createProgress } from "../../../lab/progress";
import { openStack, type LabStack, type Outcome } from "../../../lab/stack";
import type { Reported } from "../../policies/support/expected";
import { serveAnyProvider, type RunningAnyProvider } from "./any-provider/serve";

const PACK = path.resolve(__dirname, "..", "..", "..", "policies");

/** What a preview or update did, as far as policies are concerned. */
export interface Run {
  readonly ok: boolean;
  readonly reported: readonly Reported[];
  /** Errors that no policy is the cause of. */
  readonly faults: readonly string[];
}

export interface RunOptions {
  /** The configuration of the pack. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** The folder of the pack. Default: this project's. */
  readonly pack?: string;
}

/** What the engine adds to a violation: that it failed. */
const CONSEQUENCE = /^(?:preview|update) failed$/;

/** What it gives back counts for nothing, a promise of it apart. */
type Program = () => unknown;

/** Real engines under the policy pack, with a provider that takes every type. Each stack is a folder of its own. */
export class PolicyLab {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "policy-lab-"));
  private readonly stacks = new Map<string, { stack: LabStack; program: Program }>();
  private provider?: RunningAnyProvider;
  private engine?: Engine;
  private readonly works = new Map<string, Promise<unknown>>();
  private configs = 0;
  private said = "";

  /**
   * @param standIns the folder with the executables that take the place of plugins; default: the lab's own
   * @param env more environment variables for the engine
   */
  constructor(
    private readonly standIns?: string,
    private readonly env: Readonly<Record<string, string>> = {},
  ) {}

  async start(): Promise<void> {
    this.engine = await ensureEngine(this.lab("first"), createProgress());
    this.provider = await serveAnyProvider(["aws", "azure", "azure-native", "command", "gcp", "kubernetes"]);
  }

  async stop(): Promise<void> {
    // What was begun for tests that were not run, or that failed, has engines at work in the folder.
    await Promise.allSettled(this.works.values());
    await this.provider?.stop();
    fs.rmSync(this.folder, { recursive: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Everything that an engine has said so far: text for people, diagnostics and violations. */
  get output(): string {
    return this.said;
  }

  /** Runs a program as one operation on the stack of that name. */
  async run(
    stackName: string,
    operation: "preview" | "up",
    program: Program,
    options: RunOptions = {},
  ): Promise<Run> {
    const opened = await this.open(stackName);
    opened.program = program;
    const outcome = await opened.stack[operation]({
      policyPacks: [options.pack ?? PACK],
      ...(options.config && { policyPackConfigs: [this.configFile(options.config)] }),
      onOutput: (text) => (this.said += text),
    });
    this.said += JSON.stringify(outcome);
    return asRun(outcome);
  }

  /**
   * What a piece of work gives for one of several names. The first call begins the work for all of them, two at a time: an engine waits for
   * others more than it computes.
   */
  async atOnce<T>(names: readonly string[], name: string, work: (name: string) => Promise<T>): Promise<T> {
    if (!this.works.has(name)) {
      const lanes = [Promise.resolve(), Promise.resolve()];
      for (const [index, each] of names.entries()) {
        const begun = (lanes[index % lanes.length] ?? Promise.resolve()).then(() => work(each));
        this.works.set(each, begun);
        // Who asks for it gets its error; the next one in the lane begins all the same.
        lanes[index % lanes.length] = begun.then(
          () => undefined,
          () => undefined,
        );
      }
    }
    return (await this.works.get(name)) as T;
  }

  /** The state of a stack as it lies on the disk, secrets encrypted. */
  stateOnDisk(stackName: string): string {
    const { dir } = this.lab(stackName);
    return fs.readFileSync(path.join(dir, "pulumi/state/.pulumi/stacks/policies/lab.json"), "utf8");
  }

  /** What the provider got for a resource of a stack, secrets in plain text. */
  async inputsOf(stackName: string, resource: string): Promise<Readonly<Record<string, unknown>>> {
    const { stack } = await this.open(stackName);
    const state: unknown = (await stack.exportState()).deployment;
    const { resources = [] } = state as { resources?: { urn: string; inputs?: Record<string, unknown> }[] };
    const inputs = resources.find(({ urn }) => urn.endsWith(`::${resource}`))?.inputs ?? {};
    return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, revealed(value)]));
  }

  private async open(name: string): Promise<{ stack: LabStack; program: Program }> {
    const known = this.stacks.get(name);
    if (known !== undefined) {
      return known;
    }
    if (this.engine === undefined || this.provider === undefined) {
      throw new Error("the lab is not started");
    }
    const opened: { stack?: LabStack; program: Program } = { program: () => undefined };
    opened.stack = await openStack(this.lab(name), this.engine, {
      project: "name: policies\nruntime: nodejs\n",
      config: "config:\n  aws:region: eu-west-1\n",
      env: { ...this.provider.env, ...this.env },
      ...(this.standIns !== undefined && { standIns: this.standIns }),
      program: async () => {
        await opened.program();
        return {};
      },
    });
    const complete = opened as { stack: LabStack; program: Program };
    this.stacks.set(name, complete);
    return complete;
  }

  private configFile(config: object): string {
    const file = path.join(this.folder, `config-${++this.configs}.json`);
    fs.writeFileSync(file, JSON.stringify(config));
    return file;
  }

  private lab(name: string) {
    return openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(this.folder, name.replace(/\W/g, "-")) });
  }
}

/** A secret of an exported state is an object with the JSON of what it hides. */
function revealed(value: unknown): unknown {
  const isSecret = typeof value === "object" && value !== null && "plaintext" in value;
  return isSecret ? (JSON.parse(String(value.plaintext)) as unknown) : value;
}

function asRun({ ok, policyViolations, diagnostics }: Outcome): Run {
  return {
    ok,
    reported: policyViolations.map(({ policy, level, message, urn }) => ({
      policy,
      level,
      message,
      resource: urn?.split("::").slice(3).join("::") ?? "",
    })),
    faults: diagnostics
      .filter(({ severity, message }) => severity === "error" && !CONSEQUENCE.test(message))
      .map(({ message }) => message),
  };
}
