import { showGiven } from "../finding";

/**
 * Guards the arithmetic of the rules: a NaN or a fraction that slips in would come out as a plausible number.
 * Input of users is validated before, with messages for people; what fails here is a mistake of the caller.
 * @throws RangeError naming the argument, what was given and what is allowed
 */
export function requireInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name}: given ${showGiven(value)}; allowed: an integer from ${min} to ${max}`);
  }
}

/** Like {@link requireInteger}, for rates and times. Infinity is refused as well. */
export function requireNumber(name: string, value: number, min: number): void {
  if (!Number.isFinite(value) || value < min) {
    throw new RangeError(`${name}: given ${showGiven(value)}; allowed: a finite number from ${min} up`);
  }
}

/** The largest value of a C `int`, which is what `listen()` takes and somaxconn is stored in. */
export const INT_MAX = 2 ** 31 - 1;
