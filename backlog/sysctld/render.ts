import { formatProblem, showGiven, type InputProblem } from "../finding";
import { canonicalKey, keyProblem } from "./key";
import { valueProblem, valueText } from "./value";

/** A header line: printable ASCII without `#`, `;` and `=`, so that it can never be taken for anything but a comment. */
const HEADER_LINE = /^[\x20-\x22\x24-\x3a\x3c\x3e-\x7e]*$/;
const HEADER_LINE_MAX = 200;

/** Every problem of what is to be rendered, at `path` of the user's input; empty when the file can be written. */
export function settingsProblems(
  settings: Readonly<Record<string, unknown>>,
  path = "settings",
): InputProblem[] {
  const problems: InputProblem[] = [];
  const spellings = new Map<string, string>();
  for (const [given, value] of Object.entries(settings)) {
    const where = `${path}[${showGiven(given)}]`;
    const badKey = keyProblem(where, given);
    if (badKey !== undefined) problems.push(badKey);
    const badValue = valueProblem(where, value);
    if (badValue !== undefined) problems.push(badValue);

    const key = canonicalKey(given);
    if (key === undefined) continue;
    const earlier = spellings.get(key);
    if (earlier !== undefined) {
      problems.push({
        path: where,
        given: showGiven(given),
        allowed: "each key once, in one spelling",
        fix: `only ${showGiven(key)}; ${showGiven(earlier)} is the same key`,
      });
    }
    spellings.set(key, given);
  }
  return problems;
}

function headerProblems(header: readonly string[]): InputProblem[] {
  return header.flatMap((line, index) =>
    line.length <= HEADER_LINE_MAX && HEADER_LINE.test(line)
      ? []
      : [
          {
            path: `header[${index}]`,
            given: showGiven(line),
            allowed: `one line of printable ASCII without "#", ";" and "=", at most ${HEADER_LINE_MAX} characters`,
            fix: "a plain sentence; one array element per line",
          },
        ],
  );
}

/**
 * The text of a sysctl.d file: the header as comments, then one `key = value` line per setting, sorted by key, so that equal settings
 * give equal bytes whatever their order and spelling. Both tools read back exactly these settings.
 *
 * @param settings keys in either spelling; values as integers or text (see `canonicalKey` and `isValue` for the grammars)
 * @param header comment lines, without the `#`
 * @throws RangeError naming every problem when a key, a value or a header line is outside its grammar; nothing is escaped or dropped
 */
export function renderSysctlFile(
  settings: Readonly<Record<string, string | number>>,
  header: readonly string[] = [],
): string {
  const problems = [...headerProblems(header), ...settingsProblems(settings)];
  const lines: string[] = [];
  for (const [given, value] of Object.entries(settings)) {
    const key = canonicalKey(given);
    const text = valueText(value);
    if (key !== undefined && text !== undefined) lines.push(`${key} = ${text}\n`);
  }
  if (problems.length > 0) {
    throw new RangeError(
      `The sysctl.d file cannot be written:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join("\n")}`,
    );
  }
  // Plain ASCII: code unit order is byte order, and independent of the locale.
  lines.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return header.map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("") + lines.join("");
}
