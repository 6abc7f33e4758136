import { howToDeclare, howToGive } from "./how-to";
import type { Rule, Verdict } from "./rule";
import { freshSomaxconn, ignoresDeclaration, isOnHost, type JudgedService } from "./situation";
import { isUnreachable } from "./unreachable";

/** Quiet as soon as one service reaches the raised somaxconn: then it has its reason, and the others are as declared. */
export const raisedSomaxconnIsUsed: Rule = {
  id: "raised-somaxconn-is-used",
  severity: "warning",
  title: "A somaxconn that somebody raised is asked for by a service",
  why: "somaxconn is a cap and gives nobody anything: software that asks for 511 keeps 511. This is the usual way in which a sysctl is set, believed in, and does nothing.",
  judge: ({ declaration, platform, services }) => {
    const raised = declaration.somaxconnGiven;
    const onHost = services.filter(isOnHost);
    if (
      raised === undefined ||
      raised <= freshSomaxconn(platform) ||
      onHost.some(({ asked }) => asked >= raised)
    ) {
      return [];
    }
    // What cannot be given another backlog at all is told so by a rule of its own.
    return onHost.filter((service) => !isUnreachable(service)).map((service) => unused(service, raised));
  },
};

function unused(service: JudgedService, raised: number): Verdict {
  const { name, asked, backlogIsDefault, listener } = service;
  const takesNumber = listener === undefined || !ignoresDeclaration(listener);
  const step = takesNumber ? howToDeclare(service, raised) : howToGive(service, raised);
  return {
    // A backlog that somebody chose may be meant so; one that nobody chose is the trap.
    severity: backlogIsDefault ? "warning" : "info",
    subject: name,
    wanted: `a declared backlog that uses settings.somaxconn ${raised}`,
    got: `${asked}${backlogIsDefault ? ", the default of the software" : ""}`,
    cause: `${listener?.title ?? name} asks for ${asked}, so raising net.core.somaxconn does nothing for it.`,
    fix: `leave settings.somaxconn out; or, if ${name} needs ${raised}: ${step}`,
  };
}
