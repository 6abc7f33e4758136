import fc from "fast-check";

/** Ways to say how a cloud-config is merged, right ones and wrong ones. */
export const STRATEGIES: readonly unknown[] = [
  "dict(replace)+list(no_replace)+str()",
  "dict(replace)+list()+str()",
  "list(append)+dict(recurse_array)+str()",
  "list(append)+dict(no_replace,recurse_list)",
  "list(prepend)+dict(no_replace,recurse_list)+str(append)",
  "list(replace)+dict(recurse_list)",
  "list(recurse_dict)+dict(recurse_list)+str(append)",
  "list(recurse_list, recurse_str)+dict(recurse_array, recurse_str)+str(append)",
  "list(no_replace,append)+dict(recurse_list)",
  "dict(recurse_dict)",
  "dict(recurse_str)+str(append)",
  "dict(allow_delete)+list(append)",
  "dict(allow_delete,recurse_list)+list(append)",
  "list(append)",
  "str(append)",
  "m_list(append)+m-dict(recurse_list)",
  "LIST(APPEND)+DICT(RECURSE_LIST)",
  "dict()+dict(replace)+list()",
  "tuple(append)+dict(replace)",
  "",
  [
    { name: "list", settings: ["append"] },
    { name: "dict", settings: ["no_replace", "recurse_list"] },
  ],
  [
    { name: "list", settings: ["replace"] },
    { name: "dict", settings: ["replace"] },
    { name: "str", settings: ["append"] },
  ],
  [{ name: "dict", settings: ["allow_delete", "recurse_dict"] }],
  [{ name: "dict", settings: ["recurse_str"] }, { name: "str", settings: ["append"] }],
  [{ name: "list", settings: "append" }, { name: "dict", settings: "no_replace and recurse_list" }],
  [["list", "append"], ["dict", "recurse_list"]],
  [{ name: "dict" }],
]; // prettier-ignore

const NAMES = ["a", "b", "c", "runcmd", "write_files"] as const;
const scalar = fc.constantFrom<unknown>("x", "y", "", 1, 0, true, false, null);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 3, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie("tree"), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), tie("tree"), { maxKeys: 3 }) },
  ),
}));

const document = fc
  .record({
    body: fc.dictionary(fc.constantFrom(...NAMES), tree, { minKeys: 1, maxKeys: 4 }),
    how: fc.option(fc.tuple(fc.constantFrom("merge_how", "merge_type"), fc.constantFrom(...STRATEGIES)), { nil: undefined }),
  })
  .map(({ body, how }) => `#cloud-config\n${JSON.stringify(how ? { ...body, [how[0]]: how[1] } : body)}\n`); // prettier-ignore

const header = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("Merge-Type", "X-Merge-Type"), fc.constantFrom(...STRATEGIES))
      .map(([name, how]) => (typeof how === "string" ? `${name}: ${how}\n` : "")),
  },
);

/** MIME documents of two or three cloud-configs whose keys collide, each with a way to be merged. */
export const MERGING: fc.Arbitrary<string> = fc
  .array(fc.tuple(header, document), { minLength: 2, maxLength: 3 })
  .map((parts) => {
    const body = parts.map(([more, text]) => `--=b=\nContent-Type: text/cloud-config\n${more}\n${text}`);
    return `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=b="\n\n${body.join("\n")}\n--=b=--\n`;
  });
