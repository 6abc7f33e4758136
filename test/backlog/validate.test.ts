import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CATALOGUE,
  checkBacklog,
  RELISTEN,
  showGiven,
  resolveDeclaration,
  validateDeclaration,
  type InputProblem,
} from "../../backlog";
import { MAX_SERVICES } from "../../backlog/validate";
import { anyText } from "./support/text";

const SOMAXCONN =
  "an integer from 1 to 2147483647 (connections per listening socket); with 0, every listener of the namespace gets an accept queue of one slot";
const NAME = "1 to 63 letters, digits, dots, dashes and underscores";
const PORT = "an integer from 1 to 65535";
const PATH = "an absolute path of at most 107 letters, digits and . _ @ / -";
const BACKLOG = "an integer from 0 to 2147483647";
const ADDRESS = "an IPv4 or IPv6 address as ss prints it, without a zone";
const UNIT = "a systemd unit name with .service or .socket";
const SERVICES = "a list of 1 to 100 services";
const EXAMPLE = 'services: [{ name: "nginx", port: 80, backlog: 4096 }]';
const SERVICE_FIELDS = "the fields name, software, port, path, address, backlog, unit, relisten";
const SETTING_FIELDS = "the fields somaxconn, tcpMaxSynBacklog, tcpSyncookies, extra";

const WITHOUT_UNIT = CATALOGUE.find(({ units }) => units.length === 0)?.software;
const WITHOUT_PORT = CATALOGUE.find(({ defaultPort }) => defaultPort === undefined)?.software;

/** A good declaration with one service changed: every case below has one thing wrong. */
const api = (changes: Record<string, unknown>) => ({
  services: [{ name: "api", port: 8000, backlog: 1024, ...changes }],
});
/** The same for a service with a Unix socket. */
const unix = (changes: Record<string, unknown>) => ({
  services: [{ name: "api", path: "/run/api.sock", backlog: 1024, ...changes }],
});
const settings = (given: unknown) => ({ services: [{ name: "nginx" }], settings: given });

function problemsOf(input: unknown): readonly InputProblem[] {
  return validateDeclaration(input).problems ?? [];
}

describe("a declaration that can be used", () => {
  it.each<[string, unknown]>([
    ["the smallest one", { services: [{ name: "nginx" }] }],
    ["software by its alias", { services: [{ name: "redis-server" }] }],
    ["software under another name", { services: [{ name: "front", software: "nginx" }] }],
    ["software in capitals", { services: [{ name: "NGINX" }] }],
    ["unknown software with port and backlog", api({})],
    ["the smallest port and backlog", api({ port: 1, backlog: 0 })],
    ["the largest port and backlog", api({ port: 65535, backlog: 2147483647 })],
    ["a Unix socket instead of a port", unix({})],
    ["the longest path of a Unix socket", unix({ path: `/${"x".repeat(106)}` })],
    [
      "a Unix socket of software with a usual port",
      { services: [{ name: "nginx", path: "/run/@a-b_c/n.sock" }] },
    ],
    [
      "a Unix socket of software without a usual port",
      { services: [{ name: WITHOUT_PORT, path: "/run/x.sock" }] },
    ],
    [
      "two Unix sockets beside a port",
      {
        services: [
          { name: "nginx" },
          { name: "a", path: "/a", backlog: 1 },
          { name: "b", path: "/b", backlog: 1 },
        ],
      },
    ],
    ["an IPv4 address", api({ address: "127.0.0.1" })],
    ["an IPv6 address", api({ address: "2001:db8::1" })],
    ["the address of all IPv6", api({ address: "::" })],
    ["an IPv4-mapped address", api({ address: "::ffff:10.0.0.1" })],
    ["a service unit", api({ unit: "api@blue.service" })],
    ["a socket unit", api({ unit: "api.socket" })],
    ["the longest name", api({ name: "a".repeat(63) })],
    ["a name of every kind of character", api({ name: "0A.b_c-d" })],
    ["relisten with the unit of the catalogue", { services: [{ name: "nginx", relisten: "reload" }] }],
    ["relisten with a unit", api({ unit: "api.service", relisten: "restart" })],
    ["relisten none without a unit", api({ relisten: "none" })],
    [
      "one port on two addresses",
      {
        services: [
          { name: "a", port: 80, backlog: 1, address: "127.0.0.1" },
          { name: "b", port: 80, backlog: 1, address: "127.0.0.2" },
        ],
      },
    ],
    [
      "fields that are undefined",
      { services: [{ name: "nginx", port: undefined, unit: undefined }], settings: undefined },
    ],
    ["no settings in settings", settings({})],
    ["the smallest settings", settings({ somaxconn: 1, tcpMaxSynBacklog: 1, tcpSyncookies: 0 })],
    [
      "the largest settings",
      settings({ somaxconn: 2147483647, tcpMaxSynBacklog: 2147483647, tcpSyncookies: 2 }),
    ],
    [
      "other sysctl keys",
      settings({ extra: { "net.ipv4.tcp_fin_timeout": 30, "net.ipv4.tcp_rmem": "4096 87380 6291456" } }),
    ],
    ["as many services as allowed", { services: many(MAX_SERVICES) }],
  ])("%s", (_, input) => {
    const validation = validateDeclaration(input);
    expect(validation.problems).toBeUndefined();
    expect(validation.declaration).toBe(input);
  });
});

