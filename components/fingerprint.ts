import { createHash } from "node:crypto";

/** Stands for a text where only a change of it counts: in triggers, and in the mark of whose file it is. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
