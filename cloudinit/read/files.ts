import type { Budget } from "./budget";
import type { Place, Stage, UnknownReason } from "./result";
import { HOLE, placeIn, type Source } from "./source";

/** A piece of text on its way into a file or a pipe. */
export interface Chunk {
  readonly text: string;
  readonly source: Source;
  /** Why it may not be there, or may not be so; absent if it surely is. */
  readonly doubt?: UnknownReason;
}

/** One line of a file. */
export interface FileLine {
  readonly text: string;
  readonly place: Place;
  /** When it is written; absent for what no file holds. */
  readonly stage?: Stage;
  readonly doubt?: UnknownReason;
}

interface StoredChunk extends Chunk {
  readonly stage: Stage;
}

interface VirtualFile {
  chunks: StoredChunk[];
  /** So many of them, from the first on, are doubtful already. */
  doubtful: number;
  executable: boolean | "unclear";
}

/** The files that the user data makes, by absolute path. What the image brings is not known. */
export class Files {
  private readonly files = new Map<string, VirtualFile>();
  /** Those of them that are about sysctl settings: applying looks at these alone. */
  private readonly sysctlFiles = new Set<string>();

  /** Links to what matters, that the user data made; undefined for one of which it is not sure that it is there, or where it leads. */
  private readonly links = new Map<string, string | undefined>();

  private readonly names = new Set<string>();
  private readonly locks = new Set<string>();
  /** Directories that the user data makes; false for those that may not be there. */
  private readonly directories = new Map<string, boolean>();
  private programs = 0;
  /** How often a file is written to, or removed, that may be the configuration of a service. */
  changes = 0;
  /** Whether systemd-sysctl does not find /etc/sysctl.conf any more, or why it may not. */
  confUnlinked: true | UnknownReason | undefined;

  constructor(private readonly budget: Budget) {}

  link(path: string, target: string | undefined): void {
    this.links.set(path, target);
  }

  /** A link is removed, or may be. */
  unlink(path: string, isSure: boolean): void {
    if (isSure) {
      this.links.delete(path);
    } else if (this.links.has(path)) {
      this.links.set(path, undefined);
    }
  }

  /** Nothing can be written to a path, or below it, any more; or that may be so. */
  lock(path: string): void {
    this.locks.add(path);
  }

  unlock(path: string, isSure: boolean): void {
    if (isSure) {
      this.locks.delete(path);
    }
  }

  private isLocked(path: string): boolean {
    if (this.locks.size === 0) {
      return false;
    }
    this.budget.spend(this.locks.size / 8);
    return [...this.locks].some((lock) => path === lock || path.startsWith(`${lock}/`));
  }

  /** A directory is made, or may be; or it may be removed again. */
  makeDirectory(path: string, isSure: boolean): void {
    this.budget.spend(1);
    this.directories.set(path, isSure || this.directories.get(path) === true);
  }

  loseDirectory(path: string): void {
    this.budget.spend(this.directories.size / 8);
    for (const directory of this.directories.keys()) {
      if (directory === path || directory.startsWith(`${path}/`)) {
        this.directories.set(directory, false);
      }
    }
  }

  /** Whether the user data makes a directory of it. */
  isDirectory(path: string): boolean | "perhaps" {
    const made = this.directories.get(path);
    return made === true || this.hasBelow(path) ? true : made === false ? "perhaps" : false;
  }

  /** Whether the user data makes a file below this directory. */
  hasBelow(path: string): boolean {
    return this.paths().some((file) => file.startsWith(`${path}/`));
  }

  /** Follows links; undefined where nobody knows where they lead. */
  resolve(path: string): string | undefined {
    let found = path;
    for (let hops = 0; this.links.size > 0; hops++) {
      this.budget.spend(this.links.size / 8);
      const link = [...this.links].find(([from]) => found === from || found.startsWith(`${from}/`));
      if (link === undefined) {
        break;
      }
      const [from, target] = link;
      if (target === undefined || hops > MOST_HOPS) {
        return undefined;
      }
      found = realPath(target + found.slice(from.length));
    }
    if (found !== SYSCTL_CONF_LINK || this.confUnlinked === true) {
      return found;
    }
    return this.confUnlinked === undefined ? SYSCTL_CONF : undefined;
  }

  /** Whatever is said about settings may be changed, and there may be more of it, in a file that is read last. */
  doubtSettings(doubt: UnknownReason, source: Source, stage: Stage): void {
    for (const path of this.sysctlPaths()) {
      this.doubtAll(path, doubt);
    }
    this.append(NAMELESS, { text: `${HOLE}\n`, source, doubt }, stage);
  }

  /** Whether the user data makes a file of this name, in any directory, or has made one. */
  hasNamed(name: string): boolean {
    return this.names.has(name);
  }

  /** Whether it makes any program that is found by its name. */
  get hasPrograms(): boolean {
    return this.programs > 0;
  }

  paths(): string[] {
    this.budget.spend(this.files.size / 8);
    return [...this.files.keys()];
  }

  /** In the order in which they were made. */
  sysctlPaths(): string[] {
    this.budget.spend(this.sysctlFiles.size);
    return [...this.sysctlFiles];
  }

  has(path: string): boolean {
    return this.files.has(path);
  }

