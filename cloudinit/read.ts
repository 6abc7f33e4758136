import { parse } from "yaml";
import { showGiven } from "../backlog/finding";
import { formOf } from "./form";
import { READ_LIMIT } from "./limits";
import { splitMultipart } from "./mime-read";

/** A sysctl setting or a declared backlog that user data gives to a server. */
export interface Reading {
  /** The sysctl key, spelt with dots; or the software. */
  readonly subject: string;
  readonly value: number;
  /** Where it stands, for a message: a file path, or the kind of script. Never the text itself. */
  readonly where: string;
}

/** What user data says about the listen backlog of a server. */
export interface UserDataReading {
  /** Values of `net.core.somaxconn`, in the order in which cloud-init comes to them; the last one holds. */
  readonly somaxconn: readonly Reading[];
  /** The backlogs that application configuration in it asks for. */
  readonly backlogs: readonly Reading[];
  /** What could not be read, and why. */
  readonly unknown: readonly string[];
}

/** Where application configuration names its backlog, by software. Numbers only: anything else is not a declaration. */
const BACKLOG_DIRECTIVES: readonly (readonly [string, RegExp])[] = [
  ["nginx", /^[ \t]*listen[ \t][^\n;#]{0,200}?\bbacklog=(\d{1,10})\b/gm],
  ["redis", /^[ \t]*tcp-backlog[ \t]+(\d{1,10})[ \t]*$/gm],
];
/** In a script, anywhere in a command; in a sysctl file, on a line of its own. */
const SOMAXCONN = /(?:^|[\s'"])-?net[./]core[./]somaxconn[ \t]*=[ \t]*["']?(\d{1,10})\b/gm;
const SOMAXCONN_LINE = /^[ \t]*-?[ \t]*net[./]core[./]somaxconn[ \t]*=[ \t]*(\d{1,10})[ \t\r]*$/gm;
const INT_MAX = 2147483647;
const SYSCTL_FILE =
  /^\/(?:etc|run|usr\/lib|usr\/local\/lib|lib)\/sysctl\.d\/[^/]+\.conf$|^\/etc\/sysctl\.conf$/;

/**
 * Reads plain user data: cloud-config, shell scripts, and multipart documents of these. It never throws and never guesses:
 * what it cannot read is in `unknown`.
 */
export function readUserData(text: string): UserDataReading {
  const reading = { somaxconn: [] as Reading[], backlogs: [] as Reading[], unknown: [] as string[] };
  if (text.length > READ_LIMIT) {
    reading.unknown.push(`text of more than ${READ_LIMIT} characters`);
  } else {
    readPart(text, reading, 0);
  }
  return reading;
}

type Collected = { somaxconn: Reading[]; backlogs: Reading[]; unknown: string[] };

function readPart(text: string, into: Collected, depth: number): void {
  switch (formOf(text)) {
    case "mime":
      if (depth > 4) {
        into.unknown.push("a multipart document nested too deep");
        return;
      }
      for (const part of splitMultipart(text, into.unknown)) {
        readPart(part, into, depth + 1);
      }
      return;
    case "cloud-config":
      readCloudConfig(text, into);
      return;
    case "shell-script":
    case "boothook":
      scan(text, "a script", into);
      return;
    case undefined:
      into.unknown.push("text in no form that cloud-init knows");
      return;
    default:
      into.unknown.push(`a part of the form ${formOf(text) ?? "unknown"}`);
  }
}

function readCloudConfig(text: string, into: Collected): void {
  let document: unknown;
  try {
    // "error" throws on errors; "silent" would hand back the part before them. A key twice is no error for cloud-init.
    document = parse(text, { maxAliasCount: 100, logLevel: "error", uniqueKeys: false });
  } catch {
    into.unknown.push("a cloud-config that is not valid YAML");
    return;
  }
  if (!isRecord(document)) {
    return;
  }
  // In the order in which cloud-init works them off: bootcmd, write_files, runcmd.
  readCommands(document.bootcmd, "bootcmd", into);
  if (Array.isArray(document.write_files)) {
    document.write_files.forEach((file: unknown) => readFile(file, into));
  }
  readCommands(document.runcmd, "runcmd", into);
}

function readFile(file: unknown, into: Collected): void {
  if (!isRecord(file) || typeof file.path !== "string" || typeof file.content !== "string") {
    return;
  }
  const where = printable(file.path);
  const encoding = typeof file.encoding === "string" ? file.encoding.toLowerCase() : "";
  if (/^gz/.test(encoding)) {
    into.unknown.push(`${where}: compressed content`);
    return;
  }
  const content = /^(?:b64|base64)$/.test(encoding)
    ? Buffer.from(file.content, "base64").toString("utf8")
    : file.content;
  if (SYSCTL_FILE.test(file.path)) {
    collect(SOMAXCONN_LINE, content, "net.core.somaxconn", where, into, "somaxconn");
  } else {
    scan(content, where, into);
  }
}

/** A path of the user's, safe to print in a message. */
function printable(path: string): string {
  return /^[\x21-\x7e]{1,100}$/.test(path) ? path : showGiven(path);
}

function readCommands(commands: unknown, where: string, into: Collected): void {
  if (Array.isArray(commands)) {
    for (const command of commands) {
      scan(Array.isArray(command) ? command.map(asWord).join(" ") : asWord(command), where, into);
    }
  }
}

/** A word of a command. A mapping is none, and String() of one that has a `toString` of its own would throw. */
function asWord(word: unknown): string {
  return typeof word === "string" ? word : typeof word === "number" ? String(word) : "";
}

function scan(text: string, where: string, into: Collected): void {
  const code = text.replace(/^[ \t]*#.*$/gm, "");
  collect(SOMAXCONN, code, "net.core.somaxconn", where, into, "somaxconn");
  for (const [software, directive] of BACKLOG_DIRECTIVES) {
    collect(directive, code, software, where, into, "backlogs");
  }
}

function collect(
  pattern: RegExp,
  text: string,
  subject: string,
  where: string,
  into: Collected,
  list: "somaxconn" | "backlogs",
): void {
  for (const match of text.matchAll(pattern)) {
    // No kernel takes more: neither sysctl nor listen() would do what the line says.
    const value = Number(match[1]);
    if (value > INT_MAX) {
      into.unknown.push(`${where}: ${subject} above ${INT_MAX}`);
    } else {
      into[list].push({ subject, value, where });
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
