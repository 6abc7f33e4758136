import { compileComponent, expandBraces } from "./glob";
import { compareBytes, type TreeIndex } from "./tree";

/**
 * The directories in order of precedence: of two files of one name, the first directory's counts. Source: sysctl.d(5), sysctl(8).
 * The last is /usr/lib again on a merged-/usr system. Where it is not, procps reads it, and systemd does when it is built for a split
 * /usr, as Debian 12 builds it (measured).
 */
export const SYSCTL_DIRECTORIES = [
  "/etc/sysctl.d",
  "/run/sysctl.d",
  "/usr/local/lib/sysctl.d",
  "/usr/lib/sysctl.d",
  "/lib/sysctl.d",
] as const;

export const SYSCTL_CONF = "/etc/sysctl.conf";

export type FileStatus =
  | "read"
  /** A file, directory or symlink of the same name in a directory of higher precedence replaces it. */
  | "masked"
  /** The name does not end in `.conf`. */
  | "not-conf"
  /** The name begins with a dot: systemd does not see it, procps does. */
  | "hidden"
  /** A symlink to nothing. It still masks. */
  | "missing"
  /** A directory with a file's name: read as empty. It still masks. */
  | "directory"
  /** It could not be read. It still masks. */
  | "unreadable"
  /** This tool does not look at it. */
  | "not-read";

export interface SourceFile {
  /** The file that holds the text, symlinks followed. */
  readonly file: string;
  /** The path under which the tool finds it, when that is a symlink (or goes through one). */
  readonly via?: string;
  readonly status: FileStatus;
  /** For `masked`: the path that masks it. */
  readonly maskedBy?: string;
  readonly text: string;
}

interface Candidate {
  readonly directory: string;
  readonly name: string;
  readonly status: FileStatus;
  readonly maskedBy?: string;
}

/** What systemd-sysctl reads at boot, in order, with the files that it passes over at the places where they would have been read. */
export function bootFiles(index: TreeIndex): SourceFile[] {
  const files = candidates(index, { seesHidden: false }).map((candidate) =>
    sourceFile(index, pathOf(candidate), candidate.status, candidate.maskedBy),
  );
  // Debian's link 99-sysctl.conf is the only way in which the file is read at boot.
  const { path } = index.resolve(SYSCTL_CONF);
  if (hasSysctlConf(index) && !files.some((file) => file.file === path)) {
    files.push(sourceFile(index, SYSCTL_CONF, "not-read"));
  }
  return files;
}

/** What `sysctl --system` reads, in order: the files of all directories by name, then /etc/sysctl.conf (again), always last. */
export function procpsSystemFiles(index: TreeIndex): SourceFile[] {
  const files = candidates(index, { seesHidden: true }).flatMap((candidate) =>
    candidate.status === "read"
      ? openAsProcps(index, candidate)
      : [sourceFile(index, pathOf(candidate), candidate.status, candidate.maskedBy)],
  );
  if (hasSysctlConf(index)) files.push(sourceFile(index, SYSCTL_CONF, "read"));
  return files;
}

function hasSysctlConf(index: TreeIndex): boolean {
  const { kind } = index.resolve(SYSCTL_CONF);
  return kind === "file" || kind === "unreadable";
}

function candidates(index: TreeIndex, { seesHidden }: { readonly seesHidden: boolean }): Candidate[] {
  const visited = new Set<string>();
  const chosen = new Map<string, string>();
  const all: Candidate[] = [];
  for (const directory of SYSCTL_DIRECTORIES) {
    // Two names of one directory (/lib is /usr/lib) hold the same files.
    const { path: real } = index.resolve(directory);
    if (visited.has(real)) continue;
    visited.add(real);
    for (const name of index.list(directory)) {
      const maskedBy = chosen.get(name);
      if (!name.endsWith(".conf")) all.push({ directory, name, status: "not-conf" });
      else if (!seesHidden && name.startsWith(".")) all.push({ directory, name, status: "hidden" });
      else if (maskedBy !== undefined) all.push({ directory, name, status: "masked", maskedBy });
      else {
        chosen.set(name, `${directory}/${name}`);
        all.push({ directory, name, status: "read" });
      }
    }
  }
  // The sort is stable: equal names stay in order of precedence.
  return all.sort((a, b) => compareBytes(a.name, b.name));
}

function pathOf(candidate: Candidate): string {
  return `${candidate.directory}/${candidate.name}`;
}

function sourceFile(index: TreeIndex, path: string, status: FileStatus, maskedBy?: string): SourceFile {
  const resolved = index.resolve(path);
  return {
    // A dangling symlink is named by itself: its target is no file.
    file: resolved.kind === "missing" ? path : resolved.path,
    ...(resolved.path === path || resolved.kind === "missing" ? {} : { via: path }),
    status: status === "read" && resolved.kind !== "file" ? resolved.kind : status,
    ...(maskedBy === undefined ? {} : { maskedBy }),
    text: resolved.kind === "file" ? resolved.text : "",
  };
}

/**
 * procps hands each file name to glob() before it opens it, so a name with `* ? [ { \` may stand for other files, or for itself when
 * nothing matches. The first one that does not open ends the list. Source: procps 4.0.2 `Preload()`.
 */
function openAsProcps(index: TreeIndex, candidate: Candidate): SourceFile[] {
  const { directory, name } = candidate;
  const own = pathOf(candidate);
  const names = /[*?[{\\]/.test(name) ? globNames(index.list(directory), name) : [name];
  const files: SourceFile[] = [];
  let opened = true;
  for (const found of names) {
    if (!opened) break;
    const file = sourceFile(index, `${directory}/${found}`, "read");
    opened = file.status === "read" || file.status === "directory";
    files.push(file);
  }
  if (!names.includes(name)) files.push(sourceFile(index, own, "not-read"));
  return files;
}

function globNames(names: readonly string[], pattern: string): string[] {
  const found = expandBraces(pattern).patterns.flatMap((alternative) => {
    const compiled = compileComponent(alternative);
    return names.filter((name) => compiled.matches(name)).sort(compareBytes);
  });
  return found.length > 0 ? found : [pattern];
}
