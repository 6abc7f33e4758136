import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { sshArguments, type SshTarget } from "../hosts";
import { knownHostsLine } from "../hosts/ssh";
import type { Lab } from "../identity";

/**
 * A shell on a server, or one command there, on this terminal. Returns the exit code of the remote command, or 2 where
 * ssh itself could not run it.
 */
export async function runShell(lab: Lab, target: SshTarget, command: readonly string[]): Promise<number> {
  const knownHosts = path.join(lab.dir, `known_hosts-${target.address}`);
  fs.writeFileSync(knownHosts, knownHostsLine(target), { mode: 0o600 });
  // As with ssh itself, the words of the command are joined with spaces and read by the shell of the server.
  const child = spawn(
    "ssh",
    [...sshArguments(target, knownHosts), "-l", "admin", "--", target.address, ...command],
    {
      stdio: "inherit",
    },
  );
  const [code] = (await once(child, "close")) as [number | null];
  return code === null || code === 255 ? 2 : code;
}
