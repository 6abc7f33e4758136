/** One thing in the part of a file system that the tools read. Plain data: this is what a look at a host reports. */
export type TreeNode =
  | { readonly path: string; readonly kind: "file"; readonly text: string }
  /** The target as `readlink` prints it; `/dev/null` masks a file. Include what it points to as a node of its own. */
  | { readonly path: string; readonly kind: "symlink"; readonly target: string }
  | { readonly path: string; readonly kind: "directory" }
  /** It is there, but it could not be read. */
  | { readonly path: string; readonly kind: "unreadable" };

/** Every node has an absolute path; the order does not matter, and of two nodes at one path the first counts. */
export type SysctlTree = readonly TreeNode[];

export type Resolved =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "unreadable"; readonly path: string }
  /** Nothing there: a dangling symlink, a loop of symlinks, or a path through something that is no directory. */
  | { readonly kind: "missing"; readonly path: string };

/** Longer paths cannot be opened (Linux PATH_MAX). */
const PATH_LIMIT = 4096;
/** Linux gives up after this many symlinks on one path. */
const SYMLINK_LIMIT = 40;

/** These exist on every host, whether or not a tree mentions them: a link to one of them is a link to a directory. */
const STANDARD_DIRECTORIES = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"];

const DIRECTORY = { kind: "directory" } as const;
type Entry = typeof DIRECTORY | TreeNode;

/** Path lookups in a {@link SysctlTree}, symlinks of files and directories followed as the kernel does. */
export class TreeIndex {
  private readonly entries = new Map<string, Entry>([["", DIRECTORY]]);
  private readonly names = new Map<string, Set<string>>();

  constructor(tree: SysctlTree) {
    this.add("/dev/null", { path: "/dev/null", kind: "file", text: "" });
    const links = tree.filter((node) => node.kind === "symlink");
    for (const node of links) this.add(node.path, node);
    for (const path of STANDARD_DIRECTORIES) this.add(this.placeOf(path), DIRECTORY);
    for (const node of tree) {
      // "/lib/x" with /lib -> usr/lib is the same place as "/usr/lib/x".
      if (node.kind !== "symlink") this.add(this.placeOf(node.path), node);
    }
    for (const node of links) {
      const place = this.placeOf(node.path);
      if (place !== node.path) this.add(place, node);
    }
  }

  /** What opening the path reaches. */
  resolve(path: string): Resolved {
    let current = "";
    let links = 0;
    // Components still to walk, the next one last.
    const rest = splitPath(path).reverse();
    for (let component = rest.pop(); component !== undefined; component = rest.pop()) {
      if (component === "..") {
        current = current.slice(0, Math.max(current.lastIndexOf("/"), 0));
        continue;
      }
      const next = `${current}/${component}`;
      const entry = next.length > PATH_LIMIT ? undefined : this.entries.get(next);
      if (entry === undefined) return { kind: "missing", path: next };
      if (entry.kind === "symlink") {
        if (++links > SYMLINK_LIMIT || entry.target === "" || entry.target.length > PATH_LIMIT) {
          return { kind: "missing", path: next };
        }
        if (entry.target.startsWith("/")) current = "";
        rest.push(...splitPath(entry.target).reverse());
      } else if (entry.kind === "directory") {
        current = next;
      } else if (rest.length > 0) {
        return { kind: "missing", path: next };
      } else {
        return entry.kind === "file"
          ? { kind: "file", path: next, text: entry.text }
          : { kind: "unreadable", path: next };
      }
    }
    return { kind: "directory", path: current === "" ? "/" : current };
  }

  /** The names in a directory, symlinks to it followed; none when it is no directory. */
  list(directory: string): readonly string[] {
    const resolved = this.resolve(directory);
    if (resolved.kind !== "directory") return [];
    return [...(this.names.get(resolved.path === "/" ? "" : resolved.path) ?? [])];
  }

  /** Where a node really lies: symlinks of its parent directories followed, whether or not all of them are known yet. */
  private placeOf(path: string): string {
    let current = "";
    let links = 0;
    const rest = splitPath(path).reverse();
    for (let component = rest.pop(); component !== undefined; component = rest.pop()) {
      const next =
        component === ".."
          ? current.slice(0, Math.max(current.lastIndexOf("/"), 0))
          : `${current}/${component}`;
      const entry = rest.length > 0 && next.length <= PATH_LIMIT ? this.entries.get(next) : undefined;
      if (entry?.kind === "symlink" && entry.target.length <= PATH_LIMIT && ++links <= SYMLINK_LIMIT) {
        if (entry.target.startsWith("/")) current = "";
        rest.push(...splitPath(entry.target).reverse());
      } else {
        current = next;
      }
    }
    return current;
  }

  private add(path: string, entry: Entry): void {
    const components = splitPath(path);
    if (path.length > PATH_LIMIT || components.includes("..")) return;
    let current = "";
    components.forEach((component, index) => {
      const parent = current;
      current = `${parent}/${component}`;
      if (!this.entries.has(current)) {
        this.entries.set(current, index === components.length - 1 ? entry : DIRECTORY);
      }
      const siblings = this.names.get(parent) ?? new Set();
      this.names.set(parent, siblings.add(component));
    });
  }
}

function splitPath(path: string): string[] {
  return path.split("/").filter((component) => component !== "" && component !== ".");
}

/** Orders names as strcmp() orders their UTF-8 bytes. (UTF-16 code units would put U+FF61 after U+1F600.) */
export function compareBytes(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  // The difference may lie in the low half of a surrogate pair: the code points start at the high half then.
  if (i > 0 && isHighSurrogate(a.charCodeAt(i - 1))) i--;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
