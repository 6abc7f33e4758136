import { bootFiles, procpsSystemFiles, type FileStatus, type SourceFile } from "./files";
import { swapSeparators } from "./key";
import { KeyTree, type GlobMatch } from "./keytree";
import { parseSysctlFile, type DiagnosticReason, type Dialect, type SysctlEntry } from "./parse";
import { compareBytes, TreeIndex, type SysctlTree } from "./tree";

/** A place in a file. */
export interface Origin {
  /** The file that holds the line, symlinks followed: the one to edit. */
  readonly file: string;
  readonly line: number;
  /** The symlink under which the tool found the file. */
  readonly via?: string;
}

/** A line that gives a key a value. */
export interface Assignment extends Origin {
  readonly value: string;
  /** The glob, in dotted form, when the line reached the key through one. */
  readonly glob?: string;
}

export type LossReason =
  /** A line that is applied later sets the key again. */
  | "overwritten"
  /** The line is a glob, and a line that names the key itself takes the key away from all globs. */
  | "explicit-key"
  /** A `-key` line keeps globs from the key (systemd: it also cancels an equal line before it). */
  | "excluded"
  /** The file is masked by a file of the same name in a directory of higher precedence. */
  | "masked"
  /** The file's name does not end in `.conf`. */
  | "not-conf"
  /** The file's name begins with a dot, and systemd does not see such files. */
  | "hidden"
  /** The tool does not read this file. */
  | "not-read"
  /** The host has no such key. */
  | "no-such-key"
  /** The kernel refuses the value, and what was there before stays. */
  | "refused";

export interface Loser extends Assignment {
  readonly why: LossReason;
  /** The line that beats it, or the file that masks it (then without a line). */
  readonly by?: { readonly file: string; readonly line?: number; readonly via?: string };
}

/** What becomes of one key. */
export interface KeyOutcome {
  readonly key: string;
  /** The line whose value the key has afterwards; absent when no line sets it and the kernel's value stays. */
  readonly winner?: Assignment;
  /** The other lines about the key, in the order in which the files are gone through. */
  readonly losers: readonly Loser[];
}

export interface MergeDiagnostic {
  readonly file: string;
  readonly line: number;
  /** `too-many-alternatives`: a `{a,b}` glob of more than a thousand alternatives is only followed in part. */
  readonly reason: DiagnosticReason | "too-many-alternatives";
}

export interface MergedFile {
  readonly file: string;
  readonly via?: string;
  readonly status: FileStatus;
  readonly maskedBy?: string;
}

/** Plain data: it survives JSON, so that another implementation can be compared with it. */
export interface MergeResult {
  /** By canonical dotted key, sorted. */
  readonly keys: Readonly<Record<string, KeyOutcome>>;
  /** Every file in order, with what the tool does with it. */
  readonly files: readonly MergedFile[];
  readonly diagnostics: readonly MergeDiagnostic[];
}

export interface MergeOptions {
  /** The keys that exist on the host, in canonical dotted form: globs match only these, and a line for any other key is lost. */
  readonly knownKeys: readonly string[];
  /**
   * Whether the kernel takes a value. Default: it takes every value. It matters where a refused value comes last: sysctl has written the
   * earlier one by then, systemd-sysctl only ever tries the last.
   */
  readonly accepts?: (key: string, value: string) => boolean;
}

/**
 * What systemd-sysctl sets at boot. Not part of it: `sysctl.` words on the kernel's command line, the credential `sysctl.extra`, and
 * whatever other services write later. Source: systemd 252 `conf_files_list_strv()`, `parse_file()`, `apply_all()`; measured.
 */
export function mergeBoot(tree: SysctlTree, options: MergeOptions): MergeResult {
  return applyAsSystemd(readFiles(bootFiles(new TreeIndex(tree)), "systemd"), options);
}

/** What `sysctl --system` sets. Source: procps 4.0.2 `PreloadSystem()`, `write_setting_list()`; measured. */
export function mergeProcpsSystem(tree: SysctlTree, options: MergeOptions): MergeResult {
  return applyAsProcps(readFiles(procpsSystemFiles(new TreeIndex(tree)), "procps"), options);
}

