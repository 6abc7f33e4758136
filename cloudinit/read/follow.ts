import type { Budget } from "./budget";
import { programOf, runBootcmd, writeFiles } from "./cloud-config";
import { interpreterOf } from "./interpreter";
import { Machine, type Findings } from "./machine";
import { merged, strategyOf } from "./merge";
import type { Part } from "./parts";
import type { Place, Stage, UnknownReason } from "./result";
import { Shell } from "./shell/shell";
import { sourceFrom, type Source } from "./source";
import { entry, isTrue, readYaml, textOf, type Node } from "./yaml";

/** What is left when the first boot is over, and how to get from there through the next one. */
export interface Followed {
  readonly machine: Machine;
  /** Runs again what runs on every boot, on a machine that has booted. */
  readonly nextBoot: (machine: Machine) => void;
}

interface NamedScript {
  readonly name: string;
  readonly stage: Stage;
  readonly text: string;
  readonly source: Source;
  readonly dialect: "sh" | "bash";
  readonly doubt?: UnknownReason | undefined;
  readonly exitOnError?: boolean;
}

/** Parts that mean something to cloud-init, and whose effect this reader cannot see. */
const OPAQUE: Readonly<Record<string, UnknownReason>> = {
  "text/jinja2": "template",
  "text/x-include-url": "include",
  "text/x-include-once-url": "include",
  "text/part-handler": "part-handler",
  "text/cloud-config-jsonp": "json-patch",
  "text/x-not-multipart": "no-known-form",
  "text/plain": "no-known-form",
};
const SCRIPTS: Readonly<Record<string, Stage>> = {
  "text/x-shellscript": "script",
  "text/x-shellscript-per-boot": "per-boot",
  "text/x-shellscript-per-instance": "per-instance",
  "text/x-shellscript-per-once": "per-once",
};
const CONFIGURATION_MANAGEMENT = ["ansible", "chef", "puppet", "salt_minion"];

/** Does what cloud-init does with the parts, in the order in which it does it. */
export function follow(parts: readonly Part[], findings: Findings, budget: Budget): Followed {
  const machine = new Machine(budget, findings);
  const boothooks: NamedScript[] = [];
  const scripts: NamedScript[] = [];
  let config: Node = { kind: "map", entries: new Map(), part: 1, line: 1 };
  for (const part of parts) {
    budget.step();
    const place = { part: part.number, line: 1 };
    const stage = SCRIPTS[part.type];
    const opaque = OPAQUE[part.type];
    if (opaque !== undefined) {
      findings.unknownAt(opaque, place);
    } else if (stage !== undefined) {
      scripts.push(...scriptOf(part, stage, part.text, place, findings));
    } else if (part.type === "text/cloud-boothook") {
      const body = part.text.replace(/\r\n/g, "\n").replace(/^#cloud-boothook/, "");
      const trimmed = body.trimStart();
      const line = 1 + countLines(part.text.slice(0, part.text.length - trimmed.length));
      boothooks.push(...scriptOf(part, "boothook", trimmed, { ...place, line }, findings));
    } else if (part.type === "text/cloud-config") {
      config = addConfig(config, part, findings, budget);
    } else {
      findings.unknownAt("part-type", place);
    }
  }
  const run = (script: NamedScript, target: Machine, boot: 1 | 2): void =>
    Shell.run(script.text, { ...script, machine: target, boot });

  const init = (name: string): boolean => frequencyOf(config, "cloud_init_modules", name) !== undefined;
  const final = (name: string): Frequency => frequencyOf(config, "cloud_final_modules", name);
  boothooks.forEach((script) => run(script, machine, 1));
  if (init("bootcmd")) {
    runBootcmd(config, machine, 1);
  }
  if (init("write_files")) {
    writeFiles(config, machine, false);
  }
  const runcmd =
    frequencyOf(config, "cloud_config_modules", "runcmd") && programOf(entry(config, "runcmd"), machine);
  if (runcmd) {
    scripts.push({ ...runcmd, name: "runcmd", stage: "runcmd", dialect: "sh" });
  }
  if (final("write_files_deferred")) {
    writeFiles(config, machine, true);
  }
  const late = inOrder(scripts).filter(({ stage }) => final(MODULES[stage] ?? "") !== undefined);
  late.forEach((script) => run(script, machine, 1));
  if (final("power_state_change")) {
    powerState(config, findings);
  }
  for (const name of CONFIGURATION_MANAGEMENT) {
    const node = entry(config, name);
    if (node) {
      findings.unknownAt("configuration-management", { part: node.part, line: node.line });
    }
  }
  return {
    machine,
    nextBoot: (booted) => {
      boothooks.forEach((script) => run(script, booted, 2));
      if (init("bootcmd")) {
        runBootcmd(config, booted, 2);
      }
      late
        .filter(({ stage }) => stage === "per-boot" || final(MODULES[stage] ?? "") === "always")
        .forEach((script) => run(script, booted, 2));
    },
  };
}

/** The script of a part, if it is one that a shell runs. */
function scriptOf(part: Part, stage: Stage, text: string, place: Place, findings: Findings): NamedScript[] {
  const script = text.replace(/\r\n/g, "\n");
  const firstLine = script.slice(0, 256).split("\n", 1)[0] ?? "";
  const dialect = interpreterOf(firstLine);
  if (dialect === undefined) {
    findings.unknownAt(firstLine.startsWith("#!") ? "other-language" : "no-interpreter", place);
    return [];
  }
  return [
    {
      name: part.fileName,
      stage,
      text: script,
      source: sourceFrom(place),
      dialect,
      exitOnError: /\s-[a-z]*e/.test(firstLine),
    },
  ];
}

/** Directories of scripts one after the other, the scripts of each by name; of two with one name the later is left. */
function inOrder(scripts: readonly NamedScript[]): NamedScript[] {
  return (["per-once", "per-boot", "per-instance", "script"] as const).flatMap((directory) => {
    const own = scripts.filter(
      ({ stage }) => stage === directory || (directory === "script" && stage === "runcmd"),
    );
    return [...new Map(own.map((script) => [script.name, script])).values()].sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
    );
  });
}

