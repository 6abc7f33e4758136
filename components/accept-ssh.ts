import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { showGiven, type InputProblem } from "../backlog";
import { asPropertyError, inputsRefused, waitProblems } from "./accept";
import type { BastionArgs, HostSshArgs } from "./args";
import type { Way } from "./connection";
import { HOST_KEY_ALLOWED, HOST_KEY_FIX, isHostKey } from "./host-key-text";
import { privateKeyKind } from "./private-key-text";

const SSH_FIELDS: readonly (keyof HostSshArgs)[] = [
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
  /** `TYPE BASE64`, without a comment. Undefined only where any key is to be accepted. */
  readonly hostKey: pulumi.Input<string> | undefined;
  readonly way: Way;
  readonly waitSeconds: number;
}

/**
 * Looks at every field of a connection. Plain values are judged now, and their problems added to `problems`; values that are not
 * known yet are judged as soon as they are. No message shows a private key, a passphrase, or the value of a field that it does
 * not know.
 */
export function acceptSsh(
  host: pulumi.Input<string>,
  ssh: HostSshArgs,
  problems: InputProblem[],
): AcceptedSsh | undefined {
  const fields = new Fields(problems);
  const address = fields.take("host", host, isHost);
  const given: unknown = ssh;
  if (
    typeof given !== "object" ||
    given === null ||
    Array.isArray(given) ||
    pulumi.Output.isInstance(given)
  ) {
    problems.push({
      path: "ssh",
      given: given === undefined ? "nothing" : HIDDEN,
      allowed: "an object, whose fields may be outputs",
      fix: 'ssh: { user: "admin", privateKey, hostKey }',
    });
    return undefined;
  }
  fields.refuseUnknown("ssh", given, SSH_FIELDS);
  const user = fields.take("ssh.user", ssh.user, isUser);
  const key = fields.takeKey("ssh", ssh);
  const hostKey = takeHostKey(fields, ssh);
  const way: Way = {
    user,
    ...key,
    agentSocketPath: fields.takeOptional("ssh.agentSocketPath", ssh.agentSocketPath, isPath),
    port: fields.takeOptional("ssh.port", ssh.port, isPort),
    bastion: ssh.bastion === undefined ? undefined : takeBastion(fields, ssh.bastion),
    dialErrorLimit:
      fields.takeOptional("ssh.dialErrorLimit", ssh.dialErrorLimit, isWhole(-1, INT_MAX, "5")) ?? 5,
    perDialTimeout:
      fields.takeOptional("ssh.perDialTimeout", ssh.perDialTimeout, isWhole(1, 3600, "15")) ?? 15,
  };
  problems.push(...waitProblems(ssh.cloudInitTimeoutSeconds));
  return { host: address, hostKey, way, waitSeconds: ssh.cloudInitTimeoutSeconds ?? 300 };
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
  const given: unknown = bastion;
  if (
    typeof given !== "object" ||
    given === null ||
    Array.isArray(given) ||
    pulumi.Output.isInstance(given)
  ) {
    fields.problems.push({
      path: "ssh.bastion",
      given: HIDDEN,
      allowed: "an object, whose fields may be outputs",
      fix: 'bastion: { host: "bastion.example.com", hostKey }',
    });
    return undefined;
  }
  fields.refuseUnknown("ssh.bastion", given, BASTION_FIELDS);
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
  constructor(readonly problems: InputProblem[]) {}

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

  refuseUnknown(path: string, given: object, known: readonly string[]): void {
    for (const field of Object.keys(given).filter((name) => !known.includes(name))) {
      const meant = known.find((name) => name.toLowerCase() === field.toLowerCase().replace(/[_-]/g, ""));
      this.problems.push({
        // A field name can be a secret that was put into the wrong place, too.
        path: `${path}.${/^[A-Za-z][A-Za-z0-9_-]{0,29}$/.test(field) ? field : "[a name that is not shown]"}`,
        given: HIDDEN,
        allowed: `the fields ${known.join(", ")}`,
        fix: field === "password" ? "privateKey, or the keys of an agent" : (meant ?? "leave it out"),
      });
    }
  }

  private judge<T>(
    path: string,
    given: pulumi.Input<T> | undefined,
    check: Check,
  ): pulumi.Input<T> | undefined {
    if (pulumi.Output.isInstance(given) || given instanceof Promise) {
      return pulumi.output(given).apply((value) => {
        const problem = check(value);
        if (problem !== undefined) {
          throw inputsRefused([asPropertyError({ path, ...problem })]);
        }
        return value as T;
      });
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
  const bare = (text: string) => text.trim().split(" ").slice(0, 2).join(" ");
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
export function warnOfUncheckedHost(resource: pulumi.Resource, { hostKey }: AcceptedSsh): void {
  if (hostKey === undefined) {
    void pulumi.log.warn(
      "dangerouslyAcceptAnyHostKey: anybody on the way can pose as this host; pin its key with ssh.hostKey",
      resource,
    );
  }
}
