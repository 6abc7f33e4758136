/** The tokens of a YAML document, as PyYAML's scanner divides it. */
export type Token =
  | { readonly type: Structure; readonly at: number }
  | { readonly type: "scalar"; readonly at: number; readonly text: string; readonly style: ScalarStyle }
  | { readonly type: "alias" | "anchor"; readonly at: number; readonly name: string }
  /** Without a handle, the suffix is the tag. */
  | {
      readonly type: "tag";
      readonly at: number;
      readonly handle: string | undefined;
      readonly suffix: string;
    }
  | { readonly type: "directive"; readonly at: number; readonly directive: Directive };

export type Structure =
  | "stream-end"
  | "document-start"
  | "document-end"
  | "block-sequence"
  | "block-mapping"
  | "block-end"
  | "flow-sequence"
  | "flow-sequence-end"
  | "flow-mapping"
  | "flow-mapping-end"
  | "block-entry"
  | "flow-entry"
  | "key"
  | "value";

export type ScalarStyle = "plain" | "quoted" | "literal" | "folded";

export type Directive =
  | { readonly name: "YAML"; readonly major: string }
  | { readonly name: "TAG"; readonly handle: string; readonly prefix: string }
  | { readonly name: "other" };
