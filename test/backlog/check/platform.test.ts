import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkBacklog,
  formatProblem,
  resolveDeclaration,
  validatePlatform,
  type Platform,
} from "../../../backlog";

const FULL: Platform = {
  kernel: "6.1.0-18-cloud-amd64",
  environment: "production",
  memoryBytes: 67108864,
  container: { somaxconn: 4096 },
  services: {
    nginx: {
      acceptRate: 20000,
      latencyBudgetSeconds: 0.5,
      openFiles: 65536,
      directive: "present",
      configuredBacklog: 4096,
      somaxconnAtStart: 4096,
      startedBy: "package",
      container: {},
    },
    constructor: {},
  },
};

describe("validatePlatform", () => {
  it.each<[string, Platform]>([
    ["everything", FULL],
    ["nothing", {}],
    ["the largest limit of open files", { services: { nginx: { openFiles: 2147483584 } } }],
  ])("takes %s", (_, platform) => {
    expect(validatePlatform(platform)).toEqual([]);
    expect(validatePlatform(platform, ["nginx", "constructor"])).toEqual([]);
  });

  it.each<[unknown, string]>([
    [null, 'platform: given null; allowed: an object; instead: { kernel: "6.1" }'],
    [
      { kernal: "6.1" },
      'platform: given "kernal"; allowed: the fields kernel, environment, memoryBytes, largestBacklog, container, services; instead: one of these names',
    ],
    [
      { kernel: 6.1 },
      'platform.kernel: given 6.1; allowed: a kernel release as `uname -r` prints it, beginning with MAJOR.MINOR; instead: a string such as "6.1" or "5.10.230-223.885"',
    ],
    [
      { environment: "staging" },
      'platform.environment: given "staging"; allowed: production, test; instead: one of these, or leave it out',
    ],
    [
      { memoryBytes: 0 },
      "platform.memoryBytes: given 0; allowed: an integer number of bytes from 1 to 9007199254740991; instead: a budget such as 67108864, or leave it out",
    ],
    [
      { container: true },
      "platform.container: given true; allowed: an object; instead: {}, or { somaxconn: 4096 } if it is known",
    ],
    [
      { container: { somaxconn: 0 } },
      "platform.container.somaxconn: given 0; allowed: an integer from 1 to 2147483647 (connections per listening socket); with 0, every listener of the namespace gets an accept queue of one slot; instead: 4096, or the largest declared backlog",
    ],
    [
      { container: { somaxcon: 1 } },
      'platform.container: given "somaxcon"; allowed: the fields somaxconn; instead: one of these names',
    ],
    [
      { services: ["nginx"] },
      'platform.services: given ["nginx"]; allowed: an object with the names of services as keys; instead: services: { nginx: { acceptRate: 5000 } }',
    ],
    [
      { services: { nginx: 5000 } },
      'platform.services["nginx"]: given 5000; allowed: an object; instead: { acceptRate: 5000 }',
    ],
    [
      { services: { nginx: { rate: 1 } } },
      'platform.services["nginx"]: given "rate"; allowed: the fields acceptRate, latencyBudgetSeconds, openFiles, directive, configuredBacklog, somaxconnAtStart, startedBy, container; instead: one of these names',
    ],
    [
      { services: { nginx: { acceptRate: null } } },
      'platform.services["nginx"].acceptRate: given null; allowed: a number of connections per second, above 0 and up to 10000000; instead: what the application accepts per second in a load test, such as 20000',
    ],
    [
      { services: { nginx: { latencyBudgetSeconds: -1 } } },
      'platform.services["nginx"].latencyBudgetSeconds: given -1; allowed: a number of seconds, above 0 and up to 3600; instead: the longest useful wait, such as 1',
    ],
    [
      { services: { nginx: { openFiles: "1024" } } },
      'platform.services["nginx"].openFiles: given "1024"; allowed: an integer from 1 to 2147483584; instead: the soft limit, such as 1024, or leave it out',
    ],
    [
      { largestBacklog: 0 },
      "platform.largestBacklog: given 0; allowed: an integer from 1 to 2147483647; instead: 65535, or leave it out",
    ],
    [
      { services: { nginx: { configuredBacklog: -1 } } },
      'platform.services["nginx"].configuredBacklog: given -1; allowed: an integer from 0 to 2147483647; instead: the number, or leave it out',
    ],
    [
      { services: { nginx: { directive: "yes" } } },
      'platform.services["nginx"].directive: given "yes"; allowed: present, absent, unknown; instead: one of these, or leave it out',
    ],
  ])("refuses %j", (platform, message) => {
    expect(validatePlatform(platform).map(formatProblem)).toEqual([message]);
    expect(() =>
      checkBacklog(resolveDeclaration({ services: [{ name: "nginx" }] }), platform as Platform),
    ).toThrow(new RangeError(message));
  });

  it("refuses facts about a service that is not declared, where it is told the names", () => {
    expect(validatePlatform({ services: { ngnix: {} } }, ["nginx"]).map(formatProblem)).toEqual([
      'platform.services["ngnix"]: given "ngnix"; allowed: the name of a declared service; instead: its name in the declaration, or leave it out',
    ]);
  });

  it("says all problems at once, below the path of the caller", () => {
    const found = validatePlatform({ kernel: "six", services: { a: { openFiles: 0 } } }, undefined, "known");
    expect(found.map(({ path }) => path)).toEqual(["known.kernel", 'known.services["a"].openFiles']);
  });

  it("never throws, and prints on one line", () => {
    const anything = fc.anything();
    const near = fc.record(
      {
        kernel: anything,
        environment: anything,
        memoryBytes: anything,
        container: anything,
        services: fc.oneof(anything, fc.dictionary(fc.string({ unit: "binary" }), anything)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, near), (input) => {
        for (const problem of validatePlatform(input)) {
          expect(formatProblem(problem)).toMatch(/^[\x20-\x7e]+$/);
        }
      }),
    );
  });
});

describe("facts about a service", () => {
  it("are looked up by its own name, whatever that is", () => {
    const services = [{ name: "constructor", port: 80, backlog: 4096 }];
    const declaration = resolveDeclaration({ services });
    expect(checkBacklog(declaration, { services: { nginx: { openFiles: 1 } } })).toEqual([]);
    expect(
      checkBacklog(declaration, { services: { constructor: { openFiles: 1 } } }).map(({ rule }) => rule),
    ).toEqual(["open-files-cover-queue"]);
  });
});