/** What `sysctl -p FILE` sets. Source: procps 4.0.2 `Preload()`, `write_setting_list()`; measured. */
export function mergeFile(
  one: { readonly path: string; readonly text: string },
  options: MergeOptions,
): MergeResult {
  return applyAsProcps(readFiles([{ file: one.path, status: "read", text: one.text }], "procps"), options);
}

/** One entry of one file, in its place in the whole order. */
interface Line {
  readonly order: number;
  readonly origin: Origin;
  readonly entry: SysctlEntry;
  readonly source: SourceFile;
}

interface ReadFiles {
  readonly lines: readonly Line[];
  readonly files: readonly MergedFile[];
  readonly diagnostics: readonly MergeDiagnostic[];
}

function readFiles(files: readonly SourceFile[], dialect: Dialect): ReadFiles {
  const lines: Line[] = [];
  const diagnostics: MergeDiagnostic[] = [];
  for (const source of files) {
    const via = source.via === undefined ? {} : { via: source.via };
    const parsed = parseSysctlFile(source.text, dialect);
    for (const entry of parsed.entries) {
      lines.push({
        order: lines.length,
        origin: { file: source.file, line: entry.line, ...via },
        entry,
        source,
      });
    }
    if (source.status !== "read") continue;
    for (const { line, reason } of parsed.diagnostics) diagnostics.push({ file: source.file, line, reason });
  }
  return {
    lines,
    files: files.map(({ file, via, status, maskedBy }) => ({
      file,
      ...(via === undefined ? {} : { via }),
      status,
      ...(maskedBy === undefined ? {} : { maskedBy }),
    })),
    diagnostics,
  };
}

/** An assignment of systemd's table of options: one per key or glob text, in the order in which they will be applied. */
interface Option {
  /** The line that decides the value: the last one that says it. */
  readonly line: Line;
  readonly value: string | undefined;
}

/**
 * systemd first reads everything into one table, then applies the table. A new value for a key or glob moves it to the end; the same
 * value again leaves it where it is, which decides between two globs that match the same key.
 */
function applyAsSystemd(read: ReadFiles, options: MergeOptions): MergeResult {
  const ledger = new Ledger(read, options, { braces: true });
  const table = new Map<string, Option>();
  for (const line of read.lines) {
    if (ledger.loseIfNotRead(line)) continue;
    const { path, value } = line.entry;
    const earlier = table.get(path);
    if (earlier?.value !== undefined) {
      ledger.lose(earlier.line, value === undefined ? "excluded" : "overwritten", line.origin);
    }
    if (earlier?.value !== value) table.delete(path);
    table.set(path, { line, value });
  }
  for (const { line, value } of table.values()) {
    if (value === undefined) continue;
    if (!line.entry.glob) {
      ledger.write(ledger.tree.atSimplifiedPath(line.entry.path), line, value);
      continue;
    }
    for (const match of ledger.expand(line)) {
      const explicit = table.get(match.path);
      if (explicit === undefined) ledger.write(match.key, line, value);
      else ledger.loseMatch(match, line, explicit.line);
    }
  }
  return ledger.result();
}

/** procps applies line after line; a path that any line of any file spells out is taken away from all globs. */
function applyAsProcps(read: ReadFiles, options: MergeOptions): MergeResult {
  const ledger = new Ledger(read, options, { braces: false });
  const lines = read.lines.filter((line) => !ledger.loseIfNotRead(line));
  const spelledOut = new Map<string, Line>();
  for (const line of lines) {
    if (!spelledOut.has(line.entry.path)) spelledOut.set(line.entry.path, line);
  }
  for (const line of lines) {
    const { path, value, glob } = line.entry;
    if (value === undefined) continue;
    if (!glob) {
      ledger.write(ledger.tree.atPhysicalPath(path), line, value);
      continue;
    }
    for (const match of ledger.expand(line)) {
      const explicit = spelledOut.get(match.path);
      if (explicit === undefined) ledger.write(match.key, line, value);
      else ledger.loseMatch(match, line, explicit);
    }
  }
  return ledger.result();
}

interface Account {
  winner: { readonly order: number; readonly assignment: Assignment } | undefined;
  readonly losers: { readonly order: number; readonly loser: Loser }[];
}

/** Who wins and who loses, key by key, while a tool's rules are played through. */
class Ledger {
  readonly tree: KeyTree;
  private readonly accounts = new Map<string, Account>();
  private readonly expansions = new Map<string, readonly GlobMatch[]>();
  private readonly diagnostics: MergeDiagnostic[];

