import type { Redirect, SimpleCommand, Word } from "./syntax";
import type { Tokens } from "./tokens";
import { Trouble } from "./trouble";
import { plainText } from "./words";

const REDIRECTIONS = new Set([
  "<", ">", ">>", ">|", "<>", "<&", ">&", "&>", "&>>", "<<", "<<-", "<<<",
]); // prettier-ignore

/** The name of a function whose body follows, from the `()` on. */
export interface FunctionHead {
  readonly kind: "function-head";
  readonly name: string;
}

/** A command of assignments, words and redirections; or the name of a function, as only what follows the first word tells. */
export function parseSimple(tokens: Tokens): SimpleCommand | FunctionHead {
  const { line } = tokens.current;
  const assignments: SimpleCommand["assignments"][number][] = [];
  const words: Word[] = [];
  const redirects: Redirect[] = [];
  for (;;) {
    const { current } = tokens;
    if (atRedirection(tokens)) {
      redirects.push(parseRedirect(tokens, undefined));
    } else if (current.kind === "word") {
      const assignment = words.length === 0 ? asAssignment(current.word) : undefined;
      if (assignment) {
        assignments.push(assignment);
        tokens.advance();
        continue;
      }
      const { word, end } = current;
      const text = plainText(word);
      tokens.advance();
      if (isDescriptor(text) && startsAt(tokens, end)) {
        redirects.push(parseRedirect(tokens, Number(text)));
        continue;
      }
      if (words.length === 0 && assignments.length === 0 && text !== undefined && tokens.isOperator("(")) {
        return { kind: "function-head", name: text };
      }
      words.push(word);
    } else {
      break;
    }
  }
  if (words.length === 0 && assignments.length === 0 && redirects.length === 0) {
    throw new Trouble(line);
  }
  return { kind: "simple", assignments, words, redirects, line };
}

/** What stands behind a compound command, where a number can only belong to a redirection. */
export function parseRedirects(tokens: Tokens): Redirect[] {
  const redirects: Redirect[] = [];
  for (;;) {
    const { plain } = tokens;
    if (atRedirection(tokens)) {
      redirects.push(parseRedirect(tokens, undefined));
    } else if (isDescriptor(plain)) {
      tokens.advance();
      redirects.push(parseRedirect(tokens, Number(plain)));
    } else {
      return redirects;
    }
  }
}

function parseRedirect(tokens: Tokens, given: number | undefined): Redirect {
  const { current } = tokens;
  if (current.kind !== "operator" || !REDIRECTIONS.has(current.text)) {
    throw new Trouble(current.line);
  }
  const operator = current.text;
  const descriptor = given ?? (operator.startsWith("<") ? 0 : 1);
  tokens.advance();
  const { current: target } = tokens;
  if (target.kind !== "word") {
    throw new Trouble(target.line);
  }
  if (operator !== "<<" && operator !== "<<-") {
    tokens.advance();
    return { operator, descriptor, target: target.word };
  }
  let text: Word = { segments: [], line: target.line };
  tokens.takeDocument(target.word, operator === "<<-", (word) => (text = word));
  return {
    operator: "<<",
    descriptor,
    // The text is only there once the line has ended.
    get target() {
      return text;
    },
  };
}

function atRedirection({ current }: Tokens): boolean {
  return current.kind === "operator" && REDIRECTIONS.has(current.text);
}

/** Whether a redirection begins where a word ends, which is its descriptor then. */
function startsAt(tokens: Tokens, end: number): boolean {
  const { current } = tokens;
  return (
    current.kind === "operator" && REDIRECTIONS.has(current.text) && current.end - current.text.length === end
  );
}

function isDescriptor(text: string | undefined): boolean {
  return /^\d{1,3}$/.test(text ?? "");
}

/** `NAME=value`; the value is undefined where it adds to an earlier one, or is an array. */
function asAssignment(word: Word): { name: string; value: Word | undefined } | undefined {
  const [first, ...rest] = word.segments;
  if (first?.kind !== "text" || first.quoted) {
    return undefined;
  }
  const found = /^([A-Za-z_]\w*)(\+?=|\[[^\]]*\]\+?=)/.exec(first.text);
  const name = found?.[1];
  if (found === null || name === undefined) {
    return undefined;
  }
  if (found[2] !== "=") {
    return { name, value: undefined };
  }
  const text = first.text.slice(found[0].length);
  const segments = text === "" ? rest : [{ ...first, text }, ...rest];
  return { name, value: { segments, line: word.line } };
}
