import type { Budget } from "./budget";
import { KNOWN_KEYS } from "./kernel-value";
import type { Findings } from "./machine";
import { changesSettings } from "./shell/about-settings";
import { entry, textOf, type Node } from "./yaml";

/** Keys whose module runs commands that stand in them, each in its own way: it is not followed. Source: cloudinit/config/. */
const RUN_COMMANDS: readonly (readonly [key: string, inner: string])[] = [
  ["snap", "commands"],
  ["random_seed", "command"],
  ["wireguard", "readinessprobe"],
  ["power_state", "condition"],
  ["rsyslog", "service_reload_command"],
];

/** Units that Flatcar Container Linux, which reads this form too, starts at every boot: one may apply what is written. */
const UNITS_OF_CONTAINER_LINUX: readonly [key: string, inner: string] = ["coreos", "units"];

/** Tools that put a server into a state which is described elsewhere. */
const CONFIGURATION_MANAGEMENT = ["ansible", "chef", "puppet", "salt_minion"];

/** Says what other modules of cloud-init may do to the settings. */
export function noteOtherModules(config: Node, findings: Findings, budget: Budget): void {
  for (const [key, inner] of RUN_COMMANDS) {
    const commands = entry(entry(config, key), inner);
    if (commands && changesSettings(textsOf(commands, budget).join(" "))) {
      findings.unknownAt("command-not-understood", { part: commands.part, line: commands.line });
    }
  }
  const units = entry(entry(config, UNITS_OF_CONTAINER_LINUX[0]), UNITS_OF_CONTAINER_LINUX[1]);
  if (units && changesSettings(textsOf(units, budget).join(" "))) {
    for (const subject of KNOWN_KEYS) {
      findings.unknownAt("other-boot-mechanism", { part: units.part, line: units.line }, { subject });
    }
  }
  const mounts = entry(config, "mounts");
  for (const mount of mounts?.kind === "list" ? mounts.items : []) {
    budget.spend(1);
    // What lies over the directory of the sysctl files hides them.
    const point = mount.kind === "list" ? textOf(mount.items[1]) : undefined;
    if (point !== undefined && /^\/+(?:etc(?:\/+sysctl\.d)?)?\/*$/.test(point)) {
      findings.unknownAt("other-boot-mechanism", { part: mount.part, line: mount.line });
    }
  }
  for (const name of CONFIGURATION_MANAGEMENT) {
    const node = entry(config, name);
    if (node) {
      findings.unknownAt("configuration-management", { part: node.part, line: node.line });
    }
  }
}

/** The texts of a value, and of the lists and maps in it. */
function textsOf(node: Node, budget: Budget): string[] {
  budget.spend(1);
  switch (node.kind) {
    case "list":
      return node.items.flatMap((item) => textsOf(item, budget));
    case "map":
      return [...node.entries.values()].flatMap((value) => textsOf(value, budget));
    case "scalar": {
      const text = textOf(node) ?? "";
      budget.look(4 * text.length);
      return [text];
    }
  }
}
