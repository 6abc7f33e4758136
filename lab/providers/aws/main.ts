import * as path from "node:path";

import { openLab } from "../../identity";
import { withLock } from "../../lock";
import { serve } from "../rpc/server";
import { Account } from "./account";
import { labHosts } from "./labHosts";
import { awsProvider } from "./provider";

// The program `pulumi-resource-aws`: started by the engine, ended by it.
const lab = openLab();
const folder = path.join(lab.dir, "aws");
const account = new Account(path.join(folder, "account.json"), (run) =>
  withLock(path.join(folder, "account.lock"), "changing the stand-in's account", run),
);
void serve(awsProvider(account, labHosts(lab), process.env), process.argv.slice(2)).catch(
  (error: unknown) => {
    process.stderr.write(`pulumi-resource-aws: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