  constructor(
    private readonly read: ReadFiles,
    private readonly options: MergeOptions,
    private readonly globbing: { readonly braces: boolean },
  ) {
    this.tree = new KeyTree(options.knownKeys);
    this.diagnostics = [...read.diagnostics];
  }

  /** The keys that a glob line matches. */
  expand(line: Line): readonly GlobMatch[] {
    const { path } = line.entry;
    const cached = this.expansions.get(path);
    if (cached !== undefined) return cached;
    const { matches, truncated } = this.tree.glob(path, this.globbing);
    if (truncated) {
      const { file, line: number } = line.origin;
      this.diagnostics.push({ file, line: number, reason: "too-many-alternatives" });
    }
    this.expansions.set(path, matches);
    return matches;
  }

  /** Books the line as lost, and says so, when its file is not one that the tool reads. */
  loseIfNotRead(line: Line): boolean {
    const { status, maskedBy } = line.source;
    switch (status) {
      case "masked":
      case "not-conf":
      case "hidden":
      case "not-read":
        this.lose(line, status, maskedBy === undefined ? undefined : { file: maskedBy });
        return true;
      case "read":
      case "missing":
      case "directory":
      case "unreadable":
        return false;
    }
  }

  /** The line is lost for every key that it is about. */
  lose(line: Line, why: LossReason, by?: Loser["by"]): void {
    const { entry } = line;
    if (entry.value === undefined) return;
    const keys = entry.glob ? this.expand(line).map((match) => match.key) : [this.keyOf(entry)];
    for (const key of keys) this.loseKey(key, line, entry.value, why, by);
  }

  /** A glob line is lost for one key that another line names. */
  loseMatch(match: GlobMatch, line: Line, explicit: Line): void {
    if (line.entry.value === undefined) return;
    const why = explicit.entry.value === undefined ? "excluded" : "explicit-key";
    this.loseKey(match.key, line, line.entry.value, why, explicit.origin);
  }

  /** The tool writes the value; without a key there is nothing to write to. */
  write(key: string | undefined, line: Line, value: string): void {
    if (key === undefined) {
      this.lose(line, "no-such-key");
      return;
    }
    if (this.options.accepts?.(key, value) === false) {
      this.loseKey(key, line, value, "refused");
      return;
    }
    const account = this.account(key);
    const { winner } = account;
    if (winner !== undefined) {
      account.losers.push({
        order: winner.order,
        loser: { ...winner.assignment, why: "overwritten", by: line.origin },
      });
    }
    account.winner = { order: line.order, assignment: assignmentOf(line, value) };
  }

  result(): MergeResult {
    const keys = [...this.accounts].sort(([a], [b]) => compareBytes(a, b));
    return {
      keys: Object.fromEntries(
        keys.map(([key, { winner, losers }]): [string, KeyOutcome] => [
          key,
          {
            key,
            ...(winner === undefined ? {} : { winner: winner.assignment }),
            losers: losers.sort((a, b) => a.order - b.order).map(({ loser }) => loser),
          },
        ]),
      ),
      files: this.read.files,
      diagnostics: this.diagnostics,
    };
  }

  private loseKey(key: string, line: Line, value: string, why: LossReason, by?: Loser["by"]): void {
    const loser = { ...assignmentOf(line, value), why, ...(by === undefined ? {} : { by }) };
    this.account(key).losers.push({ order: line.order, loser });
  }

  /** The host's key that an explicit line means, or the key as it is spelled when the host has none. */
  private keyOf(entry: SysctlEntry): string {
    const { path } = entry;
    const known = this.globbing.braces ? this.tree.atSimplifiedPath(path) : this.tree.atPhysicalPath(path);
    return known ?? entry.key;
  }

  private account(key: string): Account {
    const existing = this.accounts.get(key);
    if (existing !== undefined) return existing;
    const account: Account = { winner: undefined, losers: [] };
    this.accounts.set(key, account);
    return account;
  }
}

function assignmentOf(line: Line, value: string): Assignment {
  return { ...line.origin, value, ...(line.entry.glob ? { glob: swapSeparators(line.entry.path) } : {}) };
}
