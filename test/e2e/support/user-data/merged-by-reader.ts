import { Budget } from "../../../../cloudinit/read/budget";
import { mergedConfig } from "../../../../cloudinit/read/config-parts";
import { Findings } from "../../../../cloudinit/read/machine";
import { partsOf } from "../../../../cloudinit/read/parts";
import type { Node } from "../../../../cloudinit/read/yaml";

export interface MergedByReader {
  /** The merged cloud-config as plain data, as cloud-init's own would be in JSON. */
  readonly config: Record<string, unknown>;
  /** The reader says that cloud-init refuses a part of it. */
  readonly refused: boolean;
}

/** What the reader takes for the merged cloud-config. */
export function mergedByReader(userData: string): MergedByReader {
  const findings = new Findings();
  // Enough for any of the test's: what the budget does is tested elsewhere.
  const budget = new Budget(1_000_000);
  const config = plain(mergedConfig(partsOf(userData, findings, budget), findings, budget));
  return {
    config: config as Record<string, unknown>,
    refused: findings.unknown.some(({ reason }) => reason === "merge-strategy"),
  };
}

function plain(node: Node): unknown {
  switch (node.kind) {
    case "map":
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
    case "list":
      return node.items.map(plain);
    case "scalar":
      return node.value;
  }
}
