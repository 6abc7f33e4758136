import { describe, expect, it } from "vitest";
import { resolveDeclaration, type BacklogDeclaration } from "../../backlog";
import {
  judge,
  REPORT_SCHEMA,
  type ProbeReport,
  type ReportedService,
  type ReportedSetting,
  type ReportedSocket,
} from "../../probe";

const NGINX: BacklogDeclaration = { services: [{ name: "nginx", backlog: 4096 }] };
const SOCKET: ReportedSocket = { local: "0.0.0.0:80", recvQ: 0, sendQ: 4096, openFiles: 65536 };

/** The report of a host that is as {@link NGINX} declares it. */
function reportOf(
  changes: Partial<ProbeReport> = {},
  sockets: readonly ReportedSocket[] = [SOCKET],
): ProbeReport {
  return {
    schema: REPORT_SCHEMA,
    host: "web",
    verdict: "as-declared",
    mode: "exact",
    kernel: "6.1.0-18-amd64",
    cloudInit: "done",
    settings: [settingOf()],
    services: [serviceOf({ sockets })],
    findings: [],
    unseen: [],
    ...changes,
  };
}

function settingOf(changes: Partial<ReportedSetting> = {}): ReportedSetting {
  return {
    key: "net.core.somaxconn",
    wanted: "4096",
    live: "4096",
    sysctl: "4096",
    persisted: "4096",
    file: "/etc/sysctl.d/99-zz-listen-backlog.conf",
    line: 1,
    holds: true,
    ...changes,
  };
}

function socketOf(sendQ: number | null): ReportedSocket {
  return { ...SOCKET, sendQ };
}

function serviceOf(changes: Partial<ReportedService> = {}): ReportedService {
  return { name: "nginx", port: 80, wanted: 4096, holds: true, sockets: [SOCKET], ...changes };
}

function judged(report: ProbeReport, declaration = NGINX) {
  return judge(resolveDeclaration(declaration), report).findings.map(
    ({ rule, severity, subject, got }) => `${severity} ${rule}: ${subject}: ${got}`,
  );
}

