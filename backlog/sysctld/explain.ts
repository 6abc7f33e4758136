import type { Loser, Origin } from "./merge";

/** `/etc/sysctl.conf:3 (via /etc/sysctl.d/99-sysctl.conf)`: how a line is named to people. */
export function formatOrigin(origin: {
  readonly file: string;
  readonly line?: number;
  readonly via?: string;
}): string {
  const place = origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
  return origin.via === undefined ? place : `${place} (via ${origin.via})`;
}

/** Why a line has no effect, as one sentence without the line itself. */
export function explainLoss(loser: Pick<Loser, "why" | "by"> & Pick<Origin, "file">): string {
  const by = loser.by === undefined ? "another line" : formatOrigin(loser.by);
  switch (loser.why) {
    case "overwritten":
      return `${by} sets the key again, later.`;
    case "explicit-key":
      return `${by} names the key itself, which takes it away from every glob.`;
    case "excluded":
      return `${by} excludes the key.`;
    case "masked":
      return `${by} has the same name in a directory of higher precedence and replaces the whole file.`;
    case "not-conf":
      return "The name of the file does not end in .conf.";
    case "hidden":
      return "The name of the file begins with a dot, and systemd does not see such files.";
    case "not-read":
      return `Nothing reads ${loser.file} here.`;
    case "no-such-key":
      return "The host has no such key.";
    case "refused":
      return "The kernel refuses the value and keeps the one before.";
  }
}
