import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseReport, ReportError, reportRows, REPORT_SCHEMA, type ProbeReport } from "../../probe";

/** A good report: every case below changes one thing. */
const GOOD = {
  schema: REPORT_SCHEMA,
  host: "web",
  verdict: "not-as-declared",
  mode: "exact",
  kernel: "6.1.0",
  cloudInit: "done",
  settings: [
    {
      key: "net.core.somaxconn",
      wanted: "4096",
      live: "128",
      sysctl: "128",
      persisted: "4096",
      file: "/etc/sysctl.d/99-zz-listen-backlog.conf",
      line: 2,
      holds: false,
    },
  ],
  services: [
    {
      name: "nginx",
      port: 80,
      wanted: 4096,
      holds: true,
      sockets: [
        { local: "0.0.0.0:80", recvQ: 0, sendQ: 4096 },
        { local: "[::]:80", recvQ: 3, sendQ: 4096 },
      ],
    },
    { name: "api", port: 8000, wanted: 1024, holds: false, sockets: [] },
  ],
  findings: [
    { rule: "live-setting", severity: "error", subject: "a", wanted: "b", got: "c", cause: "d", fix: "e" },
  ],
  unseen: ["/etc/sysctl.d/x.conf: this user may not read it"],
};
const AS_DECLARED = { ...GOOD, verdict: "as-declared", findings: [] };
const text = (document: unknown) => `a line for people\n${JSON.stringify(document)}\n`;

/** A setting that no file sets has no line; a host without `ss` shows no effective backlog. */
const NULLABLE = /^settings\.\d+\.(?:line|holds)$|^services\.\d+\.(?:holds|sockets\.\d+\.(?:recvQ|sendQ))$/;

/** Every path to a value in a document. */
function paths(value: unknown, above: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const here = above.length === 0 ? [] : [above];
  if (typeof value !== "object" || value === null) {
    return here;
  }
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [...here, ...entries.flatMap(([key, inner]) => paths(inner, [...above, key]))];
}

/** A copy with the value at a path replaced; removed where there is none to replace it with. */
function changed(path: readonly (string | number)[], replacement: unknown): unknown {
  const copy = structuredClone(GOOD) as unknown;
  let inner = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) {
    inner = inner[key] as Record<string | number, unknown>;
  }
  inner[path.at(-1) ?? ""] = replacement;
  return copy;
}

