/** Thrown inside the reader, and only there, when user data asks for more work than any real one does. */
export class TooMuch extends Error {}

/** What one reading may cost: every loop that hostile text could drive spends from it, so time stays linear. */
export class Budget {
  private steps: number;
  private merged: number;

  /** @param length characters of the user data as it is given: what gzip makes of a few must not cost more than they do */
  constructor(length: number) {
    this.steps = 10_000 + 2 * length;
    this.merged = 40_000 + 2 * length;
  }

  /** One step of following: a command, a node of YAML, a part. */
  step(count = 1): void {
    this.steps -= count;
    if (this.steps < 0) {
      throw new TooMuch();
    }
  }

  /** Characters of sysctl files that are merged: each application reads all files again. */
  merge(characters: number): void {
    this.merged -= characters;
    if (this.merged < 0) {
      throw new TooMuch();
    }
  }
}
