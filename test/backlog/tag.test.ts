import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseServicesTag, SERVICES_TAG, validateDeclaration, type ServiceDeclaration } from "../../backlog";
import { anyText } from "./support/text";

describe("the tag of services", () => {
  it("has the name that users write", () => {
    expect(SERVICES_TAG).toBe("listen-backlog:services");
  });

  it.each<[string, ServiceDeclaration[]]>([
    ["redis", [{ name: "redis" }]],
    ["redis:6379", [{ name: "redis", port: 6379 }]],
    ["nginx:80:4096", [{ name: "nginx", port: 80, backlog: 4096 }]],
    [
      "nginx:80:4096, redis:6379",
      [
        { name: "nginx", port: 80, backlog: 4096 },
        { name: "redis", port: 6379 },
      ],
    ],
    [
      "nginx:80:4096 redis:6379",
      [
        { name: "nginx", port: 80, backlog: 4096 },
        { name: "redis", port: 6379 },
      ],
    ],
    ["nginx:80:4096\t redis\n,php-fpm", [{ name: "nginx", port: 80, backlog: 4096 }, { name: "redis" }, { name: "php-fpm" }]], // prettier-ignore
    ["  nginx:80:0 ,\tredis  ", [{ name: "nginx", port: 80, backlog: 0 }, { name: "redis" }]],
    ["my-api_2.x:8000:2147483647", [{ name: "my-api_2.x", port: 8000, backlog: 2147483647 }]],
  ])("%s", (tag, services) => {
    expect(parseServicesTag(tag)).toEqual({ services });
  });

  it.each([
    ["empty", "", '""'],
    ["only a comma", ",", '""'],
    ["a comma too many", "redis,", '""'],
    ["a space before a port", "nginx :80", '":80"'],
    ["a space behind a colon", "nginx: 80", '"nginx:"'],
    ["no name", ":80:4096", '":80:4096"'],
    ["a field too many", "nginx:80:4096:1", '"nginx:80:4096:1"'],
    ["an empty port", "nginx::4096", '"nginx::4096"'],
    ["a port that is no number", "nginx:http", '"nginx:http"'],
    ["a negative backlog", "nginx:80:-1", '"nginx:80:-1"'],
    ["a fraction", "nginx:80:1.5", '"nginx:80:1.5"'],
    ["a number of eleven digits", "nginx:80:40960000000", '"nginx:80:40960000000"'],
    ["a number in full-width digits", "nginx:\uff18\uff10", '"nginx:\\uff18\\uff10"'],
    ["a terminal escape", "\u001b[2J:a", '"\\u001b[2J:a"'],
  ])("refuses a tag with %s", (_, tag, given) => {
    const { problems } = parseServicesTag(tag);
    expect(problems).toContainEqual({
      path: SERVICES_TAG,
      given,
      allowed: "name[:port[:backlog]], separated by spaces or commas",
      fix: "nginx:80:4096 redis:6379",
    });
  });

  it.each([
    ["unknown software", "ngnix:80", "services[0].name", '"ngnix"', "nginx"],
    ["port 0", "nginx:0:1", "services[0].port", "0", "80"],
    ["a port that is too large", "nginx:65536:1", "services[0].port", "65536", "80"],
    ["a backlog that is too large", "nginx:80:2147483648", "services[0].backlog", "2147483648", "4096"],
    ["a hostile name", "a\u0007b:80:1", "services[0].name", '"a\\u0007b"', "a name such as nginx"],
    [
      "a name twice",
      "nginx:80:1,nginx:81:1",
      "services[1].name",
      '"nginx"',
      "another name, with a port and a backlog of its own, such as web-tls:443:4096",
    ],
  ])("refuses a tag with %s", (_, tag, path, given, fix) => {
    expect(parseServicesTag(tag).problems).toEqual([expect.objectContaining({ path, given, fix })]);
  });

  it("says what to type in the words of a tag", () => {
    expect(parseServicesTag("frobnicator:80").problems).toEqual([
      {
        path: "services[0].name",
        given: '"frobnicator"',
        allowed: "a program of the catalogue, or a name with both port and backlog",
        fix: "name:port:backlog, such as api:8000:1024",
      },
    ]);
  });

  it("never throws, and accepts only what a declaration may be", () => {
    const piece = fc.oneof(fc.constantFrom("nginx", "redis", ":", ",", "80", "4096", " "), anyText());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { services, problems } = parseServicesTag(pieces.join(""));
        if (services === undefined) {
          expect(problems.length).toBeGreaterThan(0);
        } else {
          expect(validateDeclaration({ services }).problems).toBeUndefined();
        }
      }),
    );
  });
});

describe("two services on one port", () => {
  it("are one too many in a network namespace, and none where they may have several", () => {
    const tag = "nginx:80, api:80:1024";
    expect(parseServicesTag(tag).problems).toEqual([
      expect.objectContaining({
        allowed: "one service for each address and port",
        fix: "another port for one of the two, such as web-tls:443:4096",
      }),
    ]);
    expect(parseServicesTag(tag, { inSeveralNamespaces: true }).services).toEqual([
      { name: "nginx", port: 80 },
      { name: "api", port: 80, backlog: 1024 },
    ]);
  });

  it("need names of their own all the same", () => {
    expect(parseServicesTag("nginx:80, nginx:81", { inSeveralNamespaces: true }).problems).toHaveLength(1);
  });
});
