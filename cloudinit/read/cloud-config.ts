import { Buffer } from "node:buffer";
import type { Budget } from "./budget";
import { accountsMade, BASE_ACCOUNTS, ownerOf, type Accounts } from "./file-owner";
import { realPath, type Chunk } from "./files";
import type { Machine } from "./machine";
import type { Place, Stage, UnknownReason } from "./result";
import { Shell } from "./shell/shell";
import { HOLE, sourceAt, sourceFrom, type Source } from "./source";
import { entry, isTrue, textOf, type Node } from "./yaml";

/** The shell script that cloud-init makes of a list of commands. */
export interface Program {
  readonly text: string;
  readonly source: Source;
  readonly doubt?: UnknownReason;
}

/** Source: cloudinit/util.py shellify(). Undefined if cloud-init refuses the list, or there is none. */
export function programOf(commands: Node | undefined, machine: Machine): Program | undefined {
  if (commands === undefined) {
    return undefined;
  }
  if (commands.kind !== "list") {
    machine.findings.unknownAt("invalid-commands", commands);
    return undefined;
  }
  const lines: string[] = [];
  const places: Place[] = [];
  let doubt: UnknownReason | undefined;
  for (const item of commands.items) {
    machine.budget.spend(2);
    const { part, line } = item;
    const string = textOf(item);
    if (string !== undefined) {
      machine.budget.look(4 * string.length);
      string.split("\n").forEach((text, index) => {
        lines.push(text);
        places.push({ part, line: item.kind === "scalar" && item.literal ? line + index : line });
      });
    } else if (item.kind === "list") {
      const quoted = item.items.map((word) => `'${wordOf(word).replaceAll("'", "'\\''")}'`).join(" ");
      quoted.split("\n").forEach((text) => {
        lines.push(text);
        places.push({ part, line });
      });
    } else if (item.kind === "scalar" && item.value === null) {
      // Releases before 23.1 refuse the whole list because of it.
      doubt = "invalid-commands";
    } else {
      machine.findings.unknownAt("invalid-commands", item);
      return undefined;
    }
  }
  const source: Source = { placeOf: (line) => places[line - 1] ?? places.at(-1) ?? commands };
  return { text: lines.join("\n"), source, ...(doubt === undefined ? {} : { doubt }) };
}

/** What Python's str() makes of a value. */
function wordOf(node: Node): string {
  if (node.kind !== "scalar") {
    return HOLE;
  }
  const { value } = node;
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return value ? "True" : "False";
    case "bigint":
      return String(value);
    case "number":
      return Number.isSafeInteger(value) ? String(value) : HOLE;
    default:
      return value === null && /^(?:|~|null|Null|NULL)$/.test(node.text) ? "None" : HOLE;
  }
}

/** Runs the commands of `bootcmd`, on either boot. */
export function runBootcmd(config: Node, machine: Machine, boot: 1 | 2): void {
  const program = programOf(entry(config, "bootcmd"), machine);
  if (program) {
    Shell.run(program.text, { ...program, machine, stage: "bootcmd", dialect: "sh", boot });
  }
}

/**
 * Writes the files of `write_files`, deferred ones or the others. A file that cannot be written ends the module: those after it are
 * not written. Source: cloudinit/config/cc_write_files.py.
 *
 * @param usersAreMade whether the module that makes the users of `users` runs
 */
export function writeFiles(config: Node, machine: Machine, deferred: boolean, usersAreMade = true): void {
  const list = entry(config, "write_files");
  if (list === undefined || (list.kind === "scalar" && list.value === null)) {
    return;
  }
  if (list.kind !== "list") {
    machine.findings.unknownAt("invalid-file", list);
    return;
  }
  const stage: Stage = deferred ? "write_files_deferred" : "write_files";
  // Users are made between the two.
  const accounts = deferred && usersAreMade ? accountsMade(config, machine.budget) : BASE_ACCOUNTS;
  let doubt: UnknownReason | undefined;
  for (const file of list.items) {
    machine.budget.spend(2);
    if (isTrue(entry(file, "defer")) !== deferred) {
      continue;
    }
    const result = writeFile(file, machine, stage, doubt, accounts);
    if (result === "ends") {
      machine.findings.unknownAt("invalid-file", file);
      return;
    }
    doubt ??= result;
  }
}

