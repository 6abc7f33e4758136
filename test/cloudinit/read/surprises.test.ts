import { describe, expect, it } from "vitest";
import { readUserData } from "../../../cloudinit";
import { SURPRISES, type Answer } from "./support/surprises";

const KEY = "net.core.somaxconn";

describe("what shells do with text that looks like something else", () => {
  it.each(SURPRISES.map((surprise) => [surprise.name, surprise] as const))("%s", (_, surprise) => {
    const { live, persisted, unknown } = readUserData(surprise.userData);
    const open = unknown.some(({ subject }) => subject === undefined || subject === KEY);
    const answer = (readings: readonly { readonly key: string; readonly value: string }[]): Answer =>
      readings.find(({ key }) => key === KEY)?.value ?? (open ? "unknown" : "nothing");
    expect(answer(live)).toBe(surprise.live);
    if (surprise.live !== "unknown") {
      expect(answer(persisted)).toBe(surprise.next ?? "nothing");
    }
  });
});
