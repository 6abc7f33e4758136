import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { showGiven, type InputProblem } from "../backlog";
import { asPropertyError, flagProblems, inputsRefused, unknownFields, waitProblems } from "./accept";
import type { BastionArgs, HostSshArgs, SshArgs } from "./args";
import type { Way } from "./connection";
import { HOST_KEY_ALLOWED, HOST_KEY_FIX, isHostKey } from "./host-key-text";
import { privateKeyKind } from "./private-key-text";

const HOST_SSH_FIELDS: readonly (keyof HostSshArgs)[] = [
  "user",
  "privateKey",
  "privateKeyPassword",
  "agentSocketPath",
  "port",
  "hostKey",
  "dangerouslyAcceptAnyHostKey",
  "bastion",
  "dialErrorLimit",
  "perDialTimeout",
  "cloudInitTimeoutSeconds",
];
const SERVER_SSH_FIELDS: readonly (keyof SshArgs)[] = [
  "user",
  "privateKey",
  "privateKeyPassword",
  "agentSocketPath",
  "port",
  "bastion",
  "usePrivateAddress",
  "dialErrorLimit",
  "perDialTimeout",
  "cloudInitTimeoutSeconds",
];
const BASTION_FIELDS: readonly (keyof BastionArgs)[] = [
  "host",
  "hostKey",
  "user",
  "port",
  "privateKey",
  "privateKeyPassword",
];
const HOSTNAME = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const USER = /^[A-Za-z_][A-Za-z0-9._@-]{0,63}$/;
const INT_MAX = 2147483647;
const HIDDEN = "a value that is not shown";

/** What is wrong with a value, or undefined. */
type Check = (value: unknown) => Omit<InputProblem, "path"> | undefined;

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

/** In the place of a host key: the provider refuses it before it dials, and OpenSSH before it logs in. */
const NO_KEY = "refused refused";

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
  const fields = new Fields(problems);
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
  const fields = new Fields(problems);
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
function takeWay(fields: Fields, ssh: HostSshArgs | SshArgs, user: pulumi.Input<string> | undefined): Way {
  const way: Way = {
    user,
    ...fields.takeKey("ssh", ssh),
    agentSocketPath: fields.takeOptional("ssh.agentSocketPath", ssh.agentSocketPath, isPath),
    port: fields.takeOptional("ssh.port", ssh.port, isPort),
    bastion: ssh.bastion === undefined ? undefined : takeBastion(fields, ssh.bastion),
    dialErrorLimit: fields.takeOptional(
      "ssh.dialErrorLimit",
      ssh.dialErrorLimit,
      isWhole(-1, INT_MAX, "10, or leave it out"),
    ),
    perDialTimeout: fields.takeOptional(
      "ssh.perDialTimeout",
      ssh.perDialTimeout,
      isWhole(1, 3600, "15, or leave it out"),
    ),
  };
  fields.problems.push(...waitProblems(ssh.cloudInitTimeoutSeconds));
  return way;
}

/** Once every field has been looked at: the bastion is not dialled either where one of them turns out to be bad. */
function soundBastion(fields: Fields, way: Way): Way {
  const { bastion } = way;
  return bastion === undefined
    ? way
    : { ...way, bastion: { ...bastion, hostKey: fields.onlyIfSound(bastion.hostKey) ?? NO_KEY } };
}

