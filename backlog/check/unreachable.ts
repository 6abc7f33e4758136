import type { JudgedService } from "./situation";

/** Whether the declared backlog cannot be had, because the software passes a number of its own that no configuration reaches. */
export function isUnreachable({ listener, asked, backlog }: JudgedService): boolean {
  return listener?.class === "hard-coded" && asked !== backlog;
}
