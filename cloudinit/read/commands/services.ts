import type { Status } from "../shell/streams";
import type { Moment, Starts } from "../starts";
import type { Call, Handler } from "./call";
import { unitStartsServices } from "../own-units";
import { notUnderstood } from "./not-understood";

/** Commands that make systemd-sysctl run, or the machine start again. */
export const SERVICES: readonly (readonly [string, Handler])[] = [
  ["systemd-sysctl", (call) => (call.fields.length === 0 ? apply(call) : notUnderstood(call))],
  ["systemctl", systemctl],
  ["service", (call) => unit(call, call.fields[1]?.text ?? "", [call.fields[0]?.text ?? ""])],
  ["invoke-rc.d", (call) => unit(call, call.fields[1]?.text ?? "", [call.fields[0]?.text ?? ""])],
  ["procps", (call) => unit(call, call.fields[0]?.text ?? "", ["procps"])],
  ["reboot", reboot],
  ["poweroff", halt],
  ["halt", halt],
  ["shutdown", shutdown],
  ["init", changeLevel],
  ["telinit", changeLevel],
];

const RUNS_AGAIN = new Set([
  "restart",
  "try-restart",
  "reload-or-restart",
  "force-reload",
  "try-reload-or-restart",
]);

function systemctl(call: Call): Status {
  const words = call.fields.map(({ text }) => text);
  if (words.some((text) => /^(?:-H|-M|--(?:host|machine|user|root|image)\b)/.test(text))) {
    return notUnderstood(call);
  }
  const [verb, ...units] = words.filter((text) => !text.startsWith("-"));
  switch (verb) {
    case "reboot":
    case "kexec":
    case "soft-reboot":
      return reboot(call);
    case "poweroff":
    case "halt":
    case "isolate":
    case "rescue":
    case "emergency":
      return halt(call);
    case "mask":
    case "unmask":
      return mask(call, verb === "mask", words.includes("--runtime"), units);
    case undefined:
    default:
      return unit(call, verb ?? "", units);
  }
}

