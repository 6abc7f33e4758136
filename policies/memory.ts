/** What the SDK answers to when it is asked for the properties behind its proxy. */
const BEHIND = "__getSpecialProxyTarget";

/** What is remembered at most: many more resources than are ever judged at the same time, and than a fleet has roles. */
const MOST = 256;

/**
 * What was found out about a resource, for the next policy that asks about it: the engine asks all of them about one resource, and
 * hands each a copy of its own. Only the same properties are the same question: what was unknown in a preview is another.
 */
export class Memory<T> {
  private readonly known = new Map<string, { readonly props: unknown; readonly found: Map<string, T> }>();

  /** @param question what is asked, besides the resource */
  recall(urn: string, props: object, question: string, answer: () => T): T {
    const behind: unknown = Reflect.get(props, BEHIND);
    if (behind === undefined) {
      return answer();
    }
    let memory = this.known.get(urn);
    if (memory === undefined || !isSame(memory.props, behind)) {
      memory = { props: behind, found: new Map() };
      this.known.delete(urn);
      this.known.set(urn, memory);
      forgetOldest(this.known);
    }
    let found = memory.found.get(question);
    if (found === undefined) {
      found = answer();
      memory.found.set(question, found);
    }
    return found;
  }
}

/** What is longer is compared, and kept, at more cost than it is judged. Characters. */
const LONGEST = 16_384;

/**
 * What was found out about what resources say, for the next ones that say the same: the instances of a fleet differ in names that nobody
 * judges. What is asked about is plain data, of which JSON loses nothing.
 */
export class AlikeMemory<T> {
  private readonly known = new Map<string, T>();

  /** @param question what is asked, besides what is said */
  recall(said: object, question: string, answer: () => T): T {
    const key = `${question} ${JSON.stringify(said)}`;
    if (key.length > LONGEST) {
      return answer();
    }
    let found = this.known.get(key);
    if (found === undefined) {
      found = answer();
      this.known.set(key, found);
      forgetOldest(this.known);
    }
    return found;
  }
}

function forgetOldest(known: Map<string, unknown>): void {
  for (const key of known.keys()) {
    if (known.size <= MOST) {
      return;
    }
    known.delete(key);
  }
}

/** Whether two values that came as JSON are the same. What is neither, such as an asset, is the same only as itself. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) {
    return true;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  }
  if (!isPlain(a) || !isPlain(b)) {
    return false;
  }
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
