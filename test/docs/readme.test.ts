import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../lab/arguments";

const CHECKOUT = path.resolve(__dirname, "../..");
const read = (file: string) => fs.readFileSync(path.join(CHECKOUT, file), "utf8");
const readme = read("README.md");

describe("the README", () => {
  it("shows examples as they are in the files that are compiled and run", () => {
    const shown = [...readme.matchAll(/<!-- file: (\S+) -->\n\n```ts\n([\s\S]*?)```/g)];
    expect(shown.map(([, file]) => file)).toEqual([
      "examples/tuned-server/index.ts",
      "examples/tuned-host/index.ts",
    ]);
    for (const [, file = "", code] of shown) {
      expect(code).toBe(read(file));
    }
  });

  it("links to files that are there", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !fs.existsSync(path.join(CHECKOUT, link)))).toEqual([]);
  });

  it("names scripts and commands that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const [, script = "", step] of readme.matchAll(/npm (?:run )?(lab|test)(?: -- (\w+))?/g)) {
      expect(scripts).toHaveProperty(script);
      if (step !== undefined) {
        expect(COMMANDS).toContain(step);
      }
    }
  });
});
