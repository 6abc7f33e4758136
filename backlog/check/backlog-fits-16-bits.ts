import { effectiveBacklog, kernelAtLeast, memoryAtFullQueue } from "../kernel";
import { howToDeclare } from "./how-to";
import type { Rule, Verdict } from "./rule";
import { ignoresDeclaration, type JudgedService } from "./situation";

/** The largest number of 16 bits. */
const LARGEST = 65535;

export const backlogFits16Bits: Rule = {
  id: "backlog-fits-16-bits",
  severity: "error",
  title: "A backlog is no more than 65,535",
  why: "Kernels before 4.1 keep 16 bits of it, so that 65,536 becomes 0, and so does some software. On a current kernel it works, but a queue of that length costs memory and waits longer than most clients do.",
  judge: ({ services, platform: { kernel, largestBacklog = LARGEST } }) =>
    kernelAtLeast(kernel, "4.1")
      ? services
          .filter(({ asked }) => asked > largestBacklog)
          .map((service) => tooMuch(service, largestBacklog))
      : services.filter(({ asked }) => asked > LARGEST).map((service) => wraps(service, kernel)),
};

function tooMuch(service: JudgedService, largest: number): Verdict {
  const { name, asked, effective, backlogIsDefault } = service;
  return {
    severity: "warning",
    subject: name,
    wanted: `a backlog of ${largest} or less`,
    got: `${asked}${backlogIsDefault ? ", which nobody declared: the software asks for it by itself" : ""}`,
    cause: `${largest < LARGEST ? "More is to be explained" : "Some software keeps 16 bits of it"}, and a full queue takes ${memoryAtFullQueue(effective)} bytes of kernel memory.`,
    fix: lower(service, largest),
  };
}

function wraps(service: JudgedService, kernel: string | undefined): Verdict {
  const { name, asked, somaxconn } = service;
  return {
    severity: "error",
    subject: name,
    wanted: `a backlog of ${LARGEST} or less on a kernel before 4.1`,
    got: String(asked),
    cause: `This kernel keeps 16 bits of it: the effective backlog becomes ${effectiveBacklog(asked, somaxconn, { kernel })}.`,
    fix: lower(service, LARGEST),
  };
}

function lower(service: JudgedService, largest: number): string {
  const { listener } = service;
  return listener !== undefined && ignoresDeclaration(listener)
    ? `set net.core.somaxconn to ${largest} or less: ${listener.title} always asks for all of it`
    : howToDeclare(service, largest);
}
