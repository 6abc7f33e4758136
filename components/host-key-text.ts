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
  const blob = Buffer.from(base64, "base64");
  // The type stands in the key once more, behind its length.
  return (
    TYPES.includes(type) &&
    blob.length > 4 + type.length + 4 &&
    blob.readUInt32BE(0) === type.length &&
    blob.toString("latin1", 4, 4 + type.length) === type
  );
}
