import type { Rule } from "./rule";
import { ignoresDeclaration, type JudgedService } from "./situation";

export const softwareFollowsSomaxconn: Rule = {
  id: "software-follows-somaxconn",
  severity: "warning",
  title: "Software that always asks for somaxconn is declared with somaxconn",
  why: "Go programs and a few others pass the live somaxconn to listen() and have no setting of their own. A smaller declared backlog reaches nobody, and exact verification finds the larger one.",
  judge: ({ services }) =>
    services.filter(asksForMore).map(({ name, listener, backlog, somaxconn }) => ({
      subject: name,
      wanted: `a backlog of ${backlog}`,
      got: String(somaxconn),
      cause: `${listener?.title ?? name} has no backlog setting and always asks for somaxconn.`,
      fix: `leave backlog out of the declaration of ${name}, or declare backlog: ${somaxconn}`,
    })),
};

function asksForMore({ listener, backlogIsDefault, backlog, asked, container }: JudgedService): boolean {
  const follows = listener?.class === "follows-somaxconn" && ignoresDeclaration(listener);
  // A container that nobody looked into has no number to hold the declaration against.
  const isKnown = container === undefined || container.somaxconn !== undefined;
  return follows && isKnown && !backlogIsDefault && backlog < asked;
}
