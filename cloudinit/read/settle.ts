import {
  dottedForm,
  mergeBoot,
  mergeFile,
  mergeProcpsSystem,
  type Loser,
  type MergeResult,
  type SysctlTree,
} from "../../backlog/sysctld";
import type { Budget } from "./budget";
import { SYSCTL_CONF, SYSCTL_CONF_LINK, type FileLine, type Files } from "./files";
import { isSettingKey, kernelAnswer, KNOWN_KEYS } from "./kernel-value";
import type { Place, Stage, UnknownReason } from "./result";
import { HOLE } from "./source";

/** What a tool gives to one key. */
export type Settled =
  | {
      readonly value: string;
      readonly file: string;
      readonly place: Place;
      /** When the line is written. */
      readonly stage: Stage | undefined;
    }
  | { readonly doubt: UnknownReason; readonly file: string; readonly place: Place };

/** A line that the tool passes over, with what beats it. */
export interface Lost {
  readonly key: string;
  readonly loser: Loser;
  readonly place: Place;
  readonly by?: { readonly file: string; readonly place?: Place; readonly value?: string };
}

export interface Settlement {
  readonly keys: ReadonlyMap<string, Settled>;
  readonly lost: readonly Lost[];
  /** The last text that is not known at all and that the tool reads: it may set any key that is not decided by a line after it. */
  readonly opaque?: { readonly doubt: UnknownReason; readonly file: string; readonly place: Place };
}

type Text = ReadonlyMap<string, readonly FileLine[]>;

/** What systemd-sysctl sets at boot. */
export function settleBoot(files: Files, budget: Budget): Settlement {
  const text = new Map(sysctlText(files));
  const unlinked = files.confUnlinked;
  const conf = text.get(SYSCTL_CONF);
  if (conf && unlinked !== undefined) {
    if (unlinked === true) {
      text.delete(SYSCTL_CONF);
    } else {
      text.set(
        SYSCTL_CONF,
        conf.map((line) => ({ ...line, doubt: line.doubt ?? unlinked })),
      );
    }
  }
  return settle(text, budget, (tree, options) => mergeBoot(tree, options));
}

/** What `sysctl --system` sets. */
export function settleSystem(files: Files, budget: Budget): Settlement {
  return settle(sysctlText(files), budget, (tree, options) => mergeProcpsSystem(tree, options));
}

/** What `sysctl -p FILE` sets from these lines. */
export function settleFile(path: string, lines: readonly FileLine[], budget: Budget): Settlement {
  return settle(new Map([[path, lines]]), budget, (tree, options) => {
    const node = tree.find((found) => found.path === path);
    return mergeFile({ path, text: node?.kind === "file" ? node.text : "" }, options);
  });
}

function sysctlText(files: Files): ReadonlyMap<string, readonly FileLine[]> {
  return new Map(files.sysctlPaths().map((path) => [path, files.lines(path)]));
}

/** Every distribution in use has it; without it, no tool but `sysctl --system` would read the file. */
const LINK: SysctlTree[number] = {
  path: SYSCTL_CONF_LINK,
  kind: "symlink",
  target: "../sysctl.conf",
};

/**
 * A key is decided if its last line is certain, wins whether or not the doubtful lines are there, and no text that is not known at all
 * comes after it.
 */
function settle(
  text: Text,
  budget: Budget,
  merge: (
    tree: SysctlTree,
    options: {
      readonly knownKeys: readonly string[];
      readonly accepts: (key: string, value: string) => boolean;
    },
  ) => MergeResult,
): Settlement {
  if (text.size === 0) {
    budget.spend(1);
    return { keys: new Map(), lost: [] };
  }
  const options = {
    knownKeys: knownKeys(text, budget),
    accepts: (key: string, value: string) => value.includes(HOLE) || kernelAnswer(key, value) !== "refuses",
  };
  const run = (keep: (line: FileLine) => boolean): MergeResult => {
    const tree: SysctlTree = [...text].flatMap(([path, lines]) =>
      // A file that is only there in doubt is not there at all in the certain world: there it masks nothing.
      lines.length > 0 && !lines.some(keep)
        ? []
        : [{ path, kind: "file" as const, text: lines.map((line) => (keep(line) ? asText(line) : "#")).join("\n") }],
    ); // prettier-ignore
    pay(text, options.knownKeys, budget);
    return merge(text.has(SYSCTL_CONF) && !text.has(SYSCTL_CONF_LINK) ? [...tree, LINK] : tree, options);
  };
  const possible = run(() => true);
  const doubtful = [...text.values()].some((lines) => lines.some((line) => line.doubt !== undefined));
  const certain = doubtful ? run((line) => line.doubt === undefined) : possible;
  const order = new Map(possible.files.map(({ file }, index) => [file, index]));
  const opaque = lastOpaque(text, possible, order);
  const lineAt = (file: string, line: number): FileLine | undefined => text.get(file)?.[line - 1];

  const keys = new Map<string, Settled>();
  for (const { key, winner } of [...Object.values(certain.keys), ...Object.values(possible.keys)]) {
    if (winner === undefined || keys.has(key) || !isSettingKey(key)) {
      continue;
    }
    const outcome = possible.keys[key];
    const last = outcome?.winner ?? winner;
    const line = lineAt(last.file, last.line);
    if (line === undefined) {
      continue;
    }
    const { file } = last;
    const where = { file, place: line.place };
    const sure = certain.keys[key]?.winner;
    const position = (order.get(file) ?? 0) * LINES + last.line;
    if (outcome !== undefined && outcome.winner === undefined) {
      // A line that may be there takes its place, and sets nothing.
      keys.set(key, { ...where, doubt: "condition" });
      continue;
    }
    if (line.doubt !== undefined || sure?.file !== file || sure.line !== last.line) {
      keys.set(key, { ...where, doubt: line.doubt ?? "condition" });
    } else if (last.value.includes(HOLE)) {
      keys.set(key, { ...where, doubt: "variable" });
    } else if (opaque !== undefined && opaque.position > position) {
      keys.set(key, { file: opaque.file, place: opaque.line.place, doubt: opaque.line.doubt ?? "variable" });
    } else if (kernelAnswer(key, last.value) === "unclear") {
      keys.set(key, { ...where, doubt: "value-not-plain" });
    } else {
      keys.set(key, { ...where, value: last.value, stage: line.stage });
    }
  }
  return {
    keys,
    lost: lostLines(possible, lineAt),
    ...(opaque && {
      opaque: { doubt: opaque.line.doubt ?? "variable", file: opaque.file, place: opaque.line.place },
    }),
  };
}

