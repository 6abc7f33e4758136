import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { composeUserData, type HostKeyPair } from "../cloudinit";
import type { TunedServerArgs } from "./args";
import { acceptServerArgs } from "./accept-server";
import { onlyIfUsable } from "./accept-user-data";
import { connectionTo } from "./connection";
import { fingerprint } from "./fingerprint";
import { generateHostKey } from "./host-key";
import { policyView } from "./policy-view";
import { verifyOverSsh } from "./verification";
import { warnOfDeclaration } from "./warnings";

/**
 * An EC2 instance whose TCP listen backlog is right, and proven so: cloud-init writes and applies the settings before any
 * service starts, and the deployment succeeds only when the kernel shows every declared backlog on its socket.
 *
 * Children: the instance `NAME`, its SSH host key `NAME-host-key` (kept in the state as a secret), and `NAME-verify`, the
 * one SSH connection that verifies.
 */
export class TunedServer extends pulumi.ComponentResource {
  /** The type token. @internal */
  static readonly __pulumiType = "listen-backlog:index:TunedServer";

  /** The id of the EC2 instance. */
  public readonly instanceId: pulumi.Output<string>;
  /** The address that verification used. */
  public readonly address: pulumi.Output<string>;
  public readonly publicIp: pulumi.Output<string>;
  public readonly privateIp: pulumi.Output<string>;
  /** The SSH host key that every connection is checked against, as `ssh-ed25519 AAAA...`. */
  public readonly hostKey: pulumi.Output<string>;
  /**
   * The command that verifies, for a shell on the server with the probe on standard input. Running it by hand later finds
   * drift.
   */
  public readonly verifyCommand: pulumi.Output<string>;
  /** The report of the verification, one JSON document of schema `listen-backlog-report/1`. */
  public readonly report: pulumi.Output<string>;

  /**
   * @param name the name of the component, and of the server in every message
   * @param args what it is made of
   * @param opts the usual options of a component; a provider for `aws` and one for `command` may be among them
   * @throws pulumi.InputPropertiesError with every bad field of `services`, `settings`, the user data and `ssh` at once, before anything is
   *   registered; outputs among them are refused as soon as they are known: user data before the instance is made, `ssh` before it is dialled
   */
  constructor(name: string, args: TunedServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const { resolved, part, encoding, namespaces, ssh } = acceptServerArgs(args);
    super(TunedServer.__pulumiType, name, policyView(resolved, args.userData, part), opts);
    warnOfDeclaration(this, resolved);

    const hostKey = keptHostKey(`${name}-host-key`, this);
    const own = onlyIfUsable(args.userData, { part, encoding }, this);
    const userData = pulumi
      .all([own.userData, hostKey])
      .apply(([text, key]) => composeUserData(text, { ...part, hostKey: key }, { encoding }));

    const instance = new aws.ec2.Instance(
      name,
      {
        ami: args.ami,
        instanceType: args.instanceType,
        keyName: args.keyName,
        subnetId: args.subnetId,
        vpcSecurityGroupIds: args.vpcSecurityGroupIds,
        associatePublicIpAddress: args.associatePublicIpAddress,
        iamInstanceProfile: args.iamInstanceProfile,
        // The user data holds the SSH host key: only a session token of the instance itself may read it.
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          httpPutResponseHopLimit: 1,
          instanceMetadataTags: own.instanceMetadataTags,
        },
        // The plain input is for text alone.
        ...(encoding === "plain" ? { userData } : { userDataBase64: userData }),
        userDataReplaceOnChange: args.userDataReplaceOnChange ?? true,
        tags: pulumi.output(args.tags).apply((tags) => ({ Name: name, ...tags })),
      },
      { parent: this },
    );

    const address = ssh.usePrivateAddress ? instance.privateIp : instance.publicIp;
    const publicKey = pulumi.unsecret(hostKey.apply((key) => key.publicKey));
    const { verifyCommand, seen } = verifyOverSsh(name, this, {
      resolved,
      mode: "exact",
      namespaces,
      connection: connectionTo(address, ssh.checked(publicKey), ssh.way),
      waitSeconds: ssh.waitSeconds,
      // A new or restarted server is looked at again, even where nothing in the command itself changed.
      triggers: [instance.id, args.instanceType, own.userData.apply((text) => fingerprint(text ?? ""))],
    });

    this.instanceId = instance.id;
    this.publicIp = instance.publicIp;
    this.privateIp = instance.privateIp;
    this.address = address;
    this.hostKey = publicKey;
    this.verifyCommand = pulumi.output(verifyCommand);
    this.report = seen.apply(({ report }) => report);
    this.registerOutputs({
      instanceId: this.instanceId,
      publicIp: this.publicIp,
      privateIp: this.privateIp,
      address: this.address,
      hostKey: this.hostKey,
      verifyCommand: this.verifyCommand,
      report: this.report,
    });
  }
}

/** A host key that is made once and then stays: later programs make another, and the kept one wins. */
function keptHostKey(name: string, parent: pulumi.Resource): pulumi.Output<HostKeyPair> {
  const stash = new pulumi.Stash(
    name,
    { input: pulumi.secret(generateHostKey()) },
    { parent, ignoreChanges: ["input"], additionalSecretOutputs: ["output", "input"] },
  );
  return stash.output as pulumi.Output<HostKeyPair>;
}
