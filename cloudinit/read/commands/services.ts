import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
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
    }
  }
  return "unclear";
} // prettier-ignore

function unit(call: Call, verb: string, units: readonly string[]): Status {
  if (verb === "edit" && units.some((name) => /^(?:systemd-sysctl|procps)/.test(name))) {
    call.shell.machine.touchUnit(
      "systemd-sysctl.service",
      call.shell.circumstance(call.line, call.doubt).place,
    );
    return "unclear";
  }
  if (!units.some((name) => /^(?:systemd-sysctl|procps)(?:\.service)?$/.test(name))) {
    started(call, verb, units);
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

/** Other services: when they start is when they listen. */
function started({ shell, line, doubt, fields }: Call, verb: string, units: readonly string[]): void {
  const isNow = verb === "enable" && fields.some(({ text }) => text === "--now");
  const again = RUNS_AGAIN.has(verb) && !/^try-/.test(verb);
  if (!again && !isNow && verb !== "start" && !/^try-|^stop$/.test(verb)) {
    return;
  }
  for (const name of units.filter((text) => text !== "")) {
    const unit = /\.[a-z]+$/.test(name) ? name : `${name}.service`;
    const isPlain =
      /^[\w@:.-]{1,128}$/.test(unit) &&
      fields.every(({ text }) => !text.startsWith("-") || ORDINARY_OPTION.test(text));
    // Whether it runs by then decides what these do.
    const isUnsure = /^try-|^stop$/.test(verb);
    const circumstance = shell.circumstance(line, doubt ?? (isUnsure ? "condition" : undefined));
    if (isPlain) {
      shell.machine.start(unit, again || isUnsure, circumstance);
    } else {
      // A pattern, or a variable: any of them. An option that is not followed: perhaps none.
      shell.machine.starts.clear();
    }
  }
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