/** A host key, or the opt-out by its full name: never neither, and never both. */
function takeHostKey(fields: Fields, ssh: HostSshArgs): pulumi.Input<string> | undefined {
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

function takeBastion(fields: Fields, bastion: BastionArgs): BastionArgs | undefined {
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

/** Takes inputs one by one, and gathers what is wrong. */
class Fields {
  /** Whether each value that is not known yet is sound. */
  private readonly later: pulumi.Output<boolean>[] = [];

  constructor(readonly problems: InputProblem[]) {}

  /** The host key as long as every value is sound that is not known yet. */
  onlyIfSound(hostKey: pulumi.Input<string> | undefined): pulumi.Input<string> | undefined {
    return this.later.length === 0
      ? hostKey
      : (pulumi
          .all([hostKey, pulumi.all(this.later)])
          // Undefined stays undefined, which the type of an output cannot say here.
          .apply(([key, sound]) => (sound.every(Boolean) ? key : NO_KEY)) as pulumi.Output<string>);
  }

  /** A field that must be there, whether plain or not known yet. */
  take<T>(path: string, given: pulumi.Input<T> | undefined, check: Check): pulumi.Input<T> {
    return this.judge(path, given, check) as pulumi.Input<T>;
  }

  takeOptional<T>(
    path: string,
    given: pulumi.Input<T> | undefined,
    check: Check,
  ): pulumi.Input<T> | undefined {
    return this.judge(path, given, (value) => (value === undefined ? undefined : check(value)));
  }

  /** A private key and its passphrase, of which one explains the other. */
  takeKey(
    path: string,
    { privateKey, privateKeyPassword }: Pick<HostSshArgs, "privateKey" | "privateKeyPassword">,
  ): Pick<Way, "privateKey" | "privateKeyPassword"> {
    const hasPassword = privateKeyPassword !== undefined;
    return {
      privateKey: this.takeOptional(`${path}.privateKey`, privateKey, (value) =>
        keyProblem(value, hasPassword),
      ),
      privateKeyPassword: this.takeOptional(`${path}.privateKeyPassword`, privateKeyPassword, isHiddenText),
    };
  }

  /** Whether there is an object to take fields from: not an output, whose fields nobody could refuse in time. */
  areIn(path: string, given: unknown, fix: string): boolean {
    const are =
      typeof given === "object" &&
      given !== null &&
      !Array.isArray(given) &&
      !pulumi.Output.isInstance(given) &&
      !(given instanceof Promise);
    if (!are) {
      this.problems.push({
        path,
        given: given === undefined ? "nothing" : HIDDEN,
        allowed: "an object, whose fields may be outputs",
        fix,
      });
    }
    return are;
  }

  refuseUnknown(path: string, given: object, known: readonly string[]): void {
    const unknown = unknownFields(given, known, { prefix: `${path}.`, kind: "fields" });
    this.problems.push(
      ...unknown.map((problem) =>
        problem.path === `${path}.password`
          ? { ...problem, fix: "privateKey, or the keys of an agent" }
          : problem,
      ),
    );
  }

  private judge<T>(
    path: string,
    given: pulumi.Input<T> | undefined,
    check: Check,
  ): pulumi.Input<T> | undefined {
    if (pulumi.Output.isInstance(given) || given instanceof Promise) {
      const sound = pulumi.output(given).apply(async (value) => {
        const problem = check(value);
        if (problem !== undefined) {
          // Waited for, because the engine stops listening when the connection fails that is not made then.
          await pulumi.log.error(inputsRefused([asPropertyError({ path, ...problem })]).message);
        }
        return problem === undefined;
      });
      // Of a secret, this tells nothing that the message does not.
      this.later.push(pulumi.unsecret(sound));
      return given;
    }
    const problem = check(given);
    if (problem !== undefined) {
      this.problems.push({ path, ...problem });
    }
    return given;
  }
}

/** The type and the key alone: a comment or a line end is no reason to run a command again. */
function normalized(hostKey: pulumi.Input<string> | undefined): pulumi.Input<string> | undefined {
  // An output may hold anything, or nothing: without a key, the provider would check none.
  const bare = (text: unknown) =>
    typeof text === "string" && isHostKey(text) ? text.trim().split(" ").slice(0, 2).join(" ") : NO_KEY;
  return typeof hostKey === "string" ? bare(hostKey) : hostKey && pulumi.output(hostKey).apply(bare);
}

const isHost: Check = (value) => {
  if (typeof value === "string" && (isIP(value) !== 0 || HOSTNAME.test(value))) {
    return undefined;
  }
  const text = typeof value === "string" ? value : "";
  const name = /^(?:ssh:\/\/)?(?:[^@/\s]+@)?([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9])(?::\d+)?\/?$/.exec(
    text,
  )?.[1];
  return {
    given: showGiven(value),
    allowed: "an IP address or a host name, without user, port and scheme",
    fix: name ?? "10.0.0.5",
  };
};

const isUser: Check = (value) =>
  typeof value === "string" && USER.test(value)
    ? undefined
    : {
        given: showGiven(value),
        allowed:
          "a user name: letters, digits, dots, dashes, underscores and @, at most 64, a letter or _ first",
        fix: "admin",
      };

const isPort: Check = (value) => isWhole(1, 65_535, "22")(value);

function isWhole(least: number, most: number, fix: string): Check {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : { given: showGiven(value), allowed: `an integer from ${least} to ${most}`, fix };
}

const isPath: Check = (value) =>
  typeof value === "string" && /^\/[\x20-\x7e]{1,300}$/.test(value)
    ? undefined
    : {
        given: showGiven(value),
        allowed: "an absolute path",
        fix: "the value of SSH_AUTH_SOCK, or leave it out",
      };

const isHiddenText: Check = (value) =>
  typeof value === "string" && value !== ""
    ? undefined
    : { given: HIDDEN, allowed: "the passphrase as text", fix: "leave it out for a key without one" };

function hostKeyCheck(mayOptOut: boolean): Check {
  return (value) => {
    if (typeof value === "string" && isHostKey(value)) {
      return undefined;
    }
    const text = typeof value === "string" ? value : "";
    const inside = /(?:^|\s)((?:ssh-ed25519|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/]+={0,2})/.exec(text)?.[1];
    return {
      // It is public, but what was given in its place by mistake need not be.
      given:
        value === undefined
          ? "nothing"
          : inside === undefined
            ? HIDDEN
            : "a host key with something around it",
      allowed: HOST_KEY_ALLOWED,
      fix:
        inside !== undefined && isHostKey(inside)
          ? inside
          : `${HOST_KEY_FIX}${mayOptOut && value === undefined ? "; dangerouslyAcceptAnyHostKey: true goes without any check" : ""}`,
    };
  };
}

function keyProblem(value: unknown, hasPassword: boolean): Omit<InputProblem, "path"> | undefined {
  const allowed = "a private key as text, in OpenSSH or PEM form";
  const kind = typeof value === "string" ? privateKeyKind(value) : "other";
  switch (kind) {
    case "plain":
      return undefined;
    case "encrypted":
      return hasPassword
        ? undefined
        : {
            given: "a key that is protected by a passphrase",
            allowed: "such a key with privateKeyPassword beside it",
            fix: "privateKeyPassword from a secret, or leave privateKey out and load the key into an agent",
          };
    case "public":
      return { given: "a public key", allowed, fix: "the content of the file without .pub" };
    case "path":
      return {
        given: "the path of a file",
        allowed,
        fix: "its content, from a secret of the stack's configuration",
      };
    case "other":
      return {
        given: "something that is no private key, and is not shown",
        allowed,
        fix: "the content of the file that ssh-keygen wrote, with all its lines",
      };
  }
}

/** Says that whoever answers is believed, at each run that does without the check. */
export function warnOfUncheckedHost(resource: pulumi.Resource, { unchecked }: AcceptedSsh): void {
  if (unchecked) {
    void pulumi.log.warn(
      "dangerouslyAcceptAnyHostKey: anybody on the way can pose as this host; pin its key with ssh.hostKey",
      resource,
    );
  }
}
