import type { ReportRow } from "../probe";

const HEADINGS = [
  "server",
  "service",
  "port",
  "declared",
  "somaxconn wanted/live/persisted",
  "effective (Send-Q)",
  "verdict",
] as const;

/** The report as a table for people. */
export function renderReport(rows: readonly ReportRow[]): string {
  return renderTable([HEADINGS, ...rows.map(cells)]);
}

function cells(row: ReportRow): string[] {
  const known = (value: number | null) => (value === null ? "-" : String(value));
  return [
    row.server,
    row.service,
    row.path ?? String(row.port),
    String(row.declared),
    [row.somaxconnWanted, row.somaxconnLive, row.somaxconnPersisted].map(known).join(" / "),
    row.effective.length === 0 ? "nothing listens" : [...new Set(row.effective)].join(", "),
    row.verdict,
  ];
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
