import type { Budget } from "./budget";
import { programOf, runBootcmd, writeFiles } from "./cloud-config";
import { addConfig, CLOUD_CONFIG, NO_CONFIG } from "./config-parts";
import { interpreterOf } from "./interpreter";
import { Machine, type Findings } from "./machine";
import { noteOtherModules } from "./other-modules";
import { imageScriptsStartServices } from "./own-units";
import { installConfigured } from "./packages";
import type { Part } from "./parts";
import type { Place, Stage, UnknownReason } from "./result";
import { Shell } from "./shell/shell";
import { countLines, sourceFrom, type Source } from "./source";
import { entry, isTrue, textOf, type Node } from "./yaml";

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
  /** Undefined for a program in another language. */
  readonly dialect: "sh" | "bash" | undefined;
  readonly doubt?: UnknownReason | undefined;
  readonly options?: string;
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

/** Does what cloud-init does with the parts, in the order in which it does it. */
export function follow(parts: readonly Part[], findings: Findings, budget: Budget): Followed {
  const machine = new Machine(budget, findings);
  const boothooks: NamedScript[] = [];
  const scripts: NamedScript[] = [];
  let config: Node = NO_CONFIG;
  for (const part of parts) {
    budget.spend(4);
    const place = { part: part.number, line: 1 };
    const stage = SCRIPTS[part.type];
    const opaque = OPAQUE[part.type];
    if (opaque !== undefined) {
      findings.unknownAt(opaque, place);
    } else if (stage !== undefined) {
      scripts.push(scriptOf(part, stage, dosToUnix(part.text), place, findings));
    } else if (part.type === "text/cloud-boothook") {
      const body = dosToUnix(part.text).replace(/^#cloud-boothook/, "");
      const trimmed = body.trimStart();
      const line = 1 + countLines(body.slice(0, body.length - trimmed.length));
      boothooks.push(scriptOf(part, "boothook", trimmed, { ...place, line }, findings));
    } else if (part.type === CLOUD_CONFIG) {
      config = addConfig(config, part, findings, budget);
    } else {
      findings.unknownAt("part-type", place);
    }
  }
  const run = ({ dialect, ...script }: NamedScript, target: Machine, boot: 1 | 2): void => {
    if (dialect !== undefined) {
      Shell.run(script.text, { ...script, dialect, machine: target, boot });
    }
  };

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
  // Where user data names the modules of the stage, it also gives them an order.
  if (entry(config, "cloud_final_modules") === undefined) {
    installConfigured(config, machine);
  }
  if (final("write_files_deferred")) {
    writeFiles(config, machine, true, init("users_groups"));
  }
  const late = inOrder(scripts).filter(({ stage }) => final(MODULES[stage] ?? "") !== undefined);
  if (imageScriptsStartServices(machine.files)) {
    machine.starts.loseAll();
  }
  late.forEach((script) => run(script, machine, 1));
  if (final("power_state_change")) {
    powerState(config, machine);
  }
  noteOtherModules(config, findings, budget);
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

/** Takes the line ends of Windows off where the first line has one, and leaves them otherwise. Source: cloudinit/util.py dos2unix(). */
function dosToUnix(text: string): string {
  const end = text.indexOf("\n");
  return end > 0 && text[end - 1] === "\r" ? text.replace(/\r\n/g, "\n") : text;
}

/** The script of a part. */
function scriptOf(part: Part, stage: Stage, text: string, place: Place, findings: Findings): NamedScript {
  const firstLine = text.slice(0, 256).split("\n", 1)[0] ?? "";
  const interpreter = interpreterOf(firstLine);
  if (interpreter === undefined) {
    findings.unknownAt(firstLine.startsWith("#!") ? "other-language" : "no-interpreter", place);
  }
  return {
    name: part.fileName,
    stage,
    text,
    source: sourceFrom(place),
    dialect: interpreter?.dialect,
    options: interpreter?.options ?? "",
  };
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

function powerState(config: Node, { findings, starts }: Machine): void {
  const node = entry(config, "power_state");
  const condition = entry(node, "condition");
  if (textOf(entry(node, "mode")) === "reboot" && (condition === undefined || isTrue(condition)) && node) {
    findings.applied.push({ by: "reboot", stage: "power_state", part: node.part, line: node.line });
  }
  if (node && (condition?.kind !== "scalar" || condition.value !== false)) {
    // The next start of the machine starts its services behind systemd-sysctl.
    starts.loseAll();
  }
}
