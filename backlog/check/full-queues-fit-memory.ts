import { INT_MAX } from "../kernel/check";
import { memoryAtFullQueue } from "../kernel";
import type { Rule } from "./rule";
import { largestWhere } from "./search";

/** One finding for all services, because they share the memory of the host. */
export const fullQueuesFitMemory: Rule = {
  id: "full-queues-fit-memory",
  severity: "warning",
  title: "All full accept queues together fit into the stated memory",
  why: "A backlog reserves nothing, but each connection that waits holds a socket of the kernel. Under an overload all queues are full at once, and the data that clients have sent comes on top.",
  judge: ({ services, platform }) => {
    const budget = platform.memoryBytes;
    // The memory if no effective backlog were above this.
    const memory = (most: number) =>
      services.reduce((sum, { effective }) => sum + memoryAtFullQueue(Math.min(effective, most)), 0);
    const needed = memory(INT_MAX);
    if (budget === undefined || needed <= budget) {
      return [];
    }
    const most = largestWhere(0, INT_MAX, (n) => memory(n) <= budget);
    return [
      {
        subject: "services",
        wanted: `${budget} bytes or less with all accept queues full`,
        got: `${needed} bytes`,
        cause: `${services.length === 1 ? "The full queue takes" : `The ${services.length} full queues together take`} more kernel memory than the budget of the platform.`,
        fix:
          most === undefined
            ? `raise the budget to ${memory(0)} bytes at least: not even one waiting connection for each service fits`
            : `declare no backlog above ${most}, or raise the budget to ${needed} bytes`,
      },
    ];
  },
};
