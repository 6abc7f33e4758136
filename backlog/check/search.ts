/**
 * The smallest integer from `min` to `max` for which `holds` is true, if it stays true from there on; undefined if there is none.
 * Lets a rule name the number that would do by asking the very function that judges, so that no formula exists twice.
 */
export function smallestWhere(min: number, max: number, holds: (n: number) => boolean): number | undefined {
  if (!holds(max)) {
    return undefined;
  }
  let low = min;
  let high = max;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** The largest integer from `min` to `max` for which `holds` is true, if it is true up to there; undefined if there is none. */
export function largestWhere(min: number, max: number, holds: (n: number) => boolean): number | undefined {
  const beyond = smallestWhere(min, max, (n) => !holds(n)) ?? max + 1;
  return beyond === min ? undefined : beyond - 1;
}
