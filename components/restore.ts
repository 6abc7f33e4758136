import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { applyScript, restoreArguments, restoreScript } from "../apply";
import { probeCommand } from "../probe";
import type { AcceptedSsh } from "./accept-ssh";
import { bastionPassword } from "./connection";

/** What a restoration needs. */
export interface Restoration {
  readonly ssh: AcceptedSsh;
  readonly fileName: string;
  readonly owner: pulumi.Output<string>;
}

/** Runs the script of ours that comes in the environment: a command line would be quoted in full in every error. */
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
  const text = (value: pulumi.Input<string | number> | undefined) =>
    pulumi.output(value).apply((known) => (known === undefined ? "" : String(known)));
  const hidden = (value: pulumi.Input<string> | undefined) => pulumi.secret(text(value));
  const environment = {
    LISTEN_BACKLOG_RESTORE: restoreScript(),
    LISTEN_BACKLOG_COMMAND: owner.apply((known) =>
      probeCommand(restoreArguments({ host: name, fileName, owner: known })),
    ),
    LISTEN_BACKLOG_HOST: text(ssh.host),
    LISTEN_BACKLOG_PORT: text(way.port ?? 22),
    LISTEN_BACKLOG_USER: text(way.user),
    LISTEN_BACKLOG_HOST_KEY: text(ssh.hostKey),
    LISTEN_BACKLOG_KEY: hidden(way.privateKey),
    LISTEN_BACKLOG_PASSPHRASE: hidden(way.privateKeyPassword),
    LISTEN_BACKLOG_AGENT: text(way.agentSocketPath),
    LISTEN_BACKLOG_BASTION_HOST: text(bastion?.host),
    LISTEN_BACKLOG_BASTION_PORT: text(bastion?.port ?? 22),
    LISTEN_BACKLOG_BASTION_USER: text(bastion?.user ?? way.user),
    LISTEN_BACKLOG_BASTION_HOST_KEY: text(bastion?.hostKey),
    LISTEN_BACKLOG_BASTION_KEY: hidden(bastion?.privateKey),
    LISTEN_BACKLOG_BASTION_PASSPHRASE: hidden(bastion && bastionPassword(way, bastion)),
  };
  return new command.local.Command(
    `${name}-restore`,
    {
      // Whether it can work is found out before anything is changed.
      create: `${RUN} check`,
      delete: RUN,
      stdin: applyScript(),
      environment,
      // For another host it is another one: the old one then still knows how to reach the old host.
      triggers: [owner],
      addPreviousOutputInEnv: false,
    },
    { parent },
  );
}
