import { createPrivateKey } from "node:crypto";

import { utils } from "ssh2";
import type { ParsedKey } from "ssh2";

import { ProviderError } from "../rpc/provider";

/**
 * Reads a private key: OpenSSH's own form, and the PEM forms of RSA and ECDSA keys.
 *
 * @throws ProviderError in the words of Go's SSH library, without anything of the key.
 */
export function readPrivateKey(text: string, passphrase: string | undefined): ParsedKey {
  const parsed = utils.parseKey(legacyPem(text, passphrase) ?? text, passphrase);
  if (parsed instanceof Error) {
    if (/passphrase|encrypted/i.test(parsed.message)) {
      throw new ProviderError(
        passphrase === undefined
          ? "ssh: this private key is passphrase protected"
          : "ssh: the private key cannot be decrypted with privateKeyPassword",
      );
    }
    throw new ProviderError("ssh: no key found; give privateKey in OpenSSH form, as ssh-keygen writes it");
  }
  if (!parsed.isPrivateKey()) {
    throw new ProviderError("ssh: no key found: this is a public key");
  }
  return parsed;
}

/** PKCS#8 (`BEGIN PRIVATE KEY`) in the older form that the SSH library reads. */
function legacyPem(text: string, passphrase: string | undefined): string | undefined {
  if (!/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text)) {
    return undefined;
  }
  let key;
  try {
    key = createPrivateKey({ key: text, passphrase: passphrase ?? "" });
  } catch {
    // What is wrong with it is said by the caller, who gets the text as it is.
    return undefined;
  }
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ type: "pkcs1", format: "pem" }).toString();
    case "ec":
      return key.export({ type: "sec1", format: "pem" }).toString();
    default:
      throw new ProviderError(
        `the lab's stand-in for the provider command does not read ${key.asymmetricKeyType ?? "these"} keys in PKCS#8 ` +
          "form; give privateKey in OpenSSH form, as ssh-keygen writes it",
      );
  }
}
