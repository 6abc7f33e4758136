import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { composeUserData, type HostKeyPair } from "../cloudinit";
import type { ServiceArgs, SettingsArgs, SshArgs } from "./args";
import { warnOfFindings } from "./accept";
import { acceptServerArgs } from "./accept-server";
import { onlyIfUsable } from "./accept-user-data";
import { connectionTo } from "./connection";
import { generateHostKey } from "./host-key";
import { policyView } from "./policy-view";
import { verifyOverSsh } from "./verification";

/** What a {@link TunedServer} is made of. */
export interface TunedServerArgs {
  /**
   * The services that run on the server and the backlog that each needs. At least one. A change is a change of the user
   * data: see `userDataReplaceOnChange`.
   */
  services: ServiceArgs[];
  /** Kernel settings. Default: somaxconn as large as the largest declared backlog, and no less than 4096. */
  settings?: SettingsArgs;
  /** The machine image: any that brings cloud-init 22.2 or newer, systemd and iproute2. A change replaces the server. */
  ami: pulumi.Input<string>;
  /** The EC2 instance type, such as `t3.small`. A change stops and starts the server. */
  instanceType: pulumi.Input<string>;
  /** The name of the EC2 key pair whose private key is `ssh.privateKey`. A change replaces the server. */
  keyName?: pulumi.Input<string>;
  /** The subnet. Default: one of the default VPC. A change replaces the server. */
  subnetId?: pulumi.Input<string>;
  /** The security groups. One must let the machine that runs Pulumi in on the SSH port. */
  vpcSecurityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether the server gets a public address. Default: as the subnet says. */
  associatePublicIpAddress?: pulumi.Input<boolean>;
  /** The instance profile, by name. */
  iamInstanceProfile?: pulumi.Input<string>;
  /**
   * Your own user data in any form that cloud-init knows, as text, as base64, or as base64 of gzip. Ours is added behind it and
   * nothing of it is lost. Together at most 16,384 bytes.
   */
  userData?: pulumi.Input<string>;
  /**
   * Whether the user data is compressed, which holds more. Default `false`: no preview, policy or person can read it then.
   * A change is a change of the user data.
   */
  compressUserData?: boolean;
  /**
   * Whether the first boot sets the values as early as cloud-init can, in `bootcmd`, before most services start and call
   * `listen()`. Default `true`. Either way they are set again when every script of yours has run, and later boots take them
   * from the file. A change is a change of the user data.
   */
  applyEarly?: boolean;
  /**
   * The name of the file in `/etc/sysctl.d`: letters, digits, dots, dashes and underscores, `.conf` at the end. Default
   * `99-zz-listen-backlog.conf`; of two files that set the same key, the one that sorts last wins. A change is a change of
   * the user data.
   */
  sysctlFileName?: string;
  /**
   * Whether changed user data replaces the server. Default `true`: cloud-init runs it once for each instance, so on the
   * same instance a change would have no effect, and verification would fail.
   */
  userDataReplaceOnChange?: pulumi.Input<boolean>;
  /**
   * Where services are judged. `auto` (default): in the network namespace of the host, and only a service that is not there in those of
   * containers. `all`: wherever something listens on the port. Only root sees the namespaces of containers.
   */
  namespaces?: string;
  /** Tags of the instance. `Name` defaults to the name of the component. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
  /** How verification reaches the server. */
  ssh: SshArgs;
}

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
    warnOfFindings(this, resolved);

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
      triggers: [instance.id, args.instanceType, own.userData.apply(fingerprint)],
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

function fingerprint(userData: string | undefined): string {
  return createHash("sha256")
    .update(userData ?? "")
    .digest("hex")
    .slice(0, 16);
}
