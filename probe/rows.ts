import { parseReport } from "./parse-report";
import type { ProbeReport } from "./report";

/** One line of the report for people: a declared service on its server. It holds if its sockets and all settings do. */
export interface ReportRow {
  readonly server: string;
  readonly service: string;
  /** null for a Unix socket. */
  readonly port: number | null;
  /** The path of a Unix socket. */
  readonly path?: string;
  /** Declared backlog. */
  readonly declared: number;
  readonly somaxconnWanted: number | null;
  readonly somaxconnLive: number | null;
  /** What the next boot sets. */
  readonly somaxconnPersisted: number | null;
  /** Effective backlog of each socket, as `ss` shows it; without those that the host does not show. */
  readonly effective: readonly number[];
  readonly verdict: "as declared" | "not as declared";
}

/** The rows of one report, given as text or parsed. */
export function reportRows(report: string | ProbeReport): ReportRow[] {
  const { host, settings, services } = typeof report === "string" ? parseReport(report) : report;
  const somaxconn = settings.find(({ key }) => key === "net.core.somaxconn");
  return services.map(({ name, port, path, wanted, sockets, holds }) => ({
    server: host,
    service: name,
    port,
    ...(path !== undefined && { path }),
    declared: wanted,
    somaxconnWanted: numberOrNull(somaxconn?.wanted),
    somaxconnLive: numberOrNull(somaxconn?.live),
    somaxconnPersisted: numberOrNull(somaxconn?.persisted),
    effective: sockets.flatMap(({ sendQ }) => sendQ ?? []),
    verdict:
      holds === true && somaxconn !== undefined && settings.every((setting) => setting.holds === true)
        ? "as declared"
        : "not as declared",
  }));
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined || !/^\d+$/.test(text) ? null : Number(text);
}
