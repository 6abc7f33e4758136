import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkBacklog, formatFinding, resolveDeclaration, somaxconnCoversBacklog } from "../../../backlog";

describe("somaxconn-covers-backlog", () => {
  it("finds each service that is cut, and names the one line that is right for all", () => {
    const services = [
      { name: "nginx", backlog: 4096 },
      { name: "small", backlog: 128 },
      { name: "redis", backlog: 16384 },
    ];
    expect(somaxconnCoversBacklog(128, services)).toEqual([
      {
        rule: "somaxconn-covers-backlog",
        severity: "error",
        subject: "nginx",
        wanted: "net.core.somaxconn >= 4096",
        got: "128",
        cause: "listen() silently cuts the declared backlog 4096 of nginx to 128.",
        fix: "set settings.somaxconn: 16384",
      },
      {
        rule: "somaxconn-covers-backlog",
        severity: "error",
        subject: "redis",
        wanted: "net.core.somaxconn >= 16384",
        got: "128",
        cause: "listen() silently cuts the declared backlog 16384 of redis to 128.",
        fix: "set settings.somaxconn: 16384",
      },
    ]);
  });

  it("names the line of a sysctl file where that is what the user writes", () => {
    const [finding] = somaxconnCoversBacklog(128, [{ name: "nginx", backlog: 4096 }], "sysctl.d");
    expect(finding && formatFinding(finding)).toBe(
      "nginx: wanted net.core.somaxconn >= 4096, got 128. Cause: listen() silently cuts the declared backlog 4096 of nginx to 128. " +
        "Fix: set net.core.somaxconn = 4096",
    );
  });

  it.each([
    [4096, 4096, 0],
    [4096, 4097, 1],
    [0, 1, 1],
    [0, 0, 0],
    [2147483647, 2147483647, 0],
    [2147483646, 2147483647, 1],
    [1, 0, 0],
  ])("somaxconn %i for a declared backlog of %i: %i findings", (somaxconn, backlog, findings) => {
    expect(somaxconnCoversBacklog(somaxconn, [{ name: "a", backlog }])).toHaveLength(findings);
  });

  it("has nothing to say where nothing is declared", () => {
    expect(somaxconnCoversBacklog(1, [])).toEqual([]);
  });

  it("is satisfied by its own fix", () => {
    const services = fc.array(fc.record({ name: fc.string(), backlog: fc.nat({ max: 2147483647 }) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(services, fc.nat({ max: 2147483647 }), (claims, somaxconn) => {
        const fixes = somaxconnCoversBacklog(somaxconn, claims).map(({ fix }) =>
          Number(/\d+$/.exec(fix)?.[0]),
        );
        for (const fixed of fixes) {
          expect(somaxconnCoversBacklog(fixed, claims)).toEqual([]);
        }
      }),
    );
  });
});

describe("checkBacklog", () => {
  it("has nothing to say of a declaration without settings", () => {
    const declaration = { services: [{ name: "nginx", backlog: 50000 }, { name: "redis" }] };
    expect(checkBacklog(resolveDeclaration(declaration))).toEqual([]);
  });

  it("finds a somaxconn that is set too small", () => {
    const declaration = { services: [{ name: "nginx", backlog: 4096 }], settings: { somaxconn: 1024 } };
    expect(checkBacklog(resolveDeclaration(declaration))).toEqual(
      somaxconnCoversBacklog(1024, [{ name: "nginx", backlog: 4096 }]),
    );
  });

  it("judges the backlog that software asks for by itself, too", () => {
    const found = checkBacklog(
      resolveDeclaration({ services: [{ name: "redis" }], settings: { somaxconn: 128 } }),
    );
    expect(found.map(({ subject, wanted }) => [subject, wanted])).toEqual([
      ["redis", "net.core.somaxconn >= 511"],
    ]);
  });
});
