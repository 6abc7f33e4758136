import type { Budget } from "./budget";
import { programOf, runBootcmd, writeFiles } from "./cloud-config";
import { Machine, type Findings } from "./machine";
import { merged, strategyOf, Unmergeable, withoutStrategy, type Strategy } from "./merge";
import type { Part } from "./parts";
import { Shell } from "./shell/shell";
import { inFile } from "./source";
import { entry, readYaml, type Node } from "./yaml";

/** The type of the parts that are merged. */
export const CLOUD_CONFIG = "text/cloud-config";

/** What there is before the first part. */
export const NO_CONFIG: Node = { kind: "map", entries: new Map(), part: 1, line: 1 };

const LISTS = ["bootcmd", "runcmd", "write_files"] as const;

/** Adds a part to what the parts before it made, as cloud-init does. What cannot be added, and what is lost by it, is said. */
export function addConfig(config: Node, part: Part, findings: Findings, budget: Budget): Node {
  const place = { part: part.number, line: 1 };
  const loaded = readYaml(part.text, part.number, budget);
  if (typeof loaded === "string") {
    findings.unknownAt(loaded, place);
    return config;
  }
  if (loaded.kind !== "map") {
    // cloud-init has nothing to do for a document that is no mapping.
    return config;
  }
  const strategy = strategyOf(loaded, part.mergeType);
  if (strategy === undefined) {
    findings.unknownAt("merge-strategy", place);
    return config;
  }
  const index = entry(loaded, "launch-index");
  if (index) {
    findings.unknownAt("launch-index", index);
  }
  budget.spend(loaded.entries.size / 4);
  const result = mergedUnlessRefused(config, withoutStrategy(loaded), strategy, budget);
  if (result === undefined) {
    findings.unknownAt("merge-strategy", place);
    return config;
  }
  for (const name of LISTS) {
    noteLost(name, [entry(config, name), entry(loaded, name)], entry(result, name), findings, budget);
  }
  return result;
}

/** Undefined where cloud-init would fail at it, and leave out the part. */
function mergedUnlessRefused(
  config: Node,
  loaded: Node,
  strategy: Strategy,
  budget: Budget,
): Node | undefined {
  try {
    return merged(config, loaded, strategy, budget);
  } catch (error) {
    if (error instanceof Unmergeable) {
      return undefined;
    }
    throw error;
  }
}

/** What the merge throws away, by the settings that it would have made. */
function noteLost(
  name: (typeof LISTS)[number],
  lists: readonly (Node | undefined)[],
  result: Node | undefined,
  findings: Findings,
  budget: Budget,
): void {
  budget.spend(lengthOf(result) / 4);
  const kept = new Set<Node>(result?.kind === "list" ? result.items : []);
  for (const list of lists) {
    budget.spend(lengthOf(list) / 4);
    const lost = list?.kind === "list" ? list.items.filter((item) => !kept.has(item)) : [];
    const [first] = lost;
    if (list === undefined || first === undefined) {
      continue;
    }
    const alone: Node = {
      ...list,
      kind: "map",
      entries: new Map([[name, { ...list, kind: "list", items: lost }]]),
    };
    const scratch = new Machine(budget);
    runBootcmd(alone, scratch, 1);
    writeFiles(alone, scratch, false);
    writeFiles(alone, scratch, true);
    const program = programOf(entry(alone, "runcmd"), scratch);
    if (program) {
      Shell.run(program.text, { ...program, machine: scratch, stage: "runcmd", dialect: "sh", boot: 1 });
    }
    const by = result && { part: result.part, line: result.line };
    const winner = by && lists.find((other) => other !== undefined && other !== list);
    const beats = winner ? { by: { part: winner.part, line: winner.line } } : by ? { by } : {};
    const settings = scratch.settings();
    for (const { key, value, place, file } of settings) {
      const where = { ...place, ...inFile(file) };
      findings.conflicts.push({ why: "replaced-by-merge", subject: key, value, where, ...beats });
    }
    if (settings.length === 0) {
      findings.conflicts.push({
        why: "replaced-by-merge",
        subject: name,
        where: { part: first.part, line: first.line },
        ...beats,
      });
    }
  }
}

function lengthOf(list: Node | undefined): number {
  return list?.kind === "list" ? list.items.length : 0;
}

/** The merged cloud-config of these parts. */
export function mergedConfig(parts: readonly Part[], findings: Findings, budget: Budget): Node {
  return parts
    .filter(({ type }) => type === CLOUD_CONFIG)
    .reduce((config, part) => addConfig(config, part, findings, budget), NO_CONFIG);
}
