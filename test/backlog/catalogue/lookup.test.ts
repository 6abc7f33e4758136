import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  CATALOGUE,
  defaultBacklogOf,
  directiveLine,
  findSoftware,
  suggestSoftware,
  type CatalogueEntry,
} from "../../../backlog/catalogue";
import { editDistance } from "../../../backlog/catalogue/edit-distance";

function entryOf(name: string): CatalogueEntry {
  const entry = findSoftware(name);
  if (entry === undefined) {
    throw new Error(`no entry for ${name}`);
  }
  return entry;
}

describe("findSoftware", () => {
  it("finds every entry by its id and aliases, in any case", () => {
    for (const entry of CATALOGUE) {
      for (const name of [entry.software, ...entry.aliases]) {
        expect(findSoftware(name)).toBe(entry);
        expect(findSoftware(` ${name.toUpperCase()} `)).toBe(entry);
      }
    }
  });

  it("finds nothing else, and no property of an object", () => {
    for (const name of ["", "ngin", "nginx2", "__proto__", "constructor", "toString"]) {
      expect(findSoftware(name)).toBeUndefined();
    }
  });
});

describe("suggestSoftware", () => {
  it.each([
    ["ngnix", "nginx"],
    ["nginx ", "nginx"],
    ["apache3", "apache"],
    ["postgress", "postgresql"],
    ["php_fpm", "php-fpm"],
    ["guncorn", "gunicorn"],
    ["memcache", "memcached"],
    ["MariaBD", "mariadb"],
  ])("takes %s for %s", (typed, meant) => {
    expect(suggestSoftware(typed)).toBe(meant);
  });

  it.each(["", "my-billing-api", "frontend", "x", "a".repeat(41)])("does not guess at %j", (typed) => {
    expect(suggestSoftware(typed)).toBeUndefined();
  });

  it("answers with an id that exists, or not at all, whatever is typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (typed) => {
        const software = suggestSoftware(typed);
        expect(software === undefined || findSoftware(software) !== undefined).toBe(true);
      }),
    );
  });
});

describe("editDistance", () => {
  it("counts a swap of neighbours as one edit", () => {
    expect(editDistance("ngnix", "nginx")).toBe(1);
    expect(editDistance("redis", "redis")).toBe(0);
    expect(editDistance("", "redis")).toBe(5);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });

  it("is the same both ways, and never above the longer word", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance === 0).toBe(a === b);
      }),
    );
  });
});

describe("defaultBacklogOf", () => {
  it("answers for each shape of default", () => {
    expect(defaultBacklogOf(entryOf("nginx"), 4_096)).toBe(511);
    expect(defaultBacklogOf(entryOf("nginx"), 128)).toBe(511);
    expect(defaultBacklogOf(entryOf("go"), 4_096)).toBe(4_096);
    expect(defaultBacklogOf(entryOf("go"), 128)).toBe(128);
    expect(defaultBacklogOf(entryOf("mariadb"), 4_096)).toBe(80);
  });
});

describe("directiveLine", () => {
  it.each([
    ["nginx", undefined, "listen 80 backlog=4096;"],
    ["nginx", 8_443, "listen 8443 backlog=4096;"],
    ["redis", undefined, "tcp-backlog 4096"],
    ["postgresql", undefined, "max_connections = 2048"],
    ["squid", undefined, "max_filedescriptors 16384"],
    ["erlang", undefined, "gen_tcp:listen(Port, [{backlog, 4096}])."],
    ["node", 80, "server.listen({ port: 80, backlog: 4096 });"],
    ["sshd", 22, "start it from ssh.socket with Backlog=4096: sshd itself always asks for 128"],
    [
      "go",
      8_080,
      "raise net.core.somaxconn to 4096, then restart: Go's net.Listen always asks for somaxconn",
    ],
  ])("is for %s on port %s: %s", (software, port, line) => {
    expect(directiveLine(entryOf(software), 4_096, port)).toBe(line);
  });

  it("never promises less than was asked for", () => {
    expect(directiveLine(entryOf("postgresql"), 4_097)).toBe("max_connections = 2049");
  });
});
