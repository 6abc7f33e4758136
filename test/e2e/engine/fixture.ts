import * as path from "node:path";
import { CustomResource } from "@pulumi/pulumi";

import { ensureEngine } from "../../../lab/engine/engine";
import { openLab, type Lab } from "../../../lab/identity";
import { createProgress } from "../../../lab/progress";
import { openStack, type LabStack, type StackDefinition } from "../../../lab/stack";

export const FOLDER = __dirname;
export const POLICIES = path.join(FOLDER, "policy");

export interface ThingArgs {
  readonly value: string;
  /** A file to which the provider adds a line when it creates this. */
  readonly log?: string;
  /** A file into which the provider writes its environment. */
  readonly environment?: string;
  /** The creation ends when this file is there. */
  readonly waitFor?: string;
}

/** A resource of the fixture provider. */
export class Thing extends CustomResource {
  constructor(name: string, args: ThingArgs) {
    super("aws:test:Thing", name, { ...args });
  }
}

export const PROJECT = `name: listen-backlog
runtime: nodejs
config:
  listen-backlog:greeting:
    type: string
    default: hello
  listen-backlog:needed:
    type: integer
`;

export const CONFIG = `config:
  listen-backlog:needed: 7
`;

export const labIn = (dir: string): Lab => openLab({ ...process.env, LISTEN_BACKLOG_LAB: dir });

export async function open(
  dir: string,
  program: StackDefinition["program"],
  more: Partial<StackDefinition> = {},
): Promise<LabStack> {
  const lab = labIn(dir);
  const engine = await ensureEngine(lab, createProgress());
  return openStack(lab, engine, {
    project: PROJECT,
    config: CONFIG,
    standIns: path.join(FOLDER, "bin"),
    program,
    ...more,
  });
}
