import { commandLineReadings } from "../backlogs/command-line";
import { isPlainValue } from "../kernel-value";
import type { UnknownReason } from "../result";
import { HOLE, placeIn } from "../source";
import type { Status } from "../shell/streams";
import { unitsOfProgram } from "../starts";
import type { Call, Handler } from "./call";
import { CONTROL } from "./control";
import { COPIES } from "./copies";
import { EDITS } from "./edits";
import { FILE_ATTRIBUTES } from "./file-attributes";
import { LINKS } from "./links";
import { notUnderstood } from "./not-understood";
import { PACKAGES } from "./packages";
import { REMOVALS } from "./removals";
import { runFile, SHELLS } from "./scripts";
import { SERVICES } from "./services";
import { sysctl } from "./sysctl";
import { TEXT } from "./text";
import { TRANSFERS } from "./transfers";
import { TREES } from "./trees";
import { WRAPPERS } from "./wrappers";

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...CONTROL,
  ...TEXT,
  ...FILE_ATTRIBUTES,
  ...REMOVALS,
  ...COPIES,
  ...LINKS,
  ...EDITS,
  ...TREES,
  ...TRANSFERS,
  ...SERVICES,
  ...PACKAGES,
  ...SHELLS,
  ["sysctl", sysctl],
]);

/** They write to files, some of which are not followed. */
const WRITES: ReadonlySet<string> = new Set(
  [REMOVALS, COPIES, LINKS, EDITS, TREES, TRANSFERS].flat().map(([name]) => name),
);

/** What only the shell itself can do: no program of these names does it. */
const SHELLS_OWN = new Set(
  CONTROL.map(([word]) => word).filter((word) => !["true", "false", "kill"].includes(word)),
);
/** Where programs are looked for, before or after the one that everybody means. */
const PROGRAMS = /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/;

/** What the image has to start and end a service with: `service` asks the same. */
const INIT_SCRIPT = /^\/etc\/(?:rc\.d\/)?init\.d\/[^/]+$/;

/** Programs, besides those that only their users know, that may end and start servers in other ways than systemctl does. */
const MAY_START =
  /^(?:ansible|puppet|chef|cinc|salt|nginx|apachectl|apache2ctl|httpd|haproxy|redis-server|pkill|killall|skill|fuser|busctl|supervisor|monit|pm2|cfn-init|needrestart|certbot|make$)/;

/** What sysctl is given, and hardly any other command. */
const OF_SYSCTL = /^--system$|^-?(?:net|vm|kernel|fs)[./][a-z]|\/sysctl\./;

/** Measured: what looking a command up takes, besides its words. */
const STEPS = 3;
const STEPS_PER_SERVER = 10;

/**
 * Does what a command does to the settings of the machine. What archives and downloads bring is not known: they make doubtful whatever they
 * may have been unpacked over. The one that is unpacked where a script starts, without saying where, is taken to stay in a folder of its
 * own there (see `TRANSFERS`).
 */
export function runCommand(call: Call): Status {
  const { shell, name, fields } = call;
  shell.machine.budget.spend(STEPS + fields.length / 2);
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  if (INIT_SCRIPT.test(name.text) && !shell.machine.files.has(name.text)) {
    return runCommand({
      ...call,
      name: { ...name, text: "service" },
      fields: [{ ...name, text: base }, ...fields],
    });
  }
  const isElsewhere =
    name.text.includes("/") && (!PROGRAMS.test(name.text) || shell.machine.files.has(name.text));
  const unwrap = isElsewhere ? undefined : WRAPPERS.get(base);
  if (unwrap) {
    const inner = unwrap(call);
    return inner === undefined
      ? notUnderstood(call)
      : inner === "nothing"
        ? withoutCommand(call)
        : runCommand(inner);
  }
  shell.machine.unseenWrites += WRITES.has(base) ? 1 : 0;
  const handler = isElsewhere || (call.external && SHELLS_OWN.has(base)) ? undefined : HANDLERS.get(base);
  if (handler) {
    return handler(base === name.text ? { ...call, doubt: call.doubt ?? unsureProgram(call) } : call);
  }
  if (shell.boot === 1) {
    noteCommandLine(call);
  }
  if (name.text.includes(HOLE) && fields.some(({ text }) => OF_SYSCTL.test(text))) {
    // A variable in place of the name: it may well be sysctl.
    sysctl({ ...call, doubt: call.doubt ?? name.why ?? "variable" });
  }
  const status = runFile(call);
  if (status === undefined && (isElsewhere || MAY_START.test(base) || base.includes(HOLE))) {
    shell.machine.starts.loseAll();
  }
  unitsOfProgram(base).forEach((unit) => {
    shell.machine.starts.lose(unit);
  });
  return status ?? notUnderstood(call);
}

/** `sudo` and its like without a command: a shell that runs what it reads. */
function withoutCommand(call: Call): Status {
  const runsInput = /^(?:sudo|doas|busybox)$/.test(call.name.text) && (call.input?.length ?? 0) > 0;
  return runsInput ? notUnderstood(call) : "works";
}

/** Why a name may not mean the program that everybody means by it. */
function unsureProgram({ shell, name: { text } }: Call): UnknownReason | undefined {
  const { files } = shell.machine;
  if (text === "sysctl" && shell.variables.has("PATH")) {
    const path = shell.variables.get("PATH");
    if (path !== undefined && !/\/sbin(?::|$)/.test(path)) {
      return "command-not-understood";
    }
  }
  if (shell.variables.has("PATH") && files.hasNamed(text)) {
    return "command-not-understood";
  }
  return files.hasPrograms && (files.has(`/usr/local/sbin/${text}`) || files.has(`/usr/local/bin/${text}`))
    ? "command-not-understood"
    : undefined;
}

/** Says what the command line of a server or of a container asks for. */
function noteCommandLine({ shell, name, fields, line, doubt }: Call): void {
  const words = [name.text, ...fields.map(({ text }) => text)];
  const { backlogs, containers, published = [], isUntuned = false } = commandLineReadings(words);
  if (backlogs.length + containers.length + published.length === 0) {
    return;
  }
  const place = placeIn(shell.source, line);
  const { findings, budget } = shell.machine;
  budget.spend(STEPS_PER_SERVER + fields.length);
  for (const { software, value, port } of backlogs) {
    if (doubt !== undefined || value === undefined) {
      findings.unknownAt(doubt ?? "variable", place, { subject: software });
    } else {
      findings.backlogs.push({ software, value, ...(port === undefined ? {} : { port }), ...place });
    }
  }
  const ports = published.length > 0 ? { ports: published } : {};
  if (isUntuned && published.length > 0 && doubt === undefined) {
    findings.containers.push({ key: "net.core.somaxconn", ...ports, ...place });
  }
  for (const { key, value } of containers) {
    if (doubt !== undefined || value === undefined || !isPlainValue(key, value)) {
      const why = value === undefined ? "variable" : "value-not-plain";
      findings.unknownAt(doubt ?? why, place, { subject: key });
    } else {
      findings.containers.push({ key, value, ...ports, ...place });
    }
  }
}
