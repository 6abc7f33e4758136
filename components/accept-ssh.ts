import type * as pulumi from "@pulumi/pulumi";
import { showGiven, type InputProblem } from "../backlog";
import { flagProblems } from "./accept";
import type { Way } from "./connection";
import { BASTION_FIELDS, HOST_SSH_FIELDS, SERVER_SSH_FIELDS } from "./fields";
import { hostKeyCheck, isHost, isPath, isPort, isUser, isWhole, orNothing } from "./ssh-checks";
import type { BastionArgs, HostSshArgs, SshArgs } from "./ssh-args";
import { normalized, NO_KEY, SshInputs } from "./ssh-inputs";

/** Most seconds that verification may be told to wait for cloud-init: a day. */
const MAX_WAIT_SECONDS = 86_400;
const isWait = orNothing(isWhole(0, MAX_WAIT_SECONDS, "300, or leave it out"));

/** How to reach a host, every field looked at. */
export interface AcceptedSsh {
  readonly host: pulumi.Input<string>;
  /**
   * `TYPE BASE64`, without a comment. Undefined only where any key is to be accepted; and a text that is no key, which no connection is
   * made with, where a value that was not known at first turns out to be bad.
   */
  readonly hostKey: pulumi.Input<string> | undefined;
  /** Whether any host key is to be accepted. */
  readonly unchecked: boolean;
  readonly way: Way;
  readonly waitSeconds: number;
}

/**
 * Looks at every field of a connection. Plain values are judged now, and their problems added to `problems`; values that are not
 * known yet are judged as soon as they are: then a bad one is an error of the program, and no connection is made. (It is not thrown:
 * a program that waits for the outputs of a resource whose inputs were never resolved waits for ever.) No message shows a private key, a passphrase, or the value of a field that it does
 * not know.
 */
export function acceptSsh(
  host: pulumi.Input<string>,
  ssh: HostSshArgs,
  problems: InputProblem[],
): AcceptedSsh | undefined {
  const fields = new SshInputs(problems);
  const address = fields.take("host", host, isHost);
  if (!fields.areIn("ssh", ssh, 'ssh: { user: "admin", privateKey, hostKey }')) {
    return undefined;
  }
  fields.refuseUnknown("ssh", ssh, HOST_SSH_FIELDS);
  const user = fields.take("ssh.user", ssh.user, isUser);
  const hostKey = takeHostKey(fields, ssh);
  const way = takeWay(fields, ssh, user);
  return {
    host: address,
    hostKey: fields.onlyIfSound(hostKey),
    unchecked: hostKey === undefined,
    way: {
      ...soundBastion(fields, way),
      dialErrorLimit: way.dialErrorLimit ?? 10,
      perDialTimeout: way.perDialTimeout ?? 15,
    },
    waitSeconds: ssh.cloudInitTimeoutSeconds ?? 300,
  };
}

/** How to reach a server that is being made, every field looked at. */
export interface AcceptedServerSsh {
  readonly way: Way;
  readonly usePrivateAddress: boolean;
  readonly waitSeconds: number;
  /** The host key that the server gets; a text that is no key, where a value that was not known at first turns out to be bad. */
  checked(hostKey: pulumi.Output<string>): pulumi.Input<string>;
}

/** The same for a server that gets its host key from us: one field by one, what is bad added to `problems` or said when it is known. */
export function acceptServerSsh(ssh: SshArgs, problems: InputProblem[]): AcceptedServerSsh | undefined {
  const fields = new SshInputs(problems);
  if (!fields.areIn("ssh", ssh, "ssh: { privateKey }")) {
    return undefined;
  }
  fields.refuseUnknown("ssh", ssh, SERVER_SSH_FIELDS);
  const user = fields.takeOptional("ssh.user", ssh.user, isUser);
  const way = soundBastion(fields, takeWay(fields, ssh, user));
  problems.push(...flagProblems("ssh.usePrivateAddress", ssh.usePrivateAddress));
  return {
    way,
    usePrivateAddress: ssh.usePrivateAddress === true,
    waitSeconds: ssh.cloudInitTimeoutSeconds ?? 300,
    checked: (hostKey) => fields.onlyIfSound(hostKey) ?? NO_KEY,
  };
}

/** What connections of every kind of host have in common. */
function takeWay(fields: SshInputs, ssh: HostSshArgs | SshArgs, user: pulumi.Input<string> | undefined): Way {
  const way: Way = {
    user,
    ...fields.takeKey("ssh", ssh),
    agentSocketPath: fields.takeOptional("ssh.agentSocketPath", ssh.agentSocketPath, isPath),
    port: fields.takeOptional("ssh.port", ssh.port, isPort),
    bastion: ssh.bastion === undefined ? undefined : takeBastion(fields, ssh.bastion),
    dialErrorLimit: fields.takeOptional(
      "ssh.dialErrorLimit",
      ssh.dialErrorLimit,
      isWhole(-1, 2_147_483_647, "10, or leave it out"),
    ),
    perDialTimeout: fields.takeOptional(
      "ssh.perDialTimeout",
      ssh.perDialTimeout,
      isWhole(1, 3600, "15, or leave it out"),
    ),
  };
  fields.checkPlain("ssh.cloudInitTimeoutSeconds", ssh.cloudInitTimeoutSeconds, isWait);
  return way;
}

/** Once every field has been looked at: the bastion is not dialled either where one of them turns out to be bad. */
function soundBastion(fields: SshInputs, way: Way): Way {
  const { bastion } = way;
  return bastion === undefined
    ? way
    : { ...way, bastion: { ...bastion, hostKey: fields.onlyIfSound(bastion.hostKey) ?? NO_KEY } };
}

/** A host key, or the opt-out by its full name: never neither, and never both. */
function takeHostKey(fields: SshInputs, ssh: HostSshArgs): pulumi.Input<string> | undefined {
  const path = "ssh.dangerouslyAcceptAnyHostKey";
  const any: unknown = ssh.dangerouslyAcceptAnyHostKey;
  if (any !== undefined && typeof any !== "boolean") {
    fields.problems.push({
      path,
      given: showGiven(any),
      allowed: "true or false",
      fix: "leave it out, and give hostKey",
    });
    return undefined;
  }
  if (any !== true) {
    return normalized(fields.take("ssh.hostKey", ssh.hostKey, hostKeyCheck(true)));
  }
  if (ssh.hostKey !== undefined) {
    fields.problems.push({
      path,
      given: "true, beside a hostKey",
      allowed: "one of both",
      fix: "leave it out: the host key is checked then",
    });
  }
  return undefined;
}

function takeBastion(fields: SshInputs, bastion: BastionArgs): BastionArgs | undefined {
  if (!fields.areIn("ssh.bastion", bastion, 'bastion: { host: "bastion.example.com", hostKey }')) {
    return undefined;
  }
  fields.refuseUnknown("ssh.bastion", bastion, BASTION_FIELDS);
  const host = fields.take("ssh.bastion.host", bastion.host, isHost);
  const hostKey = fields.take("ssh.bastion.hostKey", bastion.hostKey, hostKeyCheck(false));
  return {
    host,
    hostKey: normalized(hostKey) ?? "",
    user: fields.takeOptional("ssh.bastion.user", bastion.user, isUser),
    port: fields.takeOptional("ssh.bastion.port", bastion.port, isPort),
    ...fields.takeKey("ssh.bastion", bastion),
  };
}
