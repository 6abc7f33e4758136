/** What can be said of a text that should be a private key, without showing any of it. */
export type PrivateKeyKind = "plain" | "encrypted" | "public" | "path" | "other";

const PEM = /^\s*-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----\s*\n([\s\S]*?)-----END \1PRIVATE KEY-----\s*$/;

/** Tells private keys from what is given in their place by mistake. OpenSSH and PEM; whether a key fits the host is for the host to say. */
export function privateKeyKind(text: string): PrivateKeyKind {
  const [, type = "", body = ""] = PEM.exec(text) ?? [];
  if (body !== "") {
    return isEncrypted(type, body) ? "encrypted" : "plain";
  }
  if (/^\s*(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA/.test(text)) {
    return "public";
  }
  return /^[\w~./\\: -]{1,300}$/.test(text) && /[/\\~.]/.test(text) ? "path" : "other";
}

function isEncrypted(type: string, body: string): boolean {
  if (type !== "OPENSSH ") {
    return type === "ENCRYPTED " || /^Proc-Type: 4,ENCRYPTED/m.test(body);
  }
  // "openssh-key-v1", a zero, then the name of the cipher behind its length (PROTOCOL.key of OpenSSH).
  const blob = Buffer.from(body, "base64");
  return !blob.subarray(15).toString("latin1").startsWith("\0\0\0\x04none");
}
