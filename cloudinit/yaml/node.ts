import type { ScalarStyle } from "./token";

/** A node as it is written, with its tag resolved, and before anything is made of it. */
export type RawNode = RawScalar | RawList | RawMap;

interface Written {
  readonly tag: string;
  readonly at: number;
}

export interface RawScalar extends Written {
  readonly kind: "scalar";
  readonly text: string;
  readonly style: ScalarStyle;
  /** Where its anchor or tag stands, or it itself where it has none. */
  readonly from: number;
}

export interface RawList extends Written {
  readonly kind: "list";
  readonly items: readonly RawNode[];
}

export interface RawMap extends Written {
  readonly kind: "map";
  readonly pairs: readonly (readonly [key: RawNode, value: RawNode])[];
}

/** The beginning of the tags of YAML itself. */
export const YAML_TAG = "tag:yaml.org,2002:";