/** No file has as many lines. */
const LINES = 1_000_000;

/** A hole where a key should be can stand for any line. */
function isOpaque({ text }: FileLine): boolean {
  const hole = text.indexOf(HOLE);
  const equals = text.indexOf("=");
  return hole >= 0 && !/^\s*[#;]/.test(text) && (equals < 0 || hole < equals);
}

function asText(line: FileLine): string {
  return isOpaque(line) ? "#" : line.text;
}

/** Measured: one merge, for each file, line and character in it; and for each pair of a glob and a key. */
const COST = { merge: 40, file: 15, line: 8, characters: 12, pairs: 2, alternatives: 40, matching: 256 };

/** Pays for a merge, which reads every line of every file, and holds every glob against every key. */
function pay(text: Text, keys: readonly string[], budget: Budget): void {
  let steps = COST.merge;
  let globs = 0;
  let globLength = 0;
  for (const lines of text.values()) {
    steps += COST.file + lines.length * COST.line;
    for (const line of lines) {
      steps += line.text.length / COST.characters;
      const end = line.text.indexOf("=");
      const key = end < 0 ? line.text : line.text.slice(0, end);
      if (/[*?[]/.test(key)) {
        const alternatives = Math.min(1024, 2 ** (key.split(",").length - 1));
        globs += alternatives;
        globLength += alternatives * key.length;
        steps += alternatives * COST.alternatives;
      }
    }
  }
  if (globs > 0) {
    const keyLength = keys.reduce((sum, key) => sum + key.length, 0);
    steps += (globs * keys.length) / COST.pairs + (globLength * keyLength) / COST.matching;
  }
  budget.spend(steps);
}

function knownKeys(text: Text, budget: Budget): string[] {
  // Only a pattern can reach a key that no line names.
  const hasPattern = [...text.values()].some((lines) => lines.some((line) => /^[^=]*[*?[{]/.test(line.text)));
  const keys = new Set(hasPattern ? KNOWN_KEYS : []);
  for (const lines of text.values()) {
    budget.spend(lines.length);
    for (const line of lines) {
      const spelling = /^\s*-?\s*([^=#;*?[\]{}\s]+)\s*(?:=|$)/.exec(line.text.slice(0, 512))?.[1];
      if (spelling !== undefined) {
        keys.add(dottedForm(spelling));
      }
    }
  }
  return [...keys];
}

function lastOpaque(
  text: Text,
  merged: MergeResult,
  order: ReadonlyMap<string, number>,
): { position: number; file: string; line: FileLine } | undefined {
  let last: { position: number; file: string; line: FileLine } | undefined;
  for (const { file, status } of merged.files) {
    if (status !== "read") {
      continue;
    }
    (text.get(file) ?? []).forEach((line, index) => {
      const position = (order.get(file) ?? 0) * LINES + index + 1;
      if (isOpaque(line) && (last === undefined || position > last.position)) {
        last = { position, file, line };
      }
    });
  }
  return last;
}

function lostLines(
  merged: MergeResult,
  lineAt: (file: string, line: number) => FileLine | undefined,
): Lost[] {
  const settings = Object.values(merged.keys).filter(({ key }) => isSettingKey(key));
  return settings.flatMap(({ key, losers, winner }) =>
    losers.flatMap((loser): Lost[] => {
      const line = lineAt(loser.file, loser.line);
      if (line === undefined || line.doubt !== undefined || loser.value.includes(HOLE)) {
        return [];
      }
      const beater = loser.by?.line === undefined ? undefined : lineAt(loser.by.file, loser.by.line);
      const value = winner !== undefined && winner.file === loser.by?.file ? winner.value : undefined;
      return [
        {
          key,
          loser,
          place: line.place,
          ...(loser.by && {
            by: {
              file: loser.by.file,
              ...(beater && { place: beater.place }),
              ...(value === undefined || value.includes(HOLE) ? {} : { value }),
            },
          }),
        },
      ];
    }),
  );
}
