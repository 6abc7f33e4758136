import { compileComponent, expandBraces } from "./glob";
import { swapSeparators } from "./key";

interface KeyNode {
  readonly parent: KeyNode | undefined;
  readonly children: Map<string, KeyNode>;
  /** Canonical dotted key when this is a file, not a directory. */
  key: string | undefined;
}

export interface GlobMatch {
  /** Canonical dotted key. */
  readonly key: string;
  /** The path below `/proc/sys` as `glob()` spells it: the tools compare this text with the explicit keys. */
  readonly path: string;
}

export interface GlobResult {
  readonly matches: readonly GlobMatch[];
  /** The pattern has more brace alternatives than are followed here. */
  readonly truncated: boolean;
}

/** The keys that exist on a host, as the tree below `/proc/sys` that the tools walk. */
export class KeyTree {
  private readonly proc: KeyNode;
  private readonly sys: KeyNode;

  /** @param knownKeys keys in canonical dotted form; a name of interface `eth0.100` is spelled `eth0/100` */
  constructor(knownKeys: Iterable<string>) {
    const root = newNode(undefined);
    this.proc = addChild(root, "proc");
    this.sys = addChild(this.proc, "sys");
    for (const key of knownKeys) {
      let node = this.sys;
      const components = swapSeparators(key).split("/");
      if (components.some((component) => component === "" || component === "." || component === ".."))
        continue;
      for (const component of components) node = node.children.get(component) ?? addChild(node, component);
      node.key = key;
    }
  }

  /** The key at a path that systemd has simplified; it refuses `..`. */
  atSimplifiedPath(path: string): string | undefined {
    let node: KeyNode | undefined = this.sys;
    for (const component of path.split("/")) node = node?.children.get(component);
    return node?.key;
  }

  /** The key that `open("/proc/sys/" + path)` reaches, `..` and repeated separators included. */
  atPhysicalPath(path: string): string | undefined {
    let node: KeyNode | undefined = this.sys;
    for (const component of path.split("/")) {
      if (node === undefined) return undefined;
      node = step(node, component);
    }
    return node?.key;
  }

  /**
   * The keys that a glob matches. With `braces`, `{a,b}` expands and paths with `..` are refused, as in systemd; without, braces are
   * ordinary characters and `..` is followed, as in procps. Wildcards never match `.` and `..` here.
   */
  glob(pattern: string, options: { readonly braces: boolean }): GlobResult {
    if (!options.braces) return { matches: this.walk(pattern), truncated: false };
    const { patterns, truncated } = expandBraces(pattern);
    const matches = new Map<string, GlobMatch>();
    for (const alternative of patterns) {
      if (alternative.split("/").includes("..")) continue;
      for (const match of this.walk(alternative)) matches.set(match.path, match);
    }
    return { matches: [...matches.values()], truncated };
  }

  private walk(pattern: string): GlobMatch[] {
    // One entry per node keeps "*/../*/.." from multiplying.
    let reached = new Map<KeyNode, string>([[this.sys, ""]]);
    for (const component of pattern.split("/")) {
      const compiled = compileComponent(component);
      const next = new Map<KeyNode, string>();
      for (const [node, path] of reached) {
        if (compiled.literal !== undefined) {
          const child = step(node, compiled.literal);
          if (child !== undefined && !next.has(child)) next.set(child, `${path}/${compiled.literal}`);
          continue;
        }
        for (const [name, child] of node.children) {
          if (compiled.matches(name) && !next.has(child)) next.set(child, `${path}/${name}`);
        }
      }
      reached = next;
      if (reached.size === 0) return [];
    }
    const matches: GlobMatch[] = [];
    for (const [node, path] of reached) {
      if (node.key !== undefined) matches.push({ key: node.key, path: path.slice(1) });
    }
    return matches;
  }
}

function newNode(parent: KeyNode | undefined): KeyNode {
  return { parent, children: new Map(), key: undefined };
}

function addChild(parent: KeyNode, name: string): KeyNode {
  const child = newNode(parent);
  parent.children.set(name, child);
  return child;
}

/** One component of a path walk; a file has nothing below it, not even `.` or the empty component of a trailing slash. */
function step(node: KeyNode, component: string): KeyNode | undefined {
  if (node.key !== undefined) return undefined;
  if (component === "" || component === ".") return node;
  if (component === "..") return node.parent ?? node;
  return node.children.get(component);
}