function many(count: number) {
  return Array.from({ length: count }, (_, i) => ({ name: `api${i}`, port: 1000 + i, backlog: 1 }));
}

describe("a declaration that cannot be used", () => {
  it.each<[string, unknown, string, string, string, string]>([
    // The whole.
    [
      "nothing",
      undefined,
      "declaration",
      "nothing",
      "an object with services and settings",
      "{ services: [...] }",
    ],
    ["null", null, "declaration", "null", "an object with services and settings", "{ services: [...] }"],
    ["a list", [], "declaration", "[]", "an object with services and settings", "{ services: [...] }"],
    [
      "a string",
      "nginx:80",
      "declaration",
      '"nginx:80"',
      "an object with services and settings",
      "{ services: [...] }",
    ],
    [
      "an unknown field",
      { services: [{ name: "nginx" }], setings: {} },
      "setings",
      "{}",
      "the fields services, settings",
      "leave it out",
    ],
    [
      "a field in capitals",
      { services: [{ name: "nginx" }], Settings: {} },
      "Settings",
      "{}",
      "the fields services, settings",
      "settings",
    ],
    [
      "a hostile field",
      { services: [{ name: "nginx" }], "a\u001b[1m\n": 1 },
      '["a\\u001b[1m\\n"]',
      "1",
      "the fields services, settings",
      "leave it out",
    ],
    // Services.
    ["no services", {}, "services", "nothing", SERVICES, EXAMPLE],
    ["an empty list", { services: [] }, "services", "[]", SERVICES, EXAMPLE],
    [
      "an object instead of a list",
      { services: { name: "nginx" } },
      "services",
      '{"name":"nginx"}',
      SERVICES,
      EXAMPLE,
    ],
    [
      "too many services",
      { services: many(101) },
      "services",
      `${JSON.stringify(many(101)).slice(0, 60)}...`,
      SERVICES,
      EXAMPLE,
    ],
    [
      "a service that is a string",
      { services: ["nginx"] },
      "services[0]",
      '"nginx"',
      "an object with at least a name",
      '{ name: "nginx" }',
    ],
    [
      "a service that is null",
      { services: [null] },
      "services[0]",
      "null",
      "an object with at least a name",
      '{ name: "nginx" }',
    ],
    [
      "an unknown field of a service",
      api({ colour: "red" }),
      "services[0].colour",
      '"red"',
      SERVICE_FIELDS,
      "leave it out",
    ],
    [
      "a misspelt field of a service",
      api({ Back_log: 1 }),
      "services[0].Back_log",
      "1",
      SERVICE_FIELDS,
      "backlog",
    ],
    [
      "a field from the prototype of objects",
      JSON.parse('{"services":[{"name":"nginx","__proto__":1}]}'),
      "services[0].__proto__",
      "1",
      SERVICE_FIELDS,
      "leave it out",
    ],
    // name
    [
      "no name",
      { services: [{ port: 80, backlog: 1 }] },
      "services[0].name",
      "nothing",
      NAME,
      "a name such as nginx",
    ],
    ["an empty name", api({ name: "" }), "services[0].name", '""', NAME, "a name such as nginx"],
    ["a name that is a number", api({ name: 80 }), "services[0].name", "80", NAME, "a name such as nginx"],
    [
      "a name that is too long",
      api({ name: "a".repeat(64) }),
      "services[0].name",
      `"${"a".repeat(59)}...`,
      NAME,
      "a name such as nginx",
    ],
    [
      "a name that begins with a dash",
      api({ name: "-rf" }),
      "services[0].name",
      '"-rf"',
      NAME,
      "a name such as nginx",
    ],
    [
      "a name with a line break",
      api({ name: "api\n@service" }),
      "services[0].name",
      '"api\\n@service"',
      NAME,
      "a name such as nginx",
    ],
    [
      "a name that ends in a line break",
      api({ name: "api\n" }),
      "services[0].name",
      '"api\\n"',
      NAME,
      "a name such as nginx",
    ],
    [
      "a name with a terminal escape",
      api({ name: "\u001b]0;x\u0007" }),
      "services[0].name",
      '"\\u001b]0;x\\u0007"',
      NAME,
      "a name such as nginx",
    ],
    [
      "a name with a look-alike",
      api({ name: "ngin\u0445" }),
      "services[0].name",
      '"ngin\\u0445"',
      NAME,
      "a name such as nginx",
    ],
    [
      "a name with quotes",
      api({ name: "a'; reboot" }),
      "services[0].name",
      '"a\'; reboot"',
      NAME,
      "a name such as nginx",
    ],
    [
      "unknown software that is nearly known",
      { services: [{ name: "ngnix" }] },
      "services[0].name",
      '"ngnix"',
      "a program of the catalogue, or a name with both port and backlog",
      "nginx",
    ],
    [
      "unknown software",
      { services: [{ name: "frobnicator", port: 80 }] },
      "services[0].name",
      '"frobnicator"',
      "a program of the catalogue, or a name with both port and backlog",
      '{ name: "frobnicator", port: 8000, backlog: 1024 }',
    ],
    [
      "a name twice",
      { services: [{ name: "nginx" }, { name: "nginx", port: 81 }] },
      "services[1].name",
      '"nginx"',
      "a name of its own for each service",
      "another one: services[0].name already has it",
    ],
    // software
    [
      "software that is nearly known",
      api({ software: "rediss" }),
      "services[0].software",
      '"rediss"',
      "a program of the catalogue",
      "redis",
    ],
    [
      "software that is unknown",
      api({ software: "frobnicator" }),
      "services[0].software",
      '"frobnicator"',
      "a program of the catalogue",
      "leave it out, and give port and backlog",
    ],
    [
      "software that is a number",
      api({ software: 1 }),
      "services[0].software",
      "1",
      "the name of a server program",
      "nginx",
    ],
    [
      "software that is empty",
      api({ software: "" }),
      "services[0].software",
      '""',
      "the name of a server program",
      "nginx",
    ],
    [
      "software that is null",
      { services: [{ name: "nginx", software: null }] },
      "services[0].software",
      "null",
      "the name of a server program",
      "nginx",
    ],
    // port
    [
      "no port where the software has none",
      { services: [{ name: WITHOUT_PORT }] },
      "services[0].port",
      "nothing",
      PORT,
      "the TCP port it listens on",
    ],
    ["port 0", api({ port: 0 }), "services[0].port", "0", PORT, "80"],
    ["port 65536", api({ port: 65536 }), "services[0].port", "65536", PORT, "80"],
    ["a port with a fraction", api({ port: 80.5 }), "services[0].port", "80.5", PORT, "80"],
    [
      "a port in quotes",
      api({ port: "8080" }),
      "services[0].port",
      '"8080"',
      PORT,
      "the number 8080, without quotes",
    ],
    ["a port out of range in quotes", api({ port: "99999" }), "services[0].port", '"99999"', PORT, "80"],
    ["a port that is null", api({ port: null }), "services[0].port", "null", PORT, "80"],
    [
      "a port and an address twice",
      { services: [{ name: "nginx" }, { name: "apache" }] },
      "services[1].port",
      '"* port 80"',
      "one service for each address and port",
      "another one: services[0].port already has it",
    ],
    // path
    ...[
      "run/api.sock",
      "/",
      "/run/my api.sock",
      "/run/api.sock\n",
      "/run/$(x)",
      `/${"x".repeat(107)}`,
      5,
      null,
      "",
    ].map((path): [string, unknown, string, string, string, string] => [
      `a path that no socket has: ${JSON.stringify(path)}`,
      unix({ path }),
      "services[0].path",
      showGiven(path),
      PATH,
      "/run/php/php-fpm.sock",
    ]),
    [
      "a port and a path",
      unix({ port: 80 }),
      "services[0].port",
      "80",
      "either a port or the path of a Unix socket",
      "leave one of them out",
    ],
    [
      "an address and a path",
      unix({ address: "127.0.0.1" }),
      "services[0].address",
      '"127.0.0.1"',
      "no address: a Unix socket has none",
      "leave it out",
    ],
    [
      "one path twice",
      { services: ["a", "b"].map((name) => ({ name, path: "/run/x.sock", backlog: 1 })) },
      "services[1].path",
      '"/run/x.sock"',
      "one service for each Unix socket",
      "another one: services[0].path already has it",
    ],
    // address
    [
      "an address that is a name",
      api({ address: "localhost" }),
      "services[0].address",
      '"localhost"',
      ADDRESS,
      "127.0.0.1, or leave it out",
    ],
    [
      "an address with a port",
      api({ address: "127.0.0.1:80" }),
      "services[0].address",
      '"127.0.0.1:80"',
      ADDRESS,
      "127.0.0.1, or leave it out",
    ],
    [
      "an address in brackets",
      api({ address: "[::1]" }),
      "services[0].address",
      '"[::1]"',
      ADDRESS,
      "127.0.0.1, or leave it out",
    ],
    [
      "an address with a zone",
      api({ address: "fe80::1%eth0" }),
      "services[0].address",
      '"fe80::1%eth0"',
      ADDRESS,
      "127.0.0.1, or leave it out",
    ],
    [
      "an address in a longer spelling",
      api({ address: "0:0:0:0:0:0:0:1" }),
      "services[0].address",
      '"0:0:0:0:0:0:0:1"',
      ADDRESS,
      "::1",
    ],
    [
      "an address in capitals",
      api({ address: "2001:DB8::1" }),
      "services[0].address",
      '"2001:DB8::1"',
      ADDRESS,
      "2001:db8::1",
    ],
    [
      "an address that is a number",
      api({ address: 1 }),
      "services[0].address",
      "1",
      ADDRESS,
      "127.0.0.1, or leave it out",
    ],
    // backlog
    ["backlog -1", api({ backlog: -1 }), "services[0].backlog", "-1", BACKLOG, "4096"],
    ["backlog -0", api({ backlog: -0 }), "services[0].backlog", "-0", BACKLOG, "4096"],
    [
      "backlog 2147483648",
      api({ backlog: 2147483648 }),
      "services[0].backlog",
      "2147483648",
      BACKLOG,
      "4096",
    ],
    ["a backlog with a fraction", api({ backlog: 1.5 }), "services[0].backlog", "1.5", BACKLOG, "4096"],
    [
      "a backlog in quotes",
      api({ backlog: "16384" }),
      "services[0].backlog",
      '"16384"',
      BACKLOG,
      "the number 16384, without quotes",
    ],
    ["a backlog that is NaN", api({ backlog: NaN }), "services[0].backlog", "NaN", BACKLOG, "4096"],
    ["a backlog that is true", api({ backlog: true }), "services[0].backlog", "true", BACKLOG, "4096"],
    // unit
    ["a unit without its suffix", api({ unit: "api" }), "services[0].unit", '"api"', UNIT, "api.service"],
    [
      "a unit that is an option",
      api({ unit: "--force.service" }),
      "services[0].unit",
      '"--force.service"',
      UNIT,
      "nginx.service",
    ],
    [
      "a unit with a command",
      api({ unit: "a.service; reboot" }),
      "services[0].unit",
      '"a.service; reboot"',
      UNIT,
      "nginx.service",
    ],
    [
      "a unit that is a list",
      api({ unit: ["a.service"] }),
      "services[0].unit",
      '["a.service"]',
      UNIT,
      "nginx.service",
    ],
    // relisten
    [
      "an unknown relisten",
      api({ relisten: "reboot" }),
      "services[0].relisten",
      '"reboot"',
      "restart, reload, none",
      "restart",
    ],
    [
      "a relisten that is true",
      api({ relisten: true }),
      "services[0].relisten",
      "true",
      "restart, reload, none",
      "restart",
    ],
    [
      "relisten without anything to restart",
      api({ relisten: "restart" }),
      "services[0].unit",
      "nothing",
      "the systemd unit to restart",
      "its name, such as api.service",
    ],
    [
      "relisten of software without a unit",
      { services: [{ name: WITHOUT_UNIT, port: 80, relisten: "reload" }] },
      "services[0].unit",
      "nothing",
      "the systemd unit to reload",
      "its name, such as api.service",
    ],
    // settings
    [
      "settings that are a list",
      settings([]),
      "settings",
      "[]",
      "an object",
      "settings: { somaxconn: 4096 }",
    ],
    [
      "settings that are null",
      settings(null),
      "settings",
      "null",
      "an object",
      "settings: { somaxconn: 4096 }",
    ],
    ["an unknown setting", settings({ backlog: 1 }), "settings.backlog", "1", SETTING_FIELDS, "leave it out"],
    [
      "a setting spelt as in the kernel",
      settings({ tcp_syncookies: 1 }),
      "settings.tcp_syncookies",
      "1",
      SETTING_FIELDS,
      "tcpSyncookies",
    ],
    [
      "somaxconn 0",
      settings({ somaxconn: 0 }),
      "settings.somaxconn",
      "0",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "somaxconn -1",
      settings({ somaxconn: -1 }),
      "settings.somaxconn",
      "-1",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "somaxconn 2147483648",
      settings({ somaxconn: 2147483648 }),
      "settings.somaxconn",
      "2147483648",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      'somaxconn "4096"',
      settings({ somaxconn: "4096" }),
      "settings.somaxconn",
      '"4096"',
      SOMAXCONN,
      "the number 4096, without quotes",
    ],
    [
      "somaxconn 1.5",
      settings({ somaxconn: 1.5 }),
      "settings.somaxconn",
      "1.5",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "somaxconn NaN",
      settings({ somaxconn: NaN }),
      "settings.somaxconn",
      "NaN",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "somaxconn Infinity",
      settings({ somaxconn: Infinity }),
      "settings.somaxconn",
      "Infinity",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "somaxconn null",
      settings({ somaxconn: null }),
      "settings.somaxconn",
      "null",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "somaxconn as a bigint",
      settings({ somaxconn: 4096n }),
      "settings.somaxconn",
      "4096",
      SOMAXCONN,
      "4096, or the largest declared backlog",
    ],
    [
      "extra that is a list",
      settings({ extra: ["a"] }),
      "settings.extra",
      '["a"]',
      "an object of sysctl keys",
      '{ "net.ipv4.tcp_fin_timeout": 30 }',
    ],
  ])("%s", (_, input, path, given, allowed, fix) => {
    expect(problemsOf(input)).toEqual([{ path, given, allowed, fix }]);
  });

  it("refuses a sysctl key that has a setting of its own, and one that runs programs", () => {
    const [own, program, more] = problemsOf(
      settings({
        extra: { "net.core.somaxconn": 1, "kernel.core_pattern": "|/bin/sh", "net.ipv4.tcp_x": "a\nb = c" },
      }),
    );
    expect(own).toMatchObject({ path: 'settings.extra["net.core.somaxconn"]', fix: "settings.somaxconn" });
    expect(program).toMatchObject({
      path: 'settings.extra["kernel.core_pattern"]',
      given: '"kernel.core_pattern"',
    });
    expect(more).toMatchObject({ path: 'settings.extra["net.ipv4.tcp_x"]', given: '"a\\nb = c"' });
  });

  it("names every problem at once, in the order of the input", () => {
    const problems = problemsOf({
      servces: 1,
      services: [
        { name: "a b", port: "x", backlog: -1, address: 1, unit: 2, relisten: 3, extra: 4 },
        { name: "nginx" },
        7,
      ],
      settings: { somaxconn: 0, tcpMaxSynBacklog: 0, tcpSyncookies: 3, extra: { "kernel.panic": 1 } },
    });
    expect(problems.map(({ path }) => path)).toEqual([
      "servces",
      "services[0].extra",
      "services[0].name",
      "services[0].port",
      "services[0].address",
      "services[0].backlog",
      "services[0].unit",
      "services[0].relisten",
      "services[2]",
      "settings.somaxconn",
      "settings.tcpMaxSynBacklog",
      "settings.tcpSyncookies",
      'settings.extra["kernel.panic"]',
    ]);
  });
});

