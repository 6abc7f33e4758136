import { acceptQueueCapacity } from "../kernel";
import { smallBacklogFacts, WHAT_REFUSES } from "../sizing";
import type { Rule } from "./rule";

/** Browsers open up to six connections to one host at once: a shorter queue overflows on a single visitor. */
const CONNECTIONS_OF_ONE_BROWSER = 6;

/** Whether an accept queue of this backlog is too short for a single visitor. */
export function isSmallBacklog(backlog: number): boolean {
  return acceptQueueCapacity(backlog) < CONNECTIONS_OF_ONE_BROWSER;
}

/** A backlog of 0 is a legitimate wish, to refuse early rather than to queue; Linux does something else with it. */
export const smallBacklogStillQueues: Rule = {
  id: "small-backlog-still-queues",
  severity: "warning",
  title: "A backlog is not made small in order to refuse connections",
  why: "A backlog of 0 is legal and still holds one connection. What does not fit is not refused: its SYN is dropped in silence, and the client comes back a second later or more. Something else must do the refusing.",
  judge: ({ services }) =>
    services
      .filter(({ asked, backlogIsDefault }) => !backlogIsDefault && isSmallBacklog(asked))
      .map(({ name, asked }) => {
        const [holds, , insteadOfRefusing] = smallBacklogFacts(asked);
        return {
          subject: name,
          wanted: `an accept queue for ${CONNECTIONS_OF_ONE_BROWSER} connections or more, or something that refuses`,
          got: String(asked),
          cause: [holds, insteadOfRefusing].join(" "),
          fix: `to queue, declare backlog: 4096 for ${name}; to refuse early, keep it and use one of these: ${WHAT_REFUSES.map(({ how }) => how).join("; ")}`,
        };
      }),
};
