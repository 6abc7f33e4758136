/**
 * The properties of a resource, read one by one. Touching an unknown one throws, and would turn the whole policy on this resource
 * into a note: here each is caught where it is touched, and its path is kept. Nothing else is ever read of a resource.
 */
export class Properties {
  private constructor(
    private readonly value: object,
    private readonly path: string,
    private readonly found: Set<string>,
  ) {}

  static of(props: Readonly<Record<string, unknown>>): Properties {
    return new Properties(props, "", new Set());
  }

  /** The paths of what was asked for and is not known before the update, in the order in which it was asked for. */
  get unknown(): readonly string[] {
    return [...this.found];
  }

  /** Whether the property was asked for and is not known. */
  isUnknown(name: string): boolean {
    return this.found.has(this.pathOf(name));
  }

  /** Whether there is something, known or not. What is asked so is nothing that a verdict waits for. */
  has(name: string): boolean {
    return Object.hasOwn(this.value, name);
  }

  /** Whether it is there and says nothing: an empty list, or null. What is not known may say something, and no verdict waits for it. */
  isEmpty(name: string): boolean {
    const value = this.lookUp(name);
    return value === null || (Array.isArray(value) && value.length === 0);
  }

  /** A string; undefined where there is none, or where it is unknown. */
  text(name: string): string | undefined {
    const value = this.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** Whether there is something that is no string: neither nothing, nor unknown. */
  isNoText(name: string): boolean {
    const value = this.get(name);
    return value !== undefined && value !== null && typeof value !== "string";
  }

  /** A number, or a string that is one: both travel as either. */
  number(name: string): number | undefined {
    const value = this.get(name);
    if (typeof value === "string" && /^-?\d{1,16}$/.test(value)) {
      return Number(value);
    }
    return typeof value === "number" ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name);
    return typeof value === "boolean" ? value : undefined;
  }

  /** The properties below; undefined where there are none, or where they are unknown. */
  at(...names: readonly string[]): Properties | undefined {
    return names.reduce<Properties | undefined>((above, name) => above?.child(name), this);
  }

  /** Everything in a list that has properties; empty where there is none. */
  list(name: string): readonly Properties[] {
    return this.places(name).map(([item]) => item);
  }

  /** The same with the place of each, such as `pools[1]`: what is not known before it counts. */
  places(name: string): readonly (readonly [item: Properties, place: string])[] {
    const list = this.child(name);
    if (list === undefined || !Array.isArray(list.value)) {
      return [];
    }
    return Array.from({ length: Math.min(list.value.length, MOST) }, (_, index) => index).flatMap((index) => {
      const item = list.child(String(index));
      return item === undefined ? [] : [[item, `${name}[${index}]`] as const];
    });
  }

  /** The strings of a list. */
  texts(name: string): readonly string[] {
    const list = this.child(name);
    if (list === undefined || !Array.isArray(list.value)) {
      return [];
    }
    return Array.from({ length: Math.min(list.value.length, MOST) }, (_, index) =>
      list.text(String(index)),
    ).filter((item) => item !== undefined);
  }

  /** The names of what is here. */
  keys(): readonly string[] {
    return Object.keys(this.value).slice(0, MOST);
  }

  private child(name: string): Properties | undefined {
    const value = this.get(name);
    return typeof value === "object" && value !== null
      ? new Properties(value, this.pathOf(name), this.found)
      : undefined;
  }

  private get(name: string): unknown {
    return this.lookUp(name, () => {
      this.found.add(this.pathOf(name));
    });
  }

  private lookUp(name: string, ifUnknown: () => void = () => undefined): unknown {
    if (!Object.hasOwn(this.value, name)) {
      return undefined;
    }
    try {
      return Reflect.get(this.value, name) as unknown;
    } catch (error) {
      // The SDK does not export the class: its name is what there is.
      if (error instanceof Error && error.constructor.name === "UnknownValueError") {
        ifUnknown();
        return undefined;
      }
      throw error;
    }
  }

  private pathOf(name: string): string {
    if (/^\d+$/.test(name)) {
      return `${this.path}[${name}]`;
    }
    if (/^[A-Za-z_]\w{0,63}$/.test(name)) {
      return this.path === "" ? name : `${this.path}.${name}`;
    }
    // The key of a tag, of metadata, or of a setting.
    return `${this.path}["${/^[\w.:/-]{1,64}$/.test(name) ? name : "..."}"]`;
  }
}

/** No resource that is meant has more of anything. */
const MOST = 10_000;
