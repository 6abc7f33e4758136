import { fromJson } from "../../backlog/json";
import { loadYaml } from "../../cloudinit/yaml/load";
import { plainValue } from "../../cloudinit/yaml/plain";
import { Properties } from "../property";
import { declaredByTags } from "./declared";
import type { HostFacts, Subject, SubjectReader } from "./subject";
import { hostOfScript, NOTHING_SET } from "./user-data";

/** Longer documents are refused by AWS. */
const MOST = 65_536;

/** An Image Builder component. What it sets on the running kernel is lost with the machine that builds the image. */
export const readImageComponent: SubjectReader = (_, properties) => {
  const data = properties.text("data");
  const document = data === undefined ? undefined : parsed(data);
  const commands = (document?.list("phases") ?? [])
    .filter((phase) => phase.text("name") === "build")
    .flatMap((phase) => phase.list("steps"))
    .filter((step) => step.text("action") === "ExecuteBash")
    .flatMap((step) => step.at("inputs")?.texts("commands") ?? []);
  const built = scripted(commands, properties);
  return [{ ...built, isOneOfMany: false, host: built.host && baked(built.host) }];
};

/** A file that is baked into an image is applied at the first boot of every machine, and what is started runs where it is built. */
function baked(host: HostFacts): HostFacts {
  return {
    ...host,
    source: "the document",
    starts: [],
    persisted: host.persisted.map((value) => ({ ...value, appliedBy: "the image" })),
  };
}

/** A document of Systems Manager, of schema 2.2 or 1.2: what it runs, it runs on machines that are up. */
export const readSsmDocument: SubjectReader = (_, properties) => {
  const content = properties.text("content");
  const document = content === undefined ? properties.at("content") : parsed(content);
  const steps = [
    ...(document?.list("mainSteps") ?? [])
      .filter((step) => step.text("action") === "aws:runShellScript")
      .map((step) => step.at("inputs")),
    ...(document?.at("runtimeConfig", "aws:runShellScript")?.list("properties") ?? []),
  ];
  return [scripted(steps.flatMap(commandsOf), properties)];
};

/** One command is a list of one. */
function commandsOf(step: Properties | undefined): readonly string[] {
  return step?.text("runCommand")?.split("\n") ?? step?.texts("runCommand") ?? [];
}

/** What commands set that a machine is told to run: other commands, its user data and its image set other things. */
export function scripted(commands: readonly string[], properties: Properties): Subject {
  return {
    dialect: "sysctl.d",
    ...declaredByTags(properties),
    host: commands.length === 0 ? NOTHING_SET : hostOfScript(commands),
    isServer: false,
    isOneOfMany: true,
  };
}

/**
 * A document as JSON, or else as YAML of as many levels as any document has: one of thousands of brackets must not take the stack of
 * the process, and every other verdict with it. What is neither is AWS's to refuse.
 */
function parsed(text: string): Properties | undefined {
  if (text.length > MOST) {
    return undefined;
  }
  return Properties.of({ document: fromJson(text) ?? fromYaml(text) }).at("document");
}

function fromYaml(text: string): unknown {
  const loaded = loadYaml(text);
  return loaded.ok ? plainValue(loaded.root) : undefined;
}
