import { describe, expect, it } from "vitest";

import { CATALOGUE, defaultBacklogOf, directiveLine, type CatalogueEntry } from "../../../backlog/catalogue";

const SOMAXCONN = 16_384;
const named = CATALOGUE.map((entry): [string, CatalogueEntry] => [entry.software, entry]);

describe("the catalogue", () => {
  it("knows at least 40 server programs", () => {
    expect(CATALOGUE.length).toBeGreaterThanOrEqual(40);
  });

  it("gives every id and alias to one program only", () => {
    const names = CATALOGUE.flatMap((entry) => [entry.software, ...entry.aliases]);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("has each kind of program", () => {
    expect(new Set(CATALOGUE.map((entry) => entry.class))).toEqual(
      new Set(["follows-somaxconn", "own-number", "hard-coded"]),
    );
    expect(CATALOGUE.filter((entry) => entry.refusesAboveSomaxconn).map((entry) => entry.software)).toEqual([
      "uwsgi",
    ]);
    expect(CATALOGUE.filter((entry) => entry.relisten === "restart-socket-unit")).toHaveLength(1);
  });
});

describe.each(named)("the entry %s", (software, entry) => {
  it("has names that can be typed and found", () => {
    for (const name of [software, ...entry.aliases]) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/);
    }
    expect(software).toMatch(/^[a-z0-9-]+$/);
    expect(entry.title.trim()).not.toBe("");
  });

  it("says what it passes to listen(), and its class agrees", () => {
    const backlog = defaultBacklogOf(entry, SOMAXCONN);
    expect(Number.isInteger(backlog)).toBe(true);
    expect(backlog).toBeGreaterThan(0);
    const follows = typeof entry.defaultBacklog === "object" && "follows" in entry.defaultBacklog;
    expect(entry.class === "follows-somaxconn").toBe(follows);
    if (typeof entry.defaultBacklog === "object" && "derivedFrom" in entry.defaultBacklog) {
      expect(entry.class).toBe("own-number");
      expect(entry.defaultBacklog.formula).toContain(entry.defaultBacklog.derivedFrom);
    }
    for (const other of entry.otherVersions ?? []) {
      expect(other.versions.trim()).not.toBe("");
      expect(other.defaultBacklog).not.toEqual(entry.defaultBacklog);
    }
  });

  it("says what to do: a directive, or a step where there is none", () => {
    expect(entry.directive === undefined).toBe(entry.instead !== undefined);
    if (entry.class !== "follows-somaxconn") {
      expect(entry.directive === undefined).toBe(entry.class === "hard-coded");
    }
    const line = directiveLine(entry, 4_096, 8_765);
    expect(line).not.toMatch(/\{(?:backlog(?:[*/]\d+)?|port)\}|\n/);
    // A setting that the backlog derives from gets the number times or divided by a small factor.
    expect(line).toMatch(/\b(?:4096|2048|16384)\b/);
    expect(line).not.toBe(directiveLine(entry, 4_097 * 2, 8_765));
  });

  it("names an address only where it knows the default port", () => {
    if (entry.directive?.line.includes("{port}")) {
      expect(entry.defaultPort).toBeDefined();
      expect(directiveLine(entry, 4_096)).toContain(String(entry.defaultPort));
      expect(directiveLine(entry, 4_096, 8_765)).toContain("8765");
    }
    if (entry.defaultPort !== undefined) {
      expect(entry.defaultPort).toBeGreaterThan(0);
      expect(entry.defaultPort).toBeLessThan(65_536);
    }
  });

  it("says where the line goes", () => {
    const kind = entry.directive?.kind;
    if (kind === "file-directive" || kind === "unit") {
      expect(entry.directive?.file).toBeTruthy();
    }
    expect(entry.directive?.name).not.toBe("");
  });

  it("says how it re-listens", () => {
    expect(entry.relistenNote).toMatch(/\.$/);
  });

  it("has unit names that systemd accepts", () => {
    for (const unit of entry.units) {
      expect(unit).toMatch(/^[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\-]*)?\.service$/);
    }
  });

  it("names packages that can be installed, for a unit that they start", () => {
    for (const name of entry.startedBy ?? []) {
      expect(name).toMatch(/^[a-z0-9][a-z0-9.+-]+$/);
      expect(entry.units).not.toEqual([]);
      expect(CATALOGUE.filter(({ startedBy }) => startedBy?.includes(name))).toEqual([entry]);
    }
  });

  it("says where its facts come from", () => {
    expect(entry.source.trim()).not.toBe("");
    if (entry.verified === "measured") {
      // The package and release that were measured.
      expect(entry.source).toMatch(/^Debian 12 .*\d/);
    }
    if (entry.verified === "source") {
      expect(entry.source).toMatch(/[\w.-]+\/[\w.-]+/);
    }
  });

  it("is plain text, one line a field", () => {
    for (const text of JSON.stringify(entry).matchAll(/\\[nrtu]|[^\x20-\x7e]/g)) {
      expect.unreachable(`the character ${text[0]}`);
    }
  });
});
