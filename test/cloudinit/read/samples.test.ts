import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readUserData } from "../../../cloudinit";
import { short } from "./support/short";

const FOLDER = join(__dirname, "samples");
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length));

/** User data as people publish it, with the reading that a person has checked; what a reading does not name is empty. */
describe("published user data", () => {
  it("has an expected reading for every sample, and no other", () => {
    const expected = readdirSync(FOLDER).filter((name) => name.endsWith(".expected.json"));
    expect(expected).toEqual(NAMES.map((name) => `${name}.expected.json`));
    expect(NAMES.length).toBeGreaterThanOrEqual(100);
  });

  it.each(NAMES)("%s", (name) => {
    const expected = JSON.parse(readFileSync(join(FOLDER, `${name}.expected.json`), "utf8")) as object;
    const nothing = {
      live: [],
      persisted: [],
      applied: [],
      conflicts: [],
      backlogs: [],
      containers: [],
      unknown: [],
    };
    expect(short(readUserData(readFileSync(join(FOLDER, `${name}.txt`), "utf8")))).toEqual({
      ...nothing,
      ...expected,
    });
  });
});
