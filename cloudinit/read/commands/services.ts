import type { Status } from "../shell/shell";
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
  [
    "shutdown",
    (call) =>
      call.fields.some(({ text }) => text === "-r" || text === "--reboot") ? reboot(call) : "unclear",
  ],
  ["init", (call) => (call.fields[0]?.text === "6" ? reboot(call) : "unclear")],
];

const RUNS_AGAIN = new Set([
  "restart",
  "try-restart",
  "reload-or-restart",
  "force-reload",
  "try-reload-or-restart",
]);

function systemctl(call: Call): Status {
  const [verb, ...units] = call.fields.map(({ text }) => text).filter((text) => !text.startsWith("-"));
  return verb === "reboot" ? reboot(call) : unit(call, verb ?? "", units);
}

function unit(call: Call, verb: string, units: readonly string[]): Status {
  if (!units.some((name) => /^(?:systemd-sysctl|procps)(?:\.service)?$/.test(name))) {
    return "unclear";
  }
  if (RUNS_AGAIN.has(verb)) {
    return apply(call);
  }
  // It ran at the start of the boot and counts as active: whether it runs again depends on the release.
  return verb === "start" || verb === "reload"
    ? apply({ ...call, doubt: call.doubt ?? "command-not-understood" })
    : "unclear";
}

function apply({ shell, line, doubt }: Call): Status {
  shell.machine.applySystem("systemd-sysctl", shell.circumstance(line, doubt));
  return "unclear";
}

function reboot({ shell, line, doubt }: Call): Status {
  if (doubt === undefined && shell.boot === 1) {
    const { place, stage } = shell.circumstance(line, doubt);
    shell.machine.findings.applied.push({ by: "reboot", stage, ...place });
  }
  return "works";
}
