import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { applyScript, restoreArguments, restoreScript } from "../apply";
import { shellQuote } from "../cloudinit/shell-quote";
import { probeCommand } from "../probe";
import type { AcceptedSsh } from "./accept-ssh";
import { bastionPassword } from "./connection";

/** What a restoration needs. */
export interface Restoration {
  readonly ssh: AcceptedSsh;
  readonly fileName: string;
  readonly owner: pulumi.Output<string>;
}

/** The script comes in the environment, because a command line is quoted in full in every error. */
const RUN = 'sh -c "$LISTEN_BACKLOG_RESTORE" listen-backlog';

/**
 * The child `NAME-restore`: nothing while it exists, and the earlier values put back when it goes. It runs on the machine that runs Pulumi,
 * because the `delete` of a remote command fails where the host is gone, and keeps the whole stack from going.
 */
export function restoreOnDestroy(
  name: string,
  parent: pulumi.Resource,
  { ssh, fileName, owner }: Restoration,
): command.local.Command {
  const { way } = ssh;
  const { bastion } = way;
  const hidden = (value: pulumi.Input<string> | undefined) =>
    pulumi.secret(pulumi.output(value).apply((text) => text ?? ""));
  const options: Record<string, pulumi.Input<string | number> | undefined> = {
    "--host": ssh.host,
    "--user": way.user,
    "--port": way.port,
    "--host-key": ssh.hostKey,
    "--agent": way.agentSocketPath,
    "--bastion": bastion?.host,
    "--bastion-user": bastion && (bastion.user ?? way.user),
    "--bastion-port": bastion?.port,
    "--bastion-host-key": bastion?.hostKey,
    "--command": owner.apply((known) =>
      probeCommand(restoreArguments({ host: name, fileName, owner: known })),
    ),
  };
  const words = pulumi
    .output(options)
    .apply((known) =>
      Object.entries(known).flatMap(([option, value]) =>
        value === undefined ? [] : [option, shellQuote(String(value))],
      ),
    );
  return new command.local.Command(
    `${name}-restore`,
    {
      // Whether it can work is found out before anything is changed.
      create: `${RUN} check`,
      delete: words.apply((known) => [RUN, ...known].join(" ")),
      stdin: applyScript(),
      environment: {
        LISTEN_BACKLOG_RESTORE: restoreScript(),
        LISTEN_BACKLOG_KEY: hidden(way.privateKey),
        LISTEN_BACKLOG_PASSPHRASE: hidden(way.privateKeyPassword),
        LISTEN_BACKLOG_BASTION_KEY: hidden(bastion?.privateKey),
        LISTEN_BACKLOG_BASTION_PASSPHRASE: hidden(bastion && bastionPassword(way, bastion)),
      },
      // For another host it is another one: the old one then still knows how to reach the old host.
      triggers: [owner],
      addPreviousOutputInEnv: false,
    },
    { parent },
  );
}
