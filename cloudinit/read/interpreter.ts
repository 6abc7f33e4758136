/** The shell of a `#!` line; undefined if it is another language or there is none. */
export function interpreterOf(firstLine: string): "sh" | "bash" | undefined {
  const found = /^#![ \t]*(?:\/\S*\/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:\/\S*\/)?(sh|dash|ash|bash)(?:\s|$)/.exec(
    firstLine.slice(0, 256),
  );
  return found?.[1] === undefined ? undefined : found[1] === "bash" ? "bash" : "sh";
}
