/** What is not shell, or is nested deeper than anyone writes. */
export class Trouble extends Error {
  constructor(
    readonly line: number,
    readonly reason: "shell-syntax" | "nested-too-deep" = "shell-syntax",
  ) {
    super(reason);
  }
}
