import { instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";

/** Advises where a setting that was meant to raise lowers. */
export const somaxconnKeepsKernelDefault: PolicyDefinition = {
  name: "somaxconn-keeps-kernel-default",
  displayName: "somaxconn is not lowered by mistake",
  description: "The setting net.core.somaxconn is not below the kernel's own default.",
  level: "advisory",
  severity: "low",
  cause: "net.core.somaxconn is set below 4096, the kernel's default since 5.4.",
  why: "Advice from the days when the default was 128 says 1024. On a kernel of today that lowers it, for every listener of the server.",
  remediationSteps: "Leave net.core.somaxconn out, or set it to 4096 or more.",
  tags: ["reliability"],
  rules: ["somaxconn-keeps-kernel-default"],
  example: {
    before: instance(tuned("net.core.somaxconn = 1024")),
    after: instance(tuned("net.core.somaxconn = 4096")),
  },
};
