/** What the SDK answers to when it is asked for the properties behind its proxy. */
const BEHIND = "__getSpecialProxyTarget";

/** Resources that are remembered: many more than are ever judged at the same time. */
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
      this.forgetOldest();
    }
    let found = memory.found.get(question);
    if (found === undefined) {
      found = answer();
      memory.found.set(question, found);
    }
    return found;
  }

  private forgetOldest(): void {
    for (const urn of this.known.keys()) {
      if (this.known.size <= MOST) {
        return;
      }
      this.known.delete(urn);
    }
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
