import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { BastionArgs } from "./ssh-args";

/** What connections of every kind of host have in common. */
export interface Way {
  readonly user?: pulumi.Input<string>;
  readonly privateKey?: pulumi.Input<string>;
  readonly privateKeyPassword?: pulumi.Input<string>;
  readonly agentSocketPath?: pulumi.Input<string>;
  readonly port?: pulumi.Input<number>;
  readonly bastion?: BastionArgs;
  readonly dialErrorLimit?: pulumi.Input<number>;
  readonly perDialTimeout?: pulumi.Input<number>;
}

/**
 * The SSH connection to a server. Field by field, never a spread of somebody's object: for an unknown field the provider
 * prints the whole connection, private key and all, into its error (pulumi-command#773).
 *
 * @param hostKey the only key that is accepted; undefined accepts any, which only an explicit opt-out may ask for
 */
export function connectionTo(
  host: pulumi.Input<string>,
  hostKey: pulumi.Input<string> | undefined,
  ssh: Way,
): types.input.remote.ConnectionArgs {
  const user = ssh.user ?? "admin";
  return {
    host,
    hostKey,
    user,
    port: ssh.port ?? 22,
    privateKey: ssh.privateKey,
    privateKeyPassword: ssh.privateKeyPassword,
    agentSocketPath: ssh.agentSocketPath,
    dialErrorLimit: ssh.dialErrorLimit ?? 40,
    perDialTimeout: ssh.perDialTimeout ?? 15,
    proxy: ssh.bastion && {
      host: ssh.bastion.host,
      hostKey: ssh.bastion.hostKey,
      user: ssh.bastion.user ?? user,
      port: ssh.bastion.port ?? 22,
      privateKey: ssh.bastion.privateKey ?? ssh.privateKey,
      privateKeyPassword: bastionPassword(ssh, ssh.bastion),
      agentSocketPath: ssh.agentSocketPath,
      dialErrorLimit: ssh.dialErrorLimit ?? 40,
      perDialTimeout: ssh.perDialTimeout ?? 15,
    },
  };
}

/** The passphrase of the server's key belongs to that key alone. */
export function bastionPassword(ssh: Way, bastion: BastionArgs): pulumi.Input<string> | undefined {
  return (
    bastion.privateKeyPassword ?? (bastion.privateKey === undefined ? ssh.privateKeyPassword : undefined)
  );
}
