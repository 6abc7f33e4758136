import { ProviderError } from "../rpc/provider";

export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string;
  readonly blob: Buffer;
}

/**
 * Reads a host key in the form of an authorized_keys line: `ssh-ed25519 AAAA... comment`. Empty lines, comments and lines
 * that are no key are passed over, options in front of the key as well, as Go's ParseAuthorizedKey does.
 *
 * @throws ProviderError when there is no key in it.
 */
export function readHostKey(text: string): HostKey {
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/[ \t]+/);
    if (line.trim().startsWith("#")) {
      continue;
    }
    const key = keyAt(words, 0) ?? keyAt(withoutOptions(line.trim()), 0);
    if (key) {
      return key;
    }
  }
  throw new ProviderError(
    "failed to parse host key: ssh: no key found; give one line such as the host's /etc/ssh/ssh_host_ed25519_key.pub",
  );
}

function keyAt(words: readonly string[], at: number): HostKey | undefined {
  const type = words[at] ?? "";
  const encoded = words[at + 1] ?? "";
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
    return undefined;
  }
  const blob = Buffer.from(encoded, "base64");
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  // The type is in the key itself, too: a name with hosts in front, as known_hosts has it, is no key.
  return length > 0 && blob.subarray(4, 4 + length).toString("latin1") === type && blob.length > 4 + length
    ? { type, blob }
    : undefined;
}

/** The words after the options, which have no spaces outside of double quotes. */
function withoutOptions(line: string): string[] {
  const options = /^(?:[^\s"]|"(?:[^"\\]|\\.)*")+/.exec(line)?.[0] ?? "";
  return line
    .slice(options.length)
    .trim()
    .split(/[ \t]+/);
}
