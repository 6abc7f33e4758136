import { Hosts } from "../hosts";
import type { Lab } from "../identity";
import type { CommandResult } from "./result";

/** The hosts of the lab, as they are on this machine. Needs no engine. */
export async function status(lab: Lab): Promise<CommandResult> {
  const hosts = await new Hosts(lab).list();
  const lines = hosts.map(
    ({ instanceId, hostname, address, state }) => `  ${instanceId}  ${hostname}  ${address}  ${state}`,
  );
  return {
    exitCode: 0,
    document: { command: "status", lab: lab.dir, hosts },
    text: [`lab ${lab.dir}`, ...(lines.length > 0 ? lines : ["  no hosts"])].join("\n"),
  };
}
