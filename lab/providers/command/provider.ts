import { version } from "@pulumi/command/package.json";

import type { Provider } from "../rpc/provider";
import { anything, checkArguments, flag, listOf, mapOf, oneOf, text } from "../rpc/shape";
import type { Shape } from "../rpc/shape";
import { isList } from "../rpc/value";
import { Command } from "./command-resource";
import { connectionShape, readConnection } from "./connection";
import { runLocal } from "./local-run";

const STAND_IN = "the provider command";

const COMMON: Readonly<Record<string, Shape>> = {
  addPreviousOutputInEnv: flag(),
  create: text(),
  delete: text(),
  environment: mapOf(text()),
  logging: oneOf("stdout", "stderr", "stdoutAndStderr", "none"),
  stdin: text(),
  triggers: listOf(anything),
  update: text(),
};

const remote = new Command({
  fields: {
    owner: "command:remote:Command",
    known: { ...COMMON, connection: connectionShape },
    required: ["connection"],
  },
  secrets: ["connection"],
  run: async (args, job) => {
    // The SSH library is a third of the start-up, and most runs of the engine run no command.
    const { runRemote } = await import("./remote-run.js");
    return runRemote(readConnection(args["connection"]), job);
  },
});

const local = new Command({
  fields: {
    owner: "command:local:Command",
    known: { ...COMMON, dir: text(), interpreter: listOf(text()) },
    notImplemented: { names: ["archivePaths", "assetPaths"], standIn: STAND_IN },
  },
  secrets: [],
  run: ({ dir, interpreter }, job) =>
    runLocal(
      {
        dir: typeof dir === "string" ? dir : undefined,
        interpreter: isList(interpreter) ? interpreter.filter((word) => typeof word === "string") : [],
      },
      job,
    ),
});

/** The stand-in for the provider `command` 1.2.x: real SSH, real processes. */
export const commandProvider: Provider = {
  name: "command",
  version,
  title: `the lab's stand-in for ${STAND_IN}`,
  resources: { "command:local:Command": local, "command:remote:Command": remote },
  functions: {},
  checkConfig: (config) =>
    checkArguments({ owner: STAND_IN, known: { version: anything, pluginDownloadURL: anything } }, config),
  configure: () => undefined,
};
