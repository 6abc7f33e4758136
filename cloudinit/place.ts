/** A place in text for a message, as editors count it: from 1, a tab as one column. */
export function placeOf(text: string, index: number): string {
  const before = text.slice(0, index);
  const line = before.split("\n").length;
  return `line ${line}, column ${index - before.lastIndexOf("\n")}`;
}
