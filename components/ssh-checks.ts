import { isIP } from "node:net";
import { showGiven, type InputProblem } from "../backlog";
import { HOST_KEY_ALLOWED, HOST_KEY_FIX, isHostKey } from "./host-key-text";
import { privateKeyKind } from "./private-key-text";

const HOSTNAME = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const USER = /^[A-Za-z_][A-Za-z0-9._@-]{0,63}$/;

/** In the place of what may be a secret. */
export const HIDDEN = "a value that is not shown";

/** What is wrong with a value, or undefined. */
export type Check = (value: unknown) => Omit<InputProblem, "path"> | undefined;

/** The same for a value that may be left out. */
export function orNothing(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

export const isHost: Check = (value) => {
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

export const isUser: Check = (value) =>
  typeof value === "string" && USER.test(value)
    ? undefined
    : {
        given: showGiven(value),
        allowed:
          "a user name: letters, digits, dots, dashes, underscores and @, at most 64, a letter or _ first",
        fix: "admin",
      };

export const isPort: Check = (value) => isWhole(1, 65_535, "22")(value);

export function isWhole(least: number, most: number, fix: string): Check {
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : { given: showGiven(value), allowed: `an integer from ${least} to ${most}`, fix };
}

export const isPath: Check = (value) =>
  typeof value === "string" && /^\/[\x20-\x7e]{1,300}$/.test(value)
    ? undefined
    : {
        given: showGiven(value),
        allowed: "an absolute path",
        fix: "the value of SSH_AUTH_SOCK, or leave it out",
      };

export const isHiddenText: Check = (value) =>
  typeof value === "string" && value !== ""
    ? undefined
    : { given: HIDDEN, allowed: "the passphrase as text", fix: "leave it out for a key without one" };

export function hostKeyCheck(mayOptOut: boolean): Check {
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

export function keyProblem(value: unknown, hasPassword: boolean): Omit<InputProblem, "path"> | undefined {
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