describe("any input", () => {
  const word = fc.oneof(
    fc.constantFrom("nginx", "redis", "node", "haproxy", "go", "api", "", "a b", "net.core.somaxconn", "::1"),
    anyText({ maxLength: 70 }),
  );
  const number = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, 1, 80, 4096, 65535, 2147483647, 2147483648),
  );
  const field = fc.oneof(word, number, fc.jsonValue(), fc.constant(undefined));
  const near = fc.record(
    {
      services: fc.oneof(
        field,
        fc.array(
          fc.oneof(
            field,
            fc.record(
              {
                name: field,
                software: field,
                port: field,
                address: field,
                backlog: field,
                unit: field,
                relisten: fc.oneof(field, fc.constantFrom(...RELISTEN)),
              },
              { requiredKeys: [] },
            ),
          ),
          { maxLength: 4 },
        ),
      ),
      settings: fc.oneof(
        field,
        fc.record(
          {
            somaxconn: field,
            tcpMaxSynBacklog: field,
            tcpSyncookies: field,
            extra: fc.dictionary(word, field),
          },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: [] },
  );

  it("is judged without an exception, in printable ASCII, and is either accepted or has problems", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything(), near), (input) => {
        const { declaration, problems } = validateDeclaration(input);
        expect(declaration === undefined).toBe(problems !== undefined && problems.length > 0);
        for (const problem of problems ?? []) {
          expect(Object.values(problem).join(" ")).toMatch(/^[\x20-\x7e]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
  const usable = fc
    .record(
      {
        services: fc.uniqueArray(
          fc.record(
            {
              name: fc.oneof(name, fc.constantFrom("nginx", "redis", "node", "go", "sshd")),
              software: fc.constantFrom("nginx", "memcached", "systemd-socket"),
              port: fc.integer({ min: 1, max: 65535 }),
              address: fc.oneof(fc.ipV4(), fc.constantFrom("::", "::1")),
              backlog: fc.nat({ max: 2147483647 }),
              unit: fc.constantFrom("api.service", "api@1.socket"),
              relisten: fc.constantFrom(...RELISTEN),
            },
            { requiredKeys: ["name", "port", "backlog"] },
          ),
          { minLength: 1, maxLength: 8, selector: ({ name }) => name },
        ),
        settings: fc.record(
          {
            somaxconn: fc.integer({ min: 1, max: 2147483647 }),
            tcpMaxSynBacklog: fc.integer({ min: 1, max: 2147483647 }),
            tcpSyncookies: fc.integer({ min: 0, max: 2 }),
            extra: fc.dictionary(fc.constantFrom("net.ipv4.tcp_fin_timeout", "vm.swappiness"), fc.nat()),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["services"] },
    )
    .map((input) => validateDeclaration(input).declaration);

  it("that is accepted can be resolved and checked, with every number in its range", () => {
    let accepted = 0;
    fc.assert(
      fc.property(usable, (declaration) => {
        if (declaration === undefined) {
          return;
        }
        accepted++;
        const resolved = resolveDeclaration(declaration);
        expect(resolved.services.map((service) => service.name)).toEqual(
          declaration.services.map(({ name }) => name),
        );
        for (const { port, backlog } of resolved.services) {
          expect(port).toSatisfy((number) => Number.isInteger(number) && number >= 1 && number <= 65535);
          expect(Number.isInteger(backlog) && backlog >= 0 && backlog <= 2147483647).toBe(true);
        }
        const covers = resolved.services.every(({ backlog }) => backlog <= resolved.somaxconn);
        expect(checkBacklog(resolved).filter(({ rule }) => rule === "somaxconn-covers-backlog")).toHaveLength(
          covers ? 0 : resolved.services.filter(({ backlog }) => backlog > resolved.somaxconn).length,
        );
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
