/** What a command answers: the exit code, and the same thing as one JSON document and as text for people. */
export interface CommandResult {
  /** 0: good; 1: something declared does not hold. What could not run is thrown as a LabError. */
  readonly exitCode: number;
  /** What `--json` prints. */
  readonly document: object;
  /** What people see, without `--json`. */
  readonly text: string;
}
