import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AnyProvider, runScenario, saidIn, SCENARIOS } from "./support/policies/scenarios";

// Program, pack and expected findings, on the real engine: each folder of test/policies/scenarios is one.

let provider: AnyProvider;
beforeAll(async () => {
  provider = await AnyProvider.start();
});
afterAll(() => provider.stop());

const names = fs.readdirSync(SCENARIOS).filter((name) => !name.includes("."));

describe("the policy pack on the real engine", () => {
  it("has scenarios", () => expect(names.length).toBeGreaterThan(8));

  it("takes the configuration that docs/policies.md shows, and refuses one that there is not", async () => {
    const page = fs.readFileSync(path.join(__dirname, "../../docs/policies.md"), "utf8");
    const shown = /<!-- config -->\n\n```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect((await runScenario("nothing-wrong", provider, shown)).preview.ok).toBe(true);
    const refused = async (config: object) => {
      const { preview } = await runScenario("raw-instance", provider, JSON.stringify(config));
      expect(preview.ok).toBe(false);
      return preview.diagnostics.map(({ message }) => message).join("\n");
    };
    expect(await refused({ "backlog-within-limits": { maximumBaklog: 1 } })).toContain(
      'backlog-within-limits: given "maximumBaklog"; allowed: the fields maximumBacklog',
    );
  });

  it.each(names)("%s", async (name) => {
    const { expected, preview, up } = await runScenario(name, provider);
    expect(expected.why).toMatch(/\.$/);
    expect(saidIn(preview).sort(), "the preview").toEqual([...expected.preview].sort());
    expect(preview.ok, JSON.stringify(preview.diagnostics)).toBe(!isRefused(expected.preview));
    expect(up === undefined).toBe(expected.up === undefined);
    if (up !== undefined) {
      expect(saidIn(up).sort(), "the update").toEqual([...(expected.up ?? [])].sort());
      expect(up.ok, JSON.stringify(up.diagnostics)).toBe(!isRefused(expected.up ?? []));
    }
  });
});

function isRefused(lines: readonly string[]): boolean {
  return lines.some((line) => line.startsWith("mandatory "));
}
