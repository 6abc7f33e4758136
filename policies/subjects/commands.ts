import { fromJson } from "../../backlog/json";
import { Properties } from "../property";
import { scripted } from "./documents";
import type { SubjectReader } from "./subject";

/** A command over SSH: what it sets, it sets on a machine that is up. */
export const readRemoteCommand: SubjectReader = (_, properties) =>
  [...new Set(["create", "update"].flatMap((name) => properties.text(name) ?? []))].map((command) =>
    scripted([command], properties),
  );

/** An association with the document that everybody has, and commands of its own. */
export const readSsmAssociation: SubjectReader = (_, properties) => {
  const parameters = properties.at("parameters");
  const command = parameters?.text("commands");
  const commands = command === undefined ? (parameters?.texts("commands") ?? []) : [command];
  return properties.text("name") === "AWS-RunShellScript" && commands.length > 0
    ? [scripted(commands, properties)]
    : [];
};

/** A script that Azure runs on a machine, once. */
export const readAzureRunCommand: SubjectReader = (_, properties) => {
  const script = properties.at("source")?.text("script");
  return script === undefined ? [] : [scripted([script], properties)];
};

/** An extension of a machine of Azure that runs a script once. Its settings are JSON, in the classic provider as a text. */
export const readAzureExtension: SubjectReader = (_, properties) => {
  if (properties.text("type") !== "CustomScript") {
    return [];
  }
  const settings = properties.text("settings");
  const command = (settings === undefined ? properties.at("settings") : parsed(settings))?.text(
    "commandToExecute",
  );
  return command === undefined ? [] : [scripted([command], properties)];
};

function parsed(json: string): Properties | undefined {
  return Properties.of({ settings: fromJson(json) }).at("settings");
}
