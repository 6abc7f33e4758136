import type { types } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { SshArgs } from "./args";

/**
 * The SSH connection to a server. Field by field, never a spread of somebody's object: for an unknown field the provider
 * prints the whole connection, private key and all, into its error (pulumi-command#773).
 */
export function connectionTo(
  host: pulumi.Input<string>,
  hostKey: pulumi.Input<string>,
  ssh: SshArgs,
): types.input.remote.ConnectionArgs {
  const user = ssh.user ?? "admin";
  return {
    host,
    hostKey,
    user,
    port: ssh.port ?? 22,
    privateKey: ssh.privateKey,
    dialErrorLimit: ssh.dialErrorLimit ?? 40,
    perDialTimeout: ssh.perDialTimeout ?? 15,
    proxy: ssh.bastion && {
      host: ssh.bastion.host,
      hostKey: ssh.bastion.hostKey,
      user: ssh.bastion.user ?? user,
      port: ssh.bastion.port ?? 22,
      privateKey: ssh.bastion.privateKey ?? ssh.privateKey,
      dialErrorLimit: ssh.dialErrorLimit ?? 40,
      perDialTimeout: ssh.perDialTimeout ?? 15,
    },
  };
}
