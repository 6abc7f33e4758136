import { commandLineReadings } from "../backlogs/command-line";
import { placeIn } from "../source";
import type { Status } from "../shell/shell";
import type { Call, Handler } from "./call";
import { CONTROL } from "./control";
import { FILE_COMMANDS } from "./file-commands";
import { notUnderstood } from "./not-understood";
import { runFile, SHELLS } from "./scripts";
import { SERVICES } from "./services";
import { sysctl } from "./sysctl";
import { TEXT } from "./text";
import { WRAPPERS } from "./wrappers";

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...CONTROL,
  ...TEXT,
  ...FILE_COMMANDS,
  ...SERVICES,
  ...SHELLS,
  ["sysctl", sysctl],
]);

/** Measured: what looking a command up takes, besides its words. */
const STEPS = 3;

/** Does what a command does to the settings of the machine. */
export function runCommand(call: Call): Status {
  const { shell, name, fields } = call;
  shell.machine.budget.spend(STEPS + fields.length);
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  const unwrap = WRAPPERS.get(base);
  if (unwrap) {
    const inner = unwrap(call);
    return inner === undefined ? notUnderstood(call) : inner === "nothing" ? "works" : runCommand(inner);
  }
  const handler = HANDLERS.get(base);
  if (handler) {
    return handler(call);
  }
  const found = commandLineReadings([name, ...fields].map(({ text }) => text));
  const place = placeIn(shell.source, call.line);
  const { findings } = shell.machine;
  for (const reading of shell.boot === 1 ? found.backlogs : []) {
    if (call.doubt !== undefined || reading.value === undefined) {
      findings.unknownAt(call.doubt ?? "variable", place, { subject: reading.software });
    } else {
      const { software, value, port } = reading;
      findings.backlogs.push({ software, value, ...(port === undefined ? {} : { port }), ...place });
    }
  }
  for (const { key, value } of shell.boot === 1 ? found.containers : []) {
    if (call.doubt !== undefined || value === undefined) {
      findings.unknownAt(call.doubt ?? "variable", place, { subject: key });
    } else {
      findings.containers.push({ key, value, ...place });
    }
  }
  return runFile(call) ?? notUnderstood(call);
}
