import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { ComponentResource, CustomResource, type Inputs } from "@pulumi/pulumi";
import { parse } from "yaml";
import { ensureEngine } from "../../../../lab/engine/engine";
import { openLab } from "../../../../lab/identity";
import { createProgress } from "../../../../lab/progress";
import { openStack, type Outcome } from "../../../../lab/stack";

/** Where scenarios are: one folder each, with `program.ts` and `expected.yaml`, and `policy-config.json` if the pack is configured. */
export const SCENARIOS = path.resolve(__dirname, "../../../policies/scenarios");
const PACK = path.resolve(__dirname, "../../../../policies");

/** A resource of any type: scenarios need none of the packages that types come from. */
export class Resource extends CustomResource {}

/** A component of any type, which shows these inputs to policies. */
export class Component extends ComponentResource {
  constructor(type: string, name: string, props: Inputs = {}) {
    super(type, name, props);
    this.registerOutputs({});
  }
}

/** What is to be said in a preview, and in the update after it; `LEVEL POLICY: LINE` up to the cause. */
export interface Expected {
  /** Why this is so, in a sentence. */
  readonly why: string;
  readonly preview: readonly string[];
  /** Default: no update is made. */
  readonly up?: readonly string[];
}

/** A provider for the packages of all scenarios, as long as a test file runs. */
export class AnyProvider {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: string,
  ) {}

  static async start(): Promise<AnyProvider> {
    const child = spawn(process.execPath, [path.join(__dirname, "provider.cjs")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout });
    const [port] = (await once(lines, "line")) as [string];
    return new AnyProvider(child, port);
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }
}

const PACKAGES = ["aws", "aws-native", "kubernetes", "azure", "azure-native", "gcp", "docker", "random"];

/** Runs a scenario on the real engine. @param configuration of the pack, in JSON, in the place of its own */
export async function runScenario(
  name: string,
  provider: AnyProvider,
  configuration?: string,
): Promise<{ readonly expected: Expected; readonly preview: Outcome; readonly up?: Outcome }> {
  const folder = path.join(SCENARIOS, name);
  const expected = parse(fs.readFileSync(path.join(folder, "expected.yaml"), "utf8")) as Expected;
  const { program } = (await import(path.join(folder, "program.ts"))) as { program: () => void };
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-scenario-"));
  try {
    const config = path.join(configuration === undefined ? folder : place, "policy-config.json");
    if (configuration !== undefined) {
      fs.writeFileSync(config, configuration);
    }
    const lab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(place, "lab") });
    const stack = await openStack(lab, await ensureEngine(lab, createProgress()), {
      project: "name: shop\nruntime: nodejs\n",
      config: "config: {}\n",
      program: () => {
        program();
        return Promise.resolve({});
      },
      env: {
        PULUMI_DEBUG_PROVIDERS: PACKAGES.map((one) => `${one}:${provider.port}`).join(","),
      },
    });
    const options = {
      policyPacks: [PACK],
      policyPackConfigs: fs.existsSync(config) ? [config] : [],
    };
    const preview = await stack.preview(options);
    return { expected, preview, ...(expected.up && { up: await stack.up(options) }) };
  } finally {
    fs.rmSync(place, { recursive: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** What the policies said, as `expected.yaml` has it. */
export function saidIn({ policyViolations }: Outcome): string[] {
  return policyViolations.map(({ level, policy, message }) => {
    const line = message.split("\n").at(-1) ?? "";
    return `${level} ${policy}: ${line.replace(/ Cause: .*$/, "").replace(/ See: \S+$/, "")}`;
  });
}
