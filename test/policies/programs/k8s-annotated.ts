import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The pod promises 8192, and its network namespace begins with 4096.",
  run: () => {
    const labels = { app: "edge" };
    new Anything("kubernetes:apps/v1:Deployment", "k8s-annotated-edge", {
      metadata: { name: "edge", labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { "listen-backlog/services": "nginx:80:8192" } },
          spec: { containers: [{ name: "nginx", image: "nginx:1.27" }] },
        },
      },
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "k8s-annotated-edge",
      level: "mandatory",
      says: ["nginx", "8192", "4096", "securityContext.sysctls"],
    },
  ],
};
