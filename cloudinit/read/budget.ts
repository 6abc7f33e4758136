import { gunzip, type Bytes } from "../decode";

/** Thrown inside the reader, and only there, when user data asks for more work than any real one does. */
export class TooMuch extends Error {}

/** What a reading may cost whatever is read, and for each character that is given. */
const STEPS = 12_000;
const STEPS_PER_CHARACTER = 1.25;
const OPENED = 131_072;
const OPENED_PER_CHARACTER = 8;

/**
 * What one reading may cost, by the length of what is given: everything that hostile text could drive pays before it works, so that time
 * stays linear. A step is about a microsecond of work.
 */
export class Budget {
  private stepsLeft: number;
  private openedLeft: number;

  /** @param length characters of the user data as it is given: what gzip makes of a few must not cost more than they do */
  constructor(length: number) {
    this.stepsLeft = Math.floor(STEPS + STEPS_PER_CHARACTER * length);
    this.openedLeft = OPENED + OPENED_PER_CHARACTER * length;
  }

  /** What is left of the steps; never negative. */
  get left(): number {
    return this.stepsLeft;
  }

  /**
   * Pays for work before it is done.
   *
   * @throws TooMuch when no steps are left
   */
  spend(steps: number): void {
    const left = this.stepsLeft - steps;
    this.stepsLeft = Math.max(0, left);
    // Not `left < 0`: what is no number must not be had for nothing.
    if (!(left >= 0)) {
      throw new TooMuch();
    }
  }

  /** Pays for looking at each of so many characters a few times. */
  look(characters: number): void {
    this.spend(characters / CHARACTERS_PER_STEP);
  }

  /**
   * Opens gzip, and stops when more comes out than there may be in one reading, all of its gzip together.
   *
   * @throws TooMuch when it does
   */
  open(packed: Uint8Array): Bytes {
    const opened = gunzip(packed, Math.max(1, this.openedLeft));
    if (opened.ok) {
      this.opened(opened.bytes.length);
    } else if (opened.failure === "too-long") {
      throw new TooMuch();
    }
    return opened;
  }

  /** Takes note of bytes that came out of gzip. */
  opened(bytes: number): void {
    this.openedLeft -= bytes;
    if (this.openedLeft < 0) {
      throw new TooMuch();
    }
    this.look(bytes);
  }
}

const CHARACTERS_PER_STEP = 32;