/** The modules that run the scripts of each stage. */
const MODULES: Partial<Readonly<Record<Stage, string>>> = {
  "per-once": "scripts_per_once",
  "per-boot": "scripts_per_boot",
  "per-instance": "scripts_per_instance",
  script: "scripts_user",
  runcmd: "scripts_user",
};

/** How often a module runs; undefined if never. */
type Frequency = "default" | "always" | undefined;

/** User data may name the modules of a stage: those that it leaves out do not run, and `[scripts-user, always]` runs on every boot. */
function frequencyOf(config: Node, stage: string, module: string): Frequency {
  const list = entry(config, stage);
  if (list?.kind !== "list") {
    return "default";
  }
  for (const item of list.items) {
    const [name, frequency] = item.kind === "list" ? item.items.map(textOf) : [textOf(item)];
    if (name?.replaceAll("-", "_").replace(/^cc_/, "") === module) {
      return frequency === "always" ? "always" : "default";
    }
  }
  return undefined;
}

const LISTS = ["bootcmd", "runcmd", "write_files"] as const;

function addConfig(config: Node, part: Part, findings: Findings, budget: Budget): Node {
  const place = { part: part.number, line: 1 };
  const loaded = readYaml(part.text, part.number, budget);
  if (loaded === undefined) {
    findings.unknownAt("invalid-yaml", place);
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
  const result = merged(config, loaded, strategy);
  for (const name of LISTS) {
    noteLost(name, [entry(config, name), entry(loaded, name)], entry(result, name), findings, budget);
  }
  return result;
}

/** What the merge throws away, by the settings that it would have made. */
function noteLost(
  name: (typeof LISTS)[number],
  lists: readonly (Node | undefined)[],
  result: Node | undefined,
  findings: Findings,
  budget: Budget,
): void {
  const kept = new Set<Node>(result?.kind === "list" ? result.items : []);
  for (const list of lists) {
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
      const where = { ...place, ...(file === undefined ? {} : { file }) };
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

function powerState(config: Node, findings: Findings): void {
  const node = entry(config, "power_state");
  const condition = entry(node, "condition");
  if (textOf(entry(node, "mode")) === "reboot" && (condition === undefined || isTrue(condition)) && node) {
    findings.applied.push({ by: "reboot", stage: "power_state", part: node.part, line: node.line });
  }
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
