import type { Place } from "./result";

/** Where text comes from: the place of each of its lines, which are counted from 1. */
export interface Source {
  readonly placeOf: (line: number) => Place;
}

/** Text of which every line is a line of the part, from `first` on. */
export function sourceFrom({ part, line: first }: Place): Source {
  return { placeOf: (line) => ({ part, line: first + line - 1 }) };
}

/** Text that all stands on one line of the part, as far as can be told. */
export function sourceAt({ part, line }: Place): Source {
  const place = { part, line };
  return { placeOf: () => place };
}

export function placeIn(source: Source, line: number): Place {
  return source.placeOf(line);
}

/** Stands for text that is not known: a character of the private use area, so that known text stays as it is around it. */
export const HOLE = "\uE000";

/** How many lines end in the text. */
export function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    lines++;
  }
  return lines;
}

/** The property that names the file, where there is one. */
export function inFile(file: string | undefined): { readonly file?: string } {
  return file === undefined ? {} : { file };
}
