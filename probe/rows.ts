import { parseReport, type ProbeReport } from "./report";

/** One line of the report for people: a declared service on its server. It holds if its sockets and all settings do. */
export interface ReportRow {
  readonly server: string;
  readonly service: string;
  readonly port: number;
  /** Declared backlog. */
  readonly declared: number;
  readonly somaxconnWanted: number | null;
  readonly somaxconnLive: number | null;
  /** What the next boot sets. */
  readonly somaxconnPersisted: number | null;
  /** Effective backlog of each socket, as `ss` shows it. */
  readonly effective: readonly number[];
  readonly verdict: "as declared" | "not as declared";
}

/** The rows of one report, given as text or parsed. */
export function reportRows(report: string | ProbeReport): ReportRow[] {
  const { host, settings, services } = typeof report === "string" ? parseReport(report) : report;
  const somaxconn = settings.find(({ key }) => key === "net.core.somaxconn");
  return services.map(({ name, port, wanted, sockets, holds }) => ({
    server: host,
    service: name,
    port,
    declared: wanted,
    somaxconnWanted: numberOrNull(somaxconn?.wanted),
    somaxconnLive: numberOrNull(somaxconn?.live),
    somaxconnPersisted: numberOrNull(somaxconn?.persisted),
    effective: sockets.map(({ sendQ }) => sendQ),
    verdict:
      holds && somaxconn !== undefined && settings.every((setting) => setting.holds)
        ? "as declared"
        : "not as declared",
  }));
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined || !/^\d+$/.test(text) ? null : Number(text);
}