  executable(path: string): boolean | "unclear" {
    return this.files.get(path)?.executable ?? "unclear";
  }

  setExecutable(path: string, executable: boolean | "unclear"): void {
    const file = this.files.get(path);
    if (file) {
      file.executable = executable;
    }
  }

  /** Empties the file, or makes an empty one. With a doubt, what was there before may still be there. */
  truncate(path: string, uncertain: UnknownReason | undefined): void {
    this.noteChange(path);
    const doubt = this.isLocked(path) ? (uncertain ?? "command-not-understood") : uncertain;
    const file = this.open(path);
    if (doubt === undefined) {
      file.chunks = [];
      file.doubtful = 0;
    } else {
      this.doubtAll(path, doubt);
    }
  }

  append(path: string, chunk: Chunk, stage: Stage): void {
    this.budget.spend(1);
    this.noteChange(path);
    const doubt = chunk.doubt ?? (this.isLocked(path) ? "command-not-understood" : undefined);
    this.open(path).chunks.push(doubt === undefined ? { ...chunk, stage } : { ...chunk, stage, doubt });
  }

  remove(path: string, uncertain: UnknownReason | undefined): void {
    this.noteChange(path);
    const doubt = this.isLocked(path) ? (uncertain ?? "command-not-understood") : uncertain;
    if (doubt === undefined) {
      this.files.delete(path);
      this.sysctlFiles.delete(path);
    } else {
      this.doubtAll(path, doubt);
    }
  }

  /** Whatever the file holds by now may be changed. */
  doubtAll(path: string, doubt: UnknownReason): void {
    this.noteChange(path);
    const file = this.files.get(path);
    if (file) {
      this.budget.spend((file.chunks.length - file.doubtful) / 4);
      for (; file.doubtful < file.chunks.length; file.doubtful++) {
        const chunk = file.chunks[file.doubtful];
        if (chunk && chunk.doubt === undefined) {
          file.chunks[file.doubtful] = { ...chunk, doubt };
        }
      }
    }
  }

  /** What `cat` of the file gives; undefined of a file that the user data does not make. */
  chunks(path: string): readonly StoredChunk[] | undefined {
    const chunks = this.files.get(path)?.chunks;
    this.budget.spend((chunks?.length ?? 0) / 4);
    // As it is now: the file may be the one that is written to.
    return chunks?.slice();
  }

  /** The lines of a file; a line of several chunks stands where it begins, and is as doubtful as the worst of them. */
  lines(path: string): FileLine[] {
    const lines: FileLine[] = [];
    let open: FileLine | undefined;
    for (const { text, source, stage, doubt } of this.files.get(path)?.chunks ?? []) {
      this.budget.look(text.length);
      const pieces = text.split("\n");
      this.budget.spend(pieces.length / 4);
      pieces.forEach((piece, index) => {
        const last = index === pieces.length - 1;
        if (last && piece === "") {
          return;
        }
        const worst = open?.doubt ?? doubt;
        const line: FileLine = {
          text: (open?.text ?? "") + piece,
          place: open?.place ?? placeIn(source, index + 1),
          stage,
          ...(worst === undefined ? {} : { doubt: worst }),
        };
        if (last) {
          open = line;
        } else {
          lines.push(line);
          open = undefined;
        }
      });
    }
    if (open) {
      lines.push(open);
    }
    return lines;
  }

  private noteChange(path: string): void {
    this.changes += isSysctlFile(path) || /^\/(?:dev|proc|var\/log)\//.test(path) ? 0 : 1;
  }

  private open(path: string): VirtualFile {
    const existing = this.files.get(path);
    if (existing) {
      return existing;
    }
    this.budget.spend(2);
    const file: VirtualFile = { chunks: [], doubtful: 0, executable: false };
    this.files.set(path, file);
    this.names.add(path.slice(path.lastIndexOf("/") + 1));
    this.programs += path.startsWith("/usr/local/") ? 1 : 0;
    if (isSysctlFile(path)) {
      this.sysctlFiles.add(path);
    }
    return file;
  }
}

/** The path as the kernel would find it: absolute, without `.`, `..` and the links that every host has. */
export function realPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      parts.pop();
    } else if (part !== "" && part !== ".") {
      parts.push(part);
    }
  }
  return `/${parts.join("/")}`
    .replace(/^(?:\/proc\/(?:self|thread-self|1)\/root)+(?=\/|$)/, "")
    .replace(/^$/, "/")
    .replace(/^\/lib\//, "/usr/lib/")
    .replace(/^\/var\/run\//, "/run/");
}

const MOST_HOPS = 8;
/** Stands for a sysctl file whose name is not known: it may come last of all. */
export const NAMELESS = "/etc/sysctl.d/~.conf";

/** The link by which every distribution has systemd-sysctl read /etc/sysctl.conf. */
export const SYSCTL_CONF_LINK = "/etc/sysctl.d/99-sysctl.conf";
export const SYSCTL_CONF = "/etc/sysctl.conf";

/** A file that is about sysctl settings, whether or not a tool reads it by itself. */
export function isSysctlFile(path: string): boolean {
  return path === SYSCTL_CONF || /^\/(?:etc|run|usr\/local\/lib|usr\/lib)\/sysctl\.d\/[^/]+$/.test(path);
}
