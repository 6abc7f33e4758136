/**
 * The lab could not do what was asked: something is missing, refused or broken outside of the stack itself.
 * Commands print `message` and `fix` and end with exit code 2. It never means "something declared does not hold".
 */
export class LabError extends Error {
  /** What to do or to type so that it works the next time. */
  readonly fix: string;

  constructor(what: string, options: { fix: string; cause?: unknown }) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LabError";
    this.fix = options.fix;
  }
}
