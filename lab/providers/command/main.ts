import { serve } from "../rpc/server";
import { commandProvider } from "./provider";

// The program `pulumi-resource-command`: started by the engine, ended by it.
void serve(commandProvider, process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(
    `pulumi-resource-command: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
