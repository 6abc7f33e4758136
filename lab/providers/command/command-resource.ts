import { randomBytes } from "node:crypto";

import { diffInputs } from "../rpc/diff";
import type { Diff } from "../rpc/diff";
import { ProviderError } from "../rpc/provider";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DiffRequest,
  Operation,
  ResourceType,
  UpdateRequest,
} from "../rpc/provider";
import { checkArguments } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import { isProperties, keepSecret, revealAll, Secret, UNKNOWN } from "../rpc/value";
import type { PlainProperties, Properties, Value } from "../rpc/value";
import type { Job, Results } from "./job";
import { Lines } from "./output";
import { redactor } from "./redact";

/** What differs between a command here and one on another host. */
export interface CommandKind {
  readonly fields: Fields;
  /** Inputs that are secret whether or not the program says so. */
  readonly secrets: readonly string[];
  run(args: PlainProperties, job: Job): Promise<Results>;
}

/**
 * A command as a resource, as in the provider command 1.2.1: `create` runs when it is made, `update` (or else `create`) on
 * every changed input, `delete` when it goes. Nothing runs in a preview, and nothing is ever read back.
 */
export class Command implements ResourceType {
  constructor(private readonly kind: CommandKind) {}

  check({ news }: CheckRequest): CheckResult {
    const failures = checkArguments(this.kind.fields, news);
    const inputs = Object.fromEntries(
      Object.entries(news).map(([name, value]): [string, Value] => {
        const secret = this.kind.secrets.includes(name) && !(value instanceof Secret);
        return [name, secret ? new Secret(value) : value];
      }),
    );
    return { inputs, failures };
  }

  diff({ oldInputs, newInputs }: DiffRequest): Diff {
    const changes = diffInputs(oldInputs, newInputs, { replaces: (property) => property === "triggers" });
    return { changes, deleteBeforeReplace: false };
  }

  async create(
    { inputs, preview }: CreateRequest,
    operation: Operation,
  ): Promise<{ id: string; outputs: Properties }> {
    const id = `${operation.name}${randomBytes(4).toString("hex")}`;
    if (preview) {
      return { id, outputs: this.outputs(inputs, unknownResults) };
    }
    const results = await this.run("create", inputs, undefined, operation);
    return { id, outputs: this.outputs(inputs, results ?? { stdout: "", stderr: "" }) };
  }

  async update({ inputs, oldOutputs, preview }: UpdateRequest, operation: Operation): Promise<Properties> {
    if (preview) {
      return this.outputs(inputs, unknownResults);
    }
    const old = resultsOf(oldOutputs);
    const which = typeof revealAll(inputs)["update"] === "string" ? "update" : "create";
    return this.outputs(inputs, (await this.run(which, inputs, old, operation)) ?? old);
  }

  async delete({ outputs }: { outputs: Properties }, operation: Operation): Promise<void> {
    // With the connection of the old state: it is the only one there is by now.
    await this.run("delete", outputs, resultsOf(outputs), operation);
  }

  /** Runs one of the resource's commands, if it has it. */
  private async run(
    which: "create" | "update" | "delete",
    inputs: Properties,
    previous: Results | undefined,
    { log, signal }: Operation,
  ): Promise<Results | undefined> {
    const args = revealAll(inputs);
    const command = args[which];
    if (typeof command !== "string") {
      return undefined;
    }
    const redact = redactor(inputs);
    const logged = streamsToLog(args["logging"]);
    const lines = new Lines((line) => log("info", redact(line), { passing: true }));
    const { stdin, environment, addPreviousOutputInEnv } = args;
    try {
      return await this.kind.run(args, {
        command,
        stdin: typeof stdin === "string" ? stdin : undefined,
        environment: textsOf(isProperties(environment) ? environment : {}),
        previous: addPreviousOutputInEnv === false ? undefined : previous,
        onOutput: (stream, chunk) => {
          if (logged.includes(stream)) {
            lines.add(chunk);
          }
        },
        note: (message) => log("info", redact(message), { passing: true }),
        warn: (message) => log("warning", redact(message)),
        complain: (message) => log("error", redact(message)),
        signal,
      });
    } catch (error) {
      throw error instanceof ProviderError ? new ProviderError(redact(error.message)) : error;
    } finally {
      lines.end();
    }
  }

  private outputs(inputs: Properties, results: PlainProperties | Results): Properties {
    const given = Object.entries(revealAll(inputs)).filter(
      ([name, value]) => value !== null && !name.startsWith("__"),
    );
    return keepSecret({ ...Object.fromEntries(given), ...results }, inputs);
  }
}

const unknownResults: PlainProperties = { stdout: UNKNOWN, stderr: UNKNOWN };

function resultsOf(outputs: Properties): Results {
  const { stdout, stderr } = revealAll(outputs);
  return {
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
}

function streamsToLog(logging: unknown): readonly ("stdout" | "stderr")[] {
  switch (logging) {
    case "none":
      return [];
    case "stdout":
    case "stderr":
      return [logging];
    default:
      return ["stdout", "stderr"];
  }
}

function textsOf(map: PlainProperties): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
