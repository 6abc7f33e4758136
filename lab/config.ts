import * as fs from "node:fs";
import * as path from "node:path";
import { parseDocument, type Document } from "yaml";
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

/** Reads the project's files, and adds what only this lab knows: the key of the one who runs it. */
export function readProject(key: OperatorKey): ProjectFiles {
  const config = parseConfig();
  // The lab runs the program inline, from a folder that has no index.ts.
  const project = parseDocument(read("Pulumi.yaml"));
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
    throw new LabError(`Pulumi.lab.yaml has no server ${server}`, { fix: "git checkout -- Pulumi.lab.yaml" });
  }
  document.setIn(["config", "listen-backlog:servers", index, "settings", "somaxconn"], somaxconn);
  return document.toString();
}

function asList(servers: unknown): unknown[] {
  const plain: unknown = JSON.parse(JSON.stringify(servers ?? []));
  return Array.isArray(plain) ? plain.map((server: { name?: unknown }) => server.name) : [];
}

function parseConfig(): Document {
  const document = parseDocument(read("Pulumi.lab.yaml"));
  const [error] = document.errors;
  if (error) {
    throw new LabError(`Pulumi.lab.yaml is not valid YAML: ${error.message.split("\n")[0] ?? ""}`, {
      fix: "correct that line, or git checkout -- Pulumi.lab.yaml",
    });
  }
  return document;
}

function read(name: string): string {
  try {
    return fs.readFileSync(path.join(CHECKOUT, name), "utf8");
  } catch (cause) {
    throw new LabError(`${name} cannot be read`, { fix: `git checkout -- ${name}`, cause });
  }
}
