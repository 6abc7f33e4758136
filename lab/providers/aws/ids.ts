import { createHash, randomBytes } from "node:crypto";

/** The account number that AWS uses in its own documentation. */
export const ACCOUNT_ID = "123456789012";

/** A new id of EC2's form: `i-` and 17 hex digits. */
export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(9).toString("hex").slice(0, 17)}`;
}

/** An id that belongs to something else and never has to be stored: the network interface of an instance. */
export function derivedId(prefix: string, ...seed: readonly string[]): string {
  const digest = createHash("sha256")
    .update([prefix, ...seed].join("\0"))
    .digest("hex");
  return `${prefix}-${digest.slice(0, 17)}`;
}

export function arn(service: string, region: string, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT_ID}:${resource}`;
}

/** A name for what the program leaves unnamed, the same in preview and update: `web-3f2a91c`. */
export function autoName(name: string, seed: Buffer): string {
  const digits = seed.length > 0 ? createHash("sha256").update(seed).digest("hex") : newId("x").slice(2);
  return `${name}-${digits.slice(0, 7)}`;
}
