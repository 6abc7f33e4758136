import { goQuote } from "./go-quote";
import { isList, isProperties, reveal, Secret } from "../rpc/value";
import type { Properties, Value } from "../rpc/value";

const MARK = "[secret]";

/** Shorter values are too common in ordinary text to be looked for. */
const SHORTEST = 3;
const SHORTEST_LINE = 8;

/** What is secret of a connection, whether or not the program says so. */
const CREDENTIALS = ["password", "privateKey", "privateKeyPassword"];

/**
 * Takes secrets out of text for messages: what the program has marked as secret, and the credentials of the connection.
 * The connection as a whole is secret too, but its host and user are in every useful message.
 */
export function redactor(inputs: Properties): (text: string) => string {
  const { connection, ...others } = inputs;
  const secrets = new Set<string>();
  const add = (value: string): void => {
    if (value.length >= SHORTEST) {
      secrets.add(value);
      // Commands are quoted in errors.
      secrets.add(goQuote(value).slice(1, -1));
    }
    // A program that prints a file prints it line by line.
    for (const line of value.split(/\r?\n/)) {
      if (line.trim().length >= SHORTEST_LINE) {
        secrets.add(line.trim());
      }
    }
  };
  Object.values(others).forEach((value) => collectMarked(value, add));
  const way = reveal(connection ?? null);
  const hops: Value[] = [way, isProperties(way) ? (way["proxy"] ?? null) : null];
  for (const hop of hops) {
    if (isProperties(hop)) {
      CREDENTIALS.forEach((name) => collect(hop[name] ?? null, add));
    }
  }
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, MARK), text);
}

function collectMarked(value: Value, add: (text: string) => void): void {
  if (value instanceof Secret) {
    collect(reveal(value), add);
  } else if (isList(value)) {
    value.forEach((each) => collectMarked(each, add));
  } else if (isProperties(value)) {
    Object.values(value).forEach((each) => collectMarked(each, add));
  }
}

function collect(value: Value, add: (text: string) => void): void {
  if (typeof value === "string") {
    add(value);
  } else if (isList(value)) {
    value.forEach((each) => collect(each, add));
  } else if (isProperties(value)) {
    Object.values(value).forEach((each) => collect(each, add));
  }
}
