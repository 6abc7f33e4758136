import * as fs from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import { describe, expect, it } from "vitest";

const CHECKOUT = path.resolve(__dirname, "../..");

/** What each folder may import from. What is published stands first, the lowest at the top; a folder that is not here is in no layer. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  backlog: [],
  cloudinit: ["backlog"],
  probe: ["backlog", "cloudinit"],
  apply: ["backlog", "cloudinit", "probe"],
  policies: ["backlog", "cloudinit"],
  components: ["backlog", "cloudinit", "probe", "apply"],
  "index.ts": ["backlog", "probe", "components"],
  examples: ["cloudinit", "components"],
  lab: ["backlog", "cloudinit", "probe", "apply", "components", "index.ts"],
  bench: ["backlog", "cloudinit", "probe", "components", "lab", "test"],
};

/** The packages and modules of Node.js that a published folder may import: of the pure ones none that does I/O. */
const MAY_REQUIRE: Readonly<Record<string, readonly string[]>> = {
  backlog: ["node:net"],
  cloudinit: ["node:buffer", "node:crypto", "node:path", "node:util", "node:zlib"],
  // Each reads the script that it ships.
  probe: ["node:fs", "node:path"],
  apply: ["node:fs", "node:path"],
  policies: ["@pulumi/policy", "node:crypto"],
  components: ["@pulumi/aws", "@pulumi/command", "@pulumi/pulumi", "node:crypto", "node:net"],
};

/** An import as it is written, and the file of this checkout that it leads to, if it leads to one. */
interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly to: string | undefined;
}

const sources = filesOf("tsconfig.json");
const imports = sources.files.flatMap((file) => importsOf(file, sources.options));
const published = new Set(filesOf("tsconfig.build.json").files);

describe("the imports of the whole checkout, those of types alone among them", () => {
  it("are found: relative ones, packages, and the package by its own name", () => {
    const targets = (from: string) => imports.filter((one) => one.from === from).map(({ to }) => to);
    expect(targets("cloudinit/mime.ts")).toContain("cloudinit/form.ts");
    expect(targets("examples/tuned-host/index.ts")).toContain("components/index.ts");
    expect(imports.filter(({ specifier, to }) => specifier.startsWith(".") && to === undefined)).toEqual([]);
  });

  it("have no cycle", () => {
    const edge = (from: string, to: string): Import => ({ from, specifier: to, to });
    expect(cycles([edge("a", "b"), edge("b", "c"), edge("c", "b"), edge("a", "c")])).toEqual(["b -> c -> b"]);
    expect(cycles(imports)).toEqual([]);
  });

  it("point downwards only", () => {
    const upwards = imports.filter(({ from, to }) => {
      const [above, below] = [topOf(from), to === undefined ? undefined : topOf(to)];
      const allowed = MAY_IMPORT[above];
      return below !== undefined && below !== above && allowed !== undefined && !allowed.includes(below);
    });
    expect(upwards.map(shown)).toEqual([]);
  });

  it("of what is published name a few packages, and the model and user data do no I/O", () => {
    const others = imports.filter(
      ({ from, specifier, to }) =>
        published.has(from) && to === undefined && !MAY_REQUIRE[topOf(from)]?.includes(specifier),
    );
    expect([...new Set([...published].map(topOf))].sort()).toEqual(Object.keys(MAY_REQUIRE).sort());
    expect(others.map(shown)).toEqual([]);
  });
});

describe("CONTRIBUTING.md", () => {
  it("has every folder with sources in its table", () => {
    const page = fs.readFileSync(path.join(CHECKOUT, "CONTRIBUTING.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([\w.]+)\/?` +\|/gm)].map(([, name = ""]) => name);
    const folders = new Set(sources.files.filter((file) => file.includes("/")).map(topOf));
    expect([...folders].filter((folder) => !rows.includes(folder))).toEqual([]);
    expect(rows.filter((row) => !fs.existsSync(path.join(CHECKOUT, row)))).toEqual([]);
  });
});

/** The files that a configuration of the compiler takes in, relative to the checkout. */
function filesOf(name: string): { files: string[]; options: ts.CompilerOptions } {
  const parsed = ts.getParsedCommandLineOfConfigFile(path.join(CHECKOUT, name), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
    },
  });
  expect(parsed?.errors).toEqual([]);
  const { fileNames = [], options = {} } = parsed ?? {};
  return { files: fileNames.map((one) => path.relative(CHECKOUT, one)), options };
}

function importsOf(from: string, options: ts.CompilerOptions): Import[] {
  const file = path.join(CHECKOUT, from);
  const { importedFiles } = ts.preProcessFile(fs.readFileSync(file, "utf8"), true, true);
  return importedFiles.map(({ fileName: specifier }) => {
    const found = ts.resolveModuleName(specifier, file, options, ts.sys).resolvedModule?.resolvedFileName;
    const to = found === undefined ? undefined : path.relative(CHECKOUT, found);
    return { from, specifier, to: to === undefined || /^\.\.|node_modules/.test(to) ? undefined : to };
  });
}

/** A folder at the top of the checkout, or a file there. */
function topOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function shown({ from, specifier }: Import): string {
  return `${from} imports ${specifier}`;
}

/** Every way that a walk finds from a file back to itself. */
function cycles(edges: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) {
    targets.set(from, [...(targets.get(from) ?? []), ...(to === undefined ? [] : [to])]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]) => {
    const start = way.indexOf(file);
    if (start >= 0) {
      found.push([...way.slice(start), file].join(" -> "));
      return;
    }
    if (!done.has(file)) {
      (targets.get(file) ?? []).forEach((to) => walk(to, [...way, file]));
      done.add(file);
    }
  };
  [...targets.keys()].forEach((file) => walk(file, []));
  return found;
}
