import { openLab } from "../../identity";
import { serve } from "../rpc/server";
import { labAccount } from "./lab-account";
import { labHosts } from "./lab-hosts";
import { awsProvider } from "./provider";

// The program `pulumi-resource-aws`: started by the engine, ended by it.
async function main(): Promise<void> {
  const lab = openLab();
  await serve(awsProvider(labAccount(lab), labHosts(lab), process.env), process.argv.slice(2));
}

main().catch((error: unknown) => {
  process.stderr.write(`pulumi-resource-aws: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