/** `ends` if cloud-init stops here; a doubt if it may. */
function writeFile(
  file: Node,
  machine: Machine,
  stage: Stage,
  doubt: UnknownReason | undefined,
  accounts: Accounts,
): "ends" | UnknownReason | undefined {
  if (file.kind !== "map") {
    return "ends";
  }
  const pathNode = entry(file, "path");
  const path = textOf(pathNode);
  if (path === undefined || path === "") {
    return pathNode === undefined || path === "" || (pathNode.kind === "scalar" && pathNode.value === null)
      ? undefined
      : "ends";
  }
  const absolute = path.startsWith("/") ? path : `/${path}`;
  const owner = ownerOf(entry(file, "owner"), accounts);
  // Newer releases give a directory that they make to the owner first, and fail at that.
  const mayFailBefore = owner === "perhaps" && !isEveryHosts(absolute);
  const chunk = contentOf(file, doubt ?? (mayFailBefore ? "invalid-file" : undefined), machine.budget);
  if (chunk === undefined || owner === "ends") {
    return "ends";
  }
  if (!isTrue(entry(file, "append"))) {
    machine.truncate(absolute, chunk.doubt);
  }
  machine.write(absolute, chunk, stage);
  machine.files.setExecutable(absolute, isExecutable(entry(file, "permissions")));
  // It ends with a chmod, which /proc refuses.
  return absolute.startsWith("/proc/") || owner === "perhaps" ? "invalid-file" : undefined;
}

/** Whether the directory of the file is there on every host. */
function isEveryHosts(path: string): boolean {
  return /^\/(?:etc|etc\/sysctl\.d|etc\/systemd\/system|usr\/local\/s?bin|opt|root|run|tmp)\/[^/]+$/.test(
    realPath(path),
  );
}

function contentOf(file: Node, doubt: UnknownReason | undefined, budget: Budget): Chunk | undefined {
  const node = entry(file, "content");
  const uri = entry(entry(file, "source"), "uri");
  if (uri !== undefined) {
    return { text: `${HOLE}\n`, source: sourceAt(uri), doubt: doubt ?? "downloaded" };
  }
  if (node === undefined || (node.kind === "scalar" && node.value === null)) {
    return { text: "", source: sourceAt(file), doubt };
  }
  const encoding = (textOf(entry(file, "encoding")) ?? "").toLowerCase().trim();
  if (node.kind !== "scalar" || (typeof node.value !== "string" && !Buffer.isBuffer(node.value))) {
    return undefined;
  }
  const packed = /^(?:gz|gzip)(?:\+(?:b64|base64))?$/.test(encoding);
  const coded = /^(?:(?:gz|gzip)\+)?(?:b64|base64)$/.test(encoding);
  budget.look(node.value.length);
  let bytes = Buffer.isBuffer(node.value) ? node.value : Buffer.from(node.value, "utf8");
  if (coded) {
    const text = bytes.toString("latin1").replace(/[^A-Za-z0-9+/=]/g, "");
    if (text.replace(/=+$/, "").length % 4 === 1 || (text.length % 4 !== 0 && !/=$/.test(text))) {
      return undefined;
    }
    bytes = Buffer.from(text, "base64");
  }
  if (packed) {
    const opened = budget.open(bytes);
    if (!opened.ok) {
      return undefined;
    }
    bytes = opened.bytes;
  }
  const plain = !coded && !packed && node.literal;
  return { text: bytes.toString("utf8"), source: plain ? sourceFrom(node) : sourceAt(node), doubt };
}

/** Source: cloudinit/config/cc_write_files.py decode_perms(). */
function isExecutable(permissions: Node | undefined): boolean {
  if (permissions?.kind !== "scalar") {
    return false;
  }
  const { value } = permissions;
  const mode =
    typeof value === "number"
      ? Math.trunc(value)
      : typeof value === "string" && /^(?:0o)?[0-7]{1,6}$/.test(value)
        ? Number.parseInt(value.replace(/^0o/, ""), 8)
        : 0;
  return (mode & 0o100) !== 0;
}