describe("parseReport", () => {
  it("gives back a good report as it is", () => {
    expect(parseReport(text(GOOD))).toEqual(GOOD);
    expect(parseReport(text(AS_DECLARED))).toEqual(AS_DECLARED);
    expect(parseReport(text(changed(["settings", 0, "line"], null)))).toEqual(
      changed(["settings", 0, "line"], null),
    );
  });

  it("does not mind what a login prints before it", () => {
    expect(parseReport(`Welcome!\n\n${text(GOOD)}more\n`)).toEqual(GOOD);
  });

  it("does not mind JSON that something else prints", () => {
    const log = '{"level":"info","schema":"motd/1"}\n{"half":\n';
    expect(parseReport(`${log}${text(GOOD)}${log}`)).toEqual(GOOD);
  });

  it("believes none of two reports, of which one is of yesterday", () => {
    const twice = "the host sent a report more than once; look at what its shell prints at each login";
    expect(() => parseReport(`${text(AS_DECLARED)}${text(GOOD)}`)).toThrow(new ReportError(twice));
    expect(() => parseReport(`${text(GOOD)}${text(AS_DECLARED)}`)).toThrow(new ReportError(twice));
    const cut = text(GOOD).slice(0, -20);
    expect(() => parseReport(`${text(AS_DECLARED)}${cut}`)).toThrow(
      new ReportError("the host sent a report that is not whole; it may have been cut short"),
    );
  });

  it.each([
    [
      "nothing",
      "",
      "the host sent no report; the script may have been cut short, or what its shell runs at each login takes its place",
    ],
    [
      "a line for people alone",
      "as declared: web\n",
      "the host sent no report; the script may have been cut short, or what its shell runs at each login takes its place",
    ],
    [
      "half a report",
      text(GOOD).slice(0, -20),
      "the host sent a report that is not whole; it may have been cut short",
    ],
    [
      "another schema",
      text({ ...GOOD, schema: "listen-backlog-report/2" }),
      "the host sent a report of another schema; this version reads listen-backlog-report/1",
    ],
    [
      "no schema",
      "{}",
      "the host sent no report; the script may have been cut short, or what its shell runs at each login takes its place",
    ],
    [
      "that it could not look",
      text({ schema: REPORT_SCHEMA, host: "web", verdict: "unknown", reason: "ss is not installed here" }),
      "ss is not installed here",
    ],
    [
      "that it could not look, without a reason",
      text({ schema: REPORT_SCHEMA, verdict: "unknown" }),
      "the probe could not look",
    ],
    [
      "that it could not look, for a hostile reason",
      text({ schema: REPORT_SCHEMA, verdict: "unknown", reason: "\u001b[2J" }),
      "the probe could not look",
    ],
  ])("says what came instead: %s", (_, output, message) => {
    expect(() => parseReport(output)).toThrow(new ReportError(message));
  });

  const MALFORMED = new ReportError("the host sent a report with a field missing or of another type");

  it("refuses a report where any one field is missing or of another type", () => {
    const all = paths(GOOD).filter((path) => path[0] !== "schema");
    expect(all.length).toBeGreaterThan(45);
    for (const path of all) {
      for (const replacement of [undefined, null, {}, "\u001b[31m", -1, 1.5, [[]]]) {
        if (replacement === null && NULLABLE.test(path.join("."))) {
          continue; // null is what the host does not say.
        }
        expect(
          () => parseReport(text(changed(path, replacement))),
          `${path.join(".")} = ${JSON.stringify(replacement)}`,
        ).toThrow(MALFORMED);
      }
    }
  });

  it.each([
    ["a number that JSON reads as Infinity", text(GOOD).replace('"sendQ":4096', '"sendQ":1e999')],
    ["another verdict", text({ ...GOOD, verdict: "fine" })],
    ["another mode", text({ ...GOOD, mode: "strict" })],
    ["another severity", text(changed(["findings", 0, "severity"], "fatal"))],
    ["a good verdict with findings", text({ ...GOOD, verdict: "as-declared" })],
    ["a bad verdict without findings", text({ ...GOOD, findings: [] })],
  ])("refuses %s", (_, output) => {
    expect(() => parseReport(output)).toThrow(MALFORMED);
  });

  it("never throws anything but a ReportError", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `{"schema":"${REPORT_SCHEMA}","settings":${json}}`),
        ),
        (output) => {
          expect(() => parseReport(output)).toThrow(ReportError);
        },
      ),
    );
  });
});

describe("reportRows", () => {
  it("has a row for each declared service", () => {
    const somaxconn = { somaxconnWanted: 4096, somaxconnLive: 128, somaxconnPersisted: 4096 };
    const rows = [
      {
        server: "web",
        service: "nginx",
        port: 80,
        declared: 4096,
        ...somaxconn,
        effective: [4096, 4096],
        verdict: "not as declared",
      },
      {
        server: "web",
        service: "api",
        port: 8000,
        declared: 1024,
        ...somaxconn,
        effective: [],
        verdict: "not as declared",
      },
    ];
    expect(reportRows(text(GOOD))).toEqual(rows);
    expect(reportRows(GOOD as ProbeReport)).toEqual(rows);
  });

  it("is as declared where the socket and somaxconn both hold", () => {
    const good = {
      ...AS_DECLARED,
      settings: GOOD.settings.map((setting) => ({ ...setting, live: "4096", holds: true })),
    };
    expect(reportRows(text(good)).map(({ verdict }) => verdict)).toEqual(["as declared", "not as declared"]);
  });

  it("knows no number where the host has none", () => {
    const none = {
      ...GOOD,
      settings: GOOD.settings.map((setting) => ({ ...setting, live: "", persisted: "x" })),
    };
    expect(reportRows(text(none))[0]).toMatchObject({
      somaxconnLive: null,
      somaxconnPersisted: null,
      somaxconnWanted: 4096,
    });
    expect(reportRows(text({ ...GOOD, settings: [] }))[0]).toMatchObject({
      somaxconnWanted: null,
      verdict: "not as declared",
    });
  });

  it("refuses text that is no report", () => {
    expect(() => reportRows("{}")).toThrow(ReportError);
  });
});
