import * as fs from "node:fs";
import * as path from "node:path";
import { isMap, parseDocument, type Document } from "yaml";
import { LabError } from "./errors";
import type { OperatorKey } from "./keys";

/** The folder with `Pulumi.yaml`, `Pulumi.lab.yaml` and the program. */
export const CHECKOUT = path.resolve(__dirname, "..");

/** The files of the project, as the engine is given them. */
export interface ProjectFiles {
  readonly project: string;
  readonly config: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Reads the project's files, and adds what only this lab knows: the key of the one who runs it.
 *
 * @param configFile the stack's configuration; relative paths start at the current folder
 * @throws LabError when a file cannot be read, or is not a stack's configuration
 */
export function readProject(
  key: OperatorKey,
  configFile = path.join(CHECKOUT, "Pulumi.lab.yaml"),
): ProjectFiles {
  const config = parseConfig(configFile);
  // The lab runs the program inline, from a folder that has no index.ts.
  const project = parseDocument(read(path.join(CHECKOUT, "Pulumi.yaml")));
  project.delete("main");
  config.setIn(["config", "listen-backlog:sshPublicKey"], key.publicKey);
  return {
    project: project.toString(),
    config: config.toString(),
    secrets: { "listen-backlog:sshPrivateKey": key.privateKey },
  };
}

/** The same configuration with another somaxconn for one server. */
export function withSomaxconn(config: string, server: string, somaxconn: number): string {
  const document = parseDocument(config);
  const servers = document.getIn(["config", "listen-backlog:servers"]);
  const index = asList(servers).findIndex((name) => name === server);
  if (index < 0) {
    throw new LabError(`the configuration has no server ${server}, which the tour needs`, {
      fix: "run the tour with Pulumi.lab.yaml as it is",
    });
  }
  document.setIn(["config", "listen-backlog:servers", index, "settings", "somaxconn"], somaxconn);
  return document.toString();
}

function asList(servers: unknown): unknown[] {
  const plain: unknown = JSON.parse(JSON.stringify(servers ?? []));
  return Array.isArray(plain) ? plain.map((server: { name?: unknown }) => server.name) : [];
}

function parseConfig(file: string): Document {
  const document = parseDocument(read(file));
  const [error] = document.errors;
  const reason =
    error?.message.split("\n")[0] ?? (isMap(document.get("config")) ? undefined : "it has no map `config`");
  if (reason !== undefined) {
    throw new LabError(`${file} is not the configuration of a stack: ${reason}`, {
      fix: "correct that, with Pulumi.lab.yaml as an example, or git checkout -- Pulumi.lab.yaml",
    });
  }
  return document;
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    throw new LabError(`${file} cannot be read`, { fix: "give the path of a file that is there", cause });
  }
}
