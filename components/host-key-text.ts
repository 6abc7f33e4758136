/** Types whose signatures today's servers make: for `ssh-rsa` the provider offers SHA-1 alone, which OpenSSH refuses since 8.8. */
const TYPES = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];

/** What is allowed as a host key, for messages. */
export const HOST_KEY_ALLOWED = `one line "TYPE BASE64" with the type ${TYPES.join(", ")}`;

/** What to type instead, for messages. */
export const HOST_KEY_FIX =
  "the content of /etc/ssh/ssh_host_ed25519_key.pub on the host, read there or from a source that you trust";

/** Whether a text is the public host key of a server, as `*.pub` files have it: a comment may follow. */
export function isHostKey(text: string): boolean {
  const [, type = "", base64 = ""] =
    /^([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})(?: [\x20-\x7e]*)?\n?$/.exec(text) ?? [];
  const [name, ...rest] = strings(Buffer.from(base64, "base64")) ?? [];
  // The type stands in the key once more.
  return (
    TYPES.includes(type) &&
    name?.toString("latin1") === type &&
    rest.length === (type === "ssh-ed25519" ? 1 : 2)
  );
}

/** The strings that a key is made of, each behind its length; undefined where one is cut short. */
function strings(blob: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const end = at + 4 + (at + 4 <= blob.length ? blob.readUInt32BE(at) : blob.length);
    if (end > blob.length) {
      return undefined;
    }
    found.push(blob.subarray(at + 4, end));
    at = end;
  }
  return found;
}
