/** The shell that a script asks for in its `#!` line. */
export interface Interpreter {
  readonly dialect: "sh" | "bash";
  /** The letters of its options. */
  readonly options: string;
}

const PLACES = String.raw`(?:/usr)?/bin/`;
const SHELL_LINE = new RegExp(
  `^#![ \\t]*(?:${PLACES}(?<direct>sh|dash|ash|bash)|${PLACES}env[ \\t]+(?<split>-S[ \\t]+)?(?:${PLACES})?(?<named>sh|dash|ash|bash))` +
    String.raw`(?:[ \t]+(?<options>\S.*?))?[ \t]*$`,
);

/**
 * The shell of a `#!` line; undefined if it is another program, or none that can be started so. The kernel hands all that stands behind
 * the program over as one argument: only `env -S` takes it apart.
 */
export function interpreterOf(firstLine: string): Interpreter | undefined {
  const groups = SHELL_LINE.exec(firstLine.slice(0, 256))?.groups;
  const name = groups?.["direct"] ?? groups?.["named"];
  if (groups === undefined || name === undefined) {
    return undefined;
  }
  const given = groups["options"] ?? "";
  const isSplit = groups["split"] !== undefined;
  if (given !== "" && groups["named"] !== undefined && !isSplit) {
    // env looks for a program with a space in its name.
    return undefined;
  }
  const words =
    given === "" || given === "-" || given === "--" ? [] : isSplit ? given.split(/[ \t]+/) : [given];
  if (!words.every((word) => /^-[abefhmnuvxC]+$/.test(word) || (name === "bash" && word === "--login"))) {
    return undefined;
  }
  const options = words.map((word) => word.replace(/^-+(?:login)?/, "")).join("");
  return { dialect: name === "bash" ? "bash" : "sh", options };
}