/** A masked unit is not started: not by hand, and not at boot. */
function mask(call: Call, masked: boolean, runtime: boolean, units: readonly string[]): Status {
  const { shell, line, doubt } = call;
  const circumstance = shell.circumstance(line, doubt);
  for (const name of units) {
    if (/^systemd-sysctl(?:\.service)?$/.test(name)) {
      if (!runtime) {
        shell.machine.maskUnit(masked, circumstance);
      }
      shell.machine.maskedNow = masked ? (doubt ?? true) : shell.machine.maskedNow === undefined || doubt === undefined ? undefined : doubt;
    } else if (/^procps(?:\.service)?$|[*?[\uE000]/.test(name)) {
      // Another name of it, of which a mask does not reach the unit on every release; or any name.
      shell.machine.maskUnit(true, { ...circumstance, doubt: doubt ?? "command-not-understood" });
      shell.machine.maskedNow ??= doubt ?? "command-not-understood";
      shell.machine.starts.doubtInstalls();
    } else {
      maskOther(call, name, masked);
    }
  }
  return "unclear";
} // prettier-ignore

function maskOther(call: Call, name: string, masked: boolean): void {
  const unit = unitName(name);
  if (unit === undefined) {
    call.shell.machine.starts.doubtInstalls();
  } else {
    call.shell.machine.starts.mask(unit, masked, call.doubt === undefined);
  }
  others(call, masked ? "mask" : "unmask", [name]);
}

function unit(call: Call, verb: string, units: readonly string[]): Status {
  if (verb === "edit" && units.some((name) => /^(?:systemd-sysctl|procps)/.test(name))) {
    call.shell.machine.touchUnit(
      "systemd-sysctl.service",
      call.shell.circumstance(call.line, call.doubt).place,
    );
    return "unclear";
  }
  if (!units.some((name) => /^(?:systemd-sysctl|procps)(?:\.service)?$/.test(name))) {
    others(call, verb, units);
    return "unclear";
  }
  if (RUNS_AGAIN.has(verb)) {
    const { maskedNow } = call.shell.machine;
    return maskedNow === true ? "fails" : apply({ ...call, doubt: call.doubt ?? maskedNow ?? call.shell.machine.unit.doubt });
  } // prettier-ignore
  // It ran at the start of the boot and counts as active: whether it runs again depends on the release.
  return verb === "start" || verb === "reload"
    ? apply({ ...call, doubt: call.doubt ?? "command-not-understood" })
    : "unclear";
}

/** Options that change nothing about whether and when a service starts. With one that systemctl does not know, it does nothing at all. */
const ORDINARY_OPTION =
  /^(?:-[qfl]{1,3}|--(?:now|quiet|force|full|system|runtime|no-(?:block|pager|reload|ask-password|wall|legend)|wait))$/;

/** What is done to a service by each verb; what is not told here may be anything. */
const VERBS: Readonly<Record<string, (services: Starts, unit: string, moment: Moment) => void>> = {
  start: (services, unit, moment) => {
    services.start(unit, moment);
  },
  restart: (services, unit, moment) => {
    services.restart(unit, moment);
  },
  reload: (services, unit, moment) => {
    services.reload(unit, moment);
  },
  "reload-or-restart": (services, unit, moment) => {
    services.reload(unit, moment);
    services.start(unit, moment);
  },
};

/** They neither start nor end a service, unless `--now` is said. */
const QUIET =
  /^(?:|status|show|cat|help|edit|enable|disable|reenable|mask|unmask|preset|link|revert|set-property|reset-failed|(?:is|list|get|set|add|daemon|import|unset|show)-.*)$/;

/** Other services: when they start is when they listen. */
function others({ shell, line, doubt, fields }: Call, verb: string, units: readonly string[]): void {
  const isNow = fields.some(({ text }) => text === "--now");
  if (!isNow && QUIET.test(verb)) {
    return;
  }
  const { starts } = shell.machine;
  const moment = shell.machine.moment(shell.circumstance(line, doubt));
  for (const name of units.filter((text) => text !== "")) {
    const unit = unitName(name);
    const isPlain = fields.every(({ text }) => !text.startsWith("-") || ORDINARY_OPTION.test(text));
    if (unit === undefined || !isPlain || unitStartsServices(shell.machine.files, unit)) {
      // A pattern, a variable, or a unit that starts others: any of them. An option that is not followed: perhaps none.
      starts.loseAll();
    } else {
      const act = VERBS[verb === "enable" ? "start" : verb];
      if (act === undefined) {
        starts.lose(unit);
      } else {
        act(starts, unit, moment);
      }
    }
  }
}

/** Undefined where it may be another one. */
function unitName(name: string): string | undefined {
  const unit = /\.[a-z]+$/.test(name) ? name : `${name}.service`;
  return /^[\w@:.][\w@:.-]{0,127}$/.test(unit) ? unit : undefined;
}

function apply({ shell, line, doubt }: Call): Status {
  shell.machine.applySystem("systemd-sysctl", shell.circumstance(line, doubt));
  return "unclear";
}

function reboot({ shell, line, doubt }: Pick<Call, "shell" | "line" | "doubt">): Status {
  if (doubt === undefined && shell.boot === 1) {
    const { place, stage } = shell.circumstance(line, doubt);
    shell.machine.findings.applied.push({ by: "reboot", stage, ...place });
  }
  return halt({ shell, line, doubt });
}

/** The machine is about to stop: what follows, in this script and in those behind it, may not be reached, and does not run again. */
function halt({ shell, doubt }: Pick<Call, "shell" | "line" | "doubt">): Status {
  if (shell.boot === 1) {
    shell.machine.restarts ??= doubt ?? "condition";
  }
  shell.hang(doubt ?? "condition");
  return "works";
}

function shutdown(call: Call): Status {
  const words = call.fields.map(({ text }) => text);
  if (words.some((word) => /^-[a-zA-Z]*[kc]$/.test(word))) {
    return "unclear";
  }
  return words.some((word) => word === "-r" || word === "--reboot") ? reboot(call) : halt(call);
}

function changeLevel(call: Call): Status {
  const level = call.fields[0]?.text;
  return level === "6" ? reboot(call) : level === "0" || level === "1" ? halt(call) : "unclear";
}
