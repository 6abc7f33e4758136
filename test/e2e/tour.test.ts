import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TestLab } from "./support/lab";

const README = path.resolve(__dirname, "../../README.md");
const lab = new TestLab();

afterAll(async () => {
  await lab.run("destroy");
  lab.remove();
});

/** Without what differs from run to run: elapsed times, signs of life of long steps, spaces at line ends. */
function comparable(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/ {2}\(\d[\dhms.]*\)/, "").trimEnd())
    .filter((line) => line !== "" && !line.startsWith("  .. "));
}

describe("npm run lab", () => {
  it("shows what the README says, and leaves nothing", async () => {
    const [, transcript = ""] =
      /<!-- transcript -->\n\n```text\n([\s\S]*?)```/.exec(fs.readFileSync(README, "utf8")) ?? [];
    // One stream, as a terminal shows it.
    const { code, output } = await lab.runAsOne();
    expect(comparable(output)).toEqual(comparable(transcript));
    expect(code).toBe(0);
    expect(await lab.json("status")).toMatchObject({ document: { hosts: [] } });
  });

  it("prints one JSON document with --json", async () => {
    const { code, document, stderr } = await lab.json<{
      good: boolean;
      steps: { step: string; asExpected: boolean }[];
    }>();
    expect(code, stderr).toBe(0);
    expect(document.good).toBe(true);
    expect(document.steps.map(({ step }) => step)).toEqual([
      "preview",
      "up",
      "refusal",
      "raw refusal",
      "drift",
      "reboot",
      "destroy",
    ]);
  });
});