describe("judge", () => {
  it("has nothing to say of a host that is as declared", () => {
    expect(judge(resolveDeclaration(NGINX), reportOf())).toEqual({ verdict: "as-declared", findings: [] });
    const declaration = { services: [{ name: "nginx", backlog: 4096, address: "127.0.0.1" }] };
    const report = reportOf({ services: [serviceOf({ address: "127.0.0.1" })] });
    expect(judge(resolveDeclaration(declaration), report).verdict).toBe("as-declared");
  });

  it("gives the findings of the host as they are, then what it notes", () => {
    const finding = {
      rule: "effective-backlog",
      severity: "error",
      subject: "nginx on 0.0.0.0:80",
      wanted: "4096",
      got: "511",
      cause: "c",
      fix: "f",
    } as const;
    const note = {
      ...finding,
      rule: "cloud-init-succeeded",
      severity: "warning",
      subject: "cloud-init",
    } as const;
    const info = { ...note, rule: "service-has-one-place", severity: "info" } as const;
    const report = reportOf({
      verdict: "not-as-declared",
      findings: [finding],
      notes: [info, note],
      services: [serviceOf({ holds: false })],
    });
    expect(judge(resolveDeclaration(NGINX), report)).toEqual({
      verdict: "not-as-declared",
      findings: [finding, note, info],
    });
  });

  it("says a cause once, however often it was found", () => {
    const finding = {
      rule: "effective-backlog",
      severity: "error",
      subject: "nginx on 0.0.0.0:80",
      wanted: "4096",
      got: "511",
      cause: "c",
      fix: "f",
    } as const;
    const report = reportOf({ verdict: "not-as-declared", findings: [finding, { ...finding }] });
    expect(judge(resolveDeclaration(NGINX), report).findings).toEqual([finding]);
  });

  it.each<[string, Partial<ProbeReport>, BacklogDeclaration, string[]]>([
    [
      "a service that nobody looked for",
      {},
      { services: [...NGINX.services, { name: "redis" }] },
      ["redis: no look at it"],
    ],
    [
      "another backlog",
      {},
      { services: [{ name: "nginx", backlog: 2048 }] },
      ["nginx: a look for 4096 on port 80"],
    ],
    [
      "another port",
      {},
      { services: [{ name: "nginx", backlog: 4096, port: 8080 }] },
      ["nginx: a look for 4096 on port 80"],
    ],
    [
      "a Unix socket",
      {},
      { services: [{ name: "nginx", backlog: 4096, path: "/run/x.sock" }] },
      ["nginx: a look for 4096 on port 80"],
    ],
    [
      "one address of the port",
      {},
      { services: [{ name: "nginx", backlog: 4096, address: "127.0.0.1" }] },
      ["nginx: a look for 4096 on port 80"],
    ],
    [
      "every address of the port",
      { services: [serviceOf({ address: "127.0.0.1" })] },
      NGINX,
      ["nginx: a look for 4096 on port 80 of 127.0.0.1"],
    ],
    [
      "another somaxconn",
      {},
      { ...NGINX, settings: { somaxconn: 8192 } },
      ["net.core.somaxconn: a look for 4096"],
    ],
    [
      "a setting that nobody looked for",
      {},
      { ...NGINX, settings: { tcpSyncookies: 1 } },
      ["net.ipv4.tcp_syncookies: no look at it"],
    ],
  ])("finds that the report is for another declaration: %s", (_, changes, declaration, expected) => {
    const { verdict, findings: all } = judge(resolveDeclaration(declaration), reportOf(changes));
    expect(verdict).toBe("not-as-declared");
    const found = all.filter(({ rule }) => rule === "report-answers-declaration");
    expect(found.map(({ subject, got }) => `${subject}: ${got}`)).toEqual(expected);
    expect(found.every(({ severity }) => severity === "error")).toBe(true);
    expect(all.slice(0, found.length)).toEqual(found);
  });

  it("does not believe that all is well where the same report says of a part that it is not", () => {
    for (const holds of [false, null]) {
      for (const report of [
        reportOf({ services: [serviceOf({ holds })] }),
        reportOf({ settings: [settingOf({ holds })] }),
      ]) {
        const { verdict, findings } = judge(resolveDeclaration(NGINX), report);
        expect(verdict).toBe("not-as-declared");
        expect(findings).toMatchObject([
          { rule: "report-answers-declaration", severity: "error", got: "a verdict that this contradicts" },
        ]);
      }
    }
  });

  it.each<[string, Partial<ProbeReport>]>([
    ["a service without a socket", { services: [serviceOf({ sockets: [] })] }],
    ["a smaller effective backlog", { services: [serviceOf({ sockets: [socketOf(4096), socketOf(4095)] })] }],
    ["a larger one than exactly this", { services: [serviceOf({ sockets: [socketOf(4097)] })] }],
    ["one that nobody saw", { services: [serviceOf({ sockets: [socketOf(null)] })] }],
    ["another live value", { settings: [settingOf({ live: "128" })] }],
    ["another persisted value", { settings: [settingOf({ persisted: "" })] }],
  ])("does not believe that all is well of a report that shows %s", (_, changes) => {
    expect(judge(resolveDeclaration(NGINX), reportOf(changes))).toMatchObject({
      verdict: "not-as-declared",
      findings: [
        { rule: "report-answers-declaration", severity: "error", got: "a verdict that this contradicts" },
      ],
    });
  });

  it("takes more than declared for right where at least that was asked for, and sockets that were left out", () => {
    const more = reportOf({
      mode: "at-least",
      settings: [settingOf({ live: "18446744073709551615", persisted: "8192" })],
      services: [serviceOf({ sockets: [socketOf(8192)] })],
    });
    expect(judge(resolveDeclaration(NGINX), more, "at-least").verdict).toBe("as-declared");
    const cut = reportOf({ services: [serviceOf({ sockets: [], socketsOmitted: 3 })] });
    expect(judge(resolveDeclaration(NGINX), cut, "exact").verdict).toBe("as-declared");
  });

  it.each(["exact", "at-least"] as const)(
    "finds that the report is of a look in another mode than %s",
    (mode) => {
      const other = mode === "exact" ? "at-least" : "exact";
      expect(judge(resolveDeclaration(NGINX), reportOf({ mode: other }), mode)).toMatchObject({
        verdict: "not-as-declared",
        findings: [
          {
            rule: "report-answers-declaration",
            subject: "the report",
            wanted: `a look in mode ${mode}`,
            got: `one in mode ${other}`,
          },
        ],
      });
      expect(judge(resolveDeclaration(NGINX), reportOf({ mode }), mode).verdict).toBe("as-declared");
    },
  );

  it("finds that the report is of another schema", () => {
    const other = { ...reportOf(), schema: "listen-backlog-report/2" } as unknown as ProbeReport;
    expect(judged(other)[0]).toBe(
      "error report-answers-declaration: the report: schema listen-backlog-report/2",
    );
  });

  it("does not take for missing what a report left out to stay short", () => {
    const omitted = { findings: 0, notes: 0, settings: 1, services: 1, sockets: 0, namespaces: 0, unseen: 0 };
    expect(judged(reportOf({ services: [], settings: [], omitted }))).toEqual([]);
  });

  it("finds a limit of open files that is below the queue", () => {
    const report = reportOf({}, [SOCKET, { ...SOCKET, local: "[::]:80", openFiles: 1024 }]);
    expect(judged(report)).toEqual(["warning open-files-cover-queue: nginx: 1024"]);
    expect(judged(reportOf({}, [{ ...SOCKET, openFiles: 0 }]))).toEqual([]);
  });

  it("finds what an old kernel makes of a backlog", () => {
    const declaration = { services: [{ name: "nginx", backlog: 65537 }] };
    const wanted = { wanted: 65537, sockets: [{ ...SOCKET, sendQ: 65537, openFiles: 1048576 }] };
    const settings = [settingOf({ wanted: "65537", live: "65537", persisted: "65537" })];
    const old = reportOf({ kernel: "3.10.0-1160.el7.x86_64", services: [serviceOf(wanted)], settings });
    expect(judged(old, declaration)[0]).toBe("error backlog-fits-16-bits: nginx: 65537");
    // On a kernel of today the same declaration only costs memory: its author has heard so before any host was looked at.
    expect(judged({ ...old, kernel: "6.1.0" }, declaration)).toEqual([]);
    expect(judged({ ...old, kernel: "strange" }, declaration)).toEqual([]);
  });

  it("says why a container cuts a backlog only where the host has not said so", () => {
    const namespaces = [
      { namespace: "host", somaxconn: 4096, counters: {} },
      { namespace: "4026532281", pid: 7, somaxconn: 200, counters: {} },
    ];
    const inside = { ...SOCKET, namespace: "4026532281" };
    const wrong = serviceOf({ holds: false, sockets: [{ ...inside, sendQ: 200 }] });
    const finding = {
      rule: "effective-backlog",
      severity: "error",
      subject: "nginx on 0.0.0.0:80 in network namespace 4026532281",
      wanted: "4096",
      got: "200",
      cause: "c",
      fix: "f",
    } as const;
    const cut = reportOf({ verdict: "not-as-declared", findings: [finding], services: [wrong], namespaces });
    expect(judged(cut)).toEqual([`error effective-backlog: ${finding.subject}: 200`]);
    // Listening since before it was lowered: well for now, not after the next restart.
    const early = reportOf({ namespaces }, [inside]);
    expect(judged(early)).toEqual(["error container-has-own-somaxconn: nginx: 200"]);
    // Also on the host, where the declared settings reach it.
    expect(judged(reportOf({ namespaces }, [inside, SOCKET]))).toEqual([]);
  });

  it("takes services by any name", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"]) {
      const declaration = { services: [{ name, port: 80, backlog: 4096 }] };
      expect(judged(reportOf({ services: [serviceOf({ name })] }), declaration)).toEqual([]);
    }
  });
});
