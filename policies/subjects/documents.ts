import { parse, YAMLError } from "yaml";
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

/** A file that is baked into an image is applied at the first boot of every machine. */
function baked(host: HostFacts): HostFacts {
  return { ...host, persisted: host.persisted.map((value) => ({ ...value, appliedBy: "the image" })) };
}

/** A document of Systems Manager: what it runs, it runs on machines that are up. */
export const readSsmDocument: SubjectReader = (_, properties) => {
  const content = properties.text("content");
  const document = content === undefined ? undefined : parsed(content);
  const steps = document?.list("mainSteps") ?? [];
  const commands = steps
    .filter((step) => step.text("action") === "aws:runShellScript")
    .flatMap((step) => step.at("inputs")?.texts("runCommand") ?? []);
  return [scripted(commands, properties)];
};

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

/** JSON is YAML. What is neither is AWS's to refuse. */
function parsed(text: string): Properties | undefined {
  if (text.length > MOST) {
    return undefined;
  }
  try {
    const document: unknown = parse(text, { maxAliasCount: 10, logLevel: "error" });
    return Properties.of({ document }).at("document");
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) {
      return undefined;
    }
    throw error;
  }
}
