import { HOLE } from "../source";

/** In a regular expression: a number, or a hole in its place. */
export const NUMBER = `(\\d{1,19}|${HOLE})`;
const INT_MAX = 2147483647;

/** The number that was found; undefined for a hole, and for what no listen() takes. */
export function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text === HOLE ? NaN : Number(text);
  return value <= INT_MAX ? value : undefined;
}

/** The port of `80`, `*:80`, `[::]:80` or `127.0.0.1:80`; undefined for a path. */
export function portOf(address: string | undefined): number | undefined {
  const found = /(?:^|:)(\d{1,5})\/?$/.exec(address ?? "")?.[1];
  const port = Number(found);
  return port >= 1 && port <= 65535 ? port : undefined;
}

/** A text as a piece of a regular expression that matches it alone. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
