import { formatProblem, showGiven, type InputProblem } from "../../backlog/finding";
import { LabError } from "../errors";
import type { HostSeed } from "./types";

const INSTANCE_ID = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const HOSTNAME = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const KEY_TYPE =
  "(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com)";
const PUBLIC_KEY = new RegExp(
  `^(${KEY_TYPE}) ([A-Za-z0-9+/]{32,}={0,2})(?: [^\\p{Cc}\\p{Zl}\\p{Zp}]*)?$`,
  "u",
);

/** EC2 refuses keys beyond this as well. Characters. */
const LONGEST_KEY = 16_384;

/** True for what EC2 gives as an instance id. Nothing else may become a folder or cgroup name. */
export function isInstanceId(value: unknown): value is string {
  return typeof value === "string" && INSTANCE_ID.test(value);
}

/** @throws LabError that says what an instance id is. */
export function requireInstanceId(value: unknown): asserts value is string {
  if (!isInstanceId(value)) {
    refuse([instanceIdProblem(value)]);
  }
}

/** @throws LabError that names every bad field of the seed, before anything is created. */
export function requireSeed(seed: HostSeed): void {
  const problems: InputProblem[] = [];
  if (!isInstanceId(seed.instanceId)) {
    problems.push(instanceIdProblem(seed.instanceId));
  }
  if (typeof seed.hostname !== "string" || !HOSTNAME.test(seed.hostname)) {
    problems.push({
      path: "hostname",
      given: showGiven(seed.hostname),
      allowed: "one DNS label: 1 to 63 of a-z, 0-9 and -, not starting or ending with -",
      fix: "web-1",
    });
  }
  if (!Buffer.isBuffer(seed.userData)) {
    problems.push({
      path: "userData",
      given: showGiven(typeof seed.userData),
      allowed: "a Buffer, which may be empty",
      fix: "Buffer.from(text)",
    });
  }
  seed.publicKeys.forEach((key, index) => {
    if (!isPublicKey(key)) {
      problems.push({
        path: `publicKeys[${index}]`,
        given: showGiven(key),
        allowed: "one OpenSSH public key on one line, without options in front",
        fix: "the content of a file such as id_ed25519.pub, without its line end",
      });
    }
  });
  if (problems.length > 0) {
    refuse(problems);
  }
}

/** True for one authorized_keys line that holds a key and a comment, and whose key data really is of the type it says. */
export function isPublicKey(value: unknown): value is string {
  const match = typeof value === "string" && value.length <= LONGEST_KEY ? PUBLIC_KEY.exec(value) : null;
  const [, type, data] = match ?? [];
  if (type === undefined || data === undefined) {
    return false;
  }
  // The key data starts with its type once more (RFC 4253, 6.6), as a string with its length in front.
  const blob = Buffer.from(data, "base64");
  return (
    blob.length > type.length + 4 &&
    blob.readUInt32BE(0) === type.length &&
    blob.toString("latin1", 4, 4 + type.length) === type
  );
}

function instanceIdProblem(value: unknown): InputProblem {
  return {
    path: "instanceId",
    given: showGiven(value),
    allowed: "i- and 8 or 17 hex digits in lower case",
    fix: "i-0123456789abcdef0",
  };
}

function refuse(problems: readonly InputProblem[]): never {
  throw new LabError(`this cannot become a lab host: ${problems.map(formatProblem).join("; ")}`, {
    fix: problems.map(({ path, fix }) => `${path}: ${fix}`).join("; "),
  });
}
