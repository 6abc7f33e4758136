import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The privileged init container runs in the network namespace of its pod, before Redis listens: this works, and at every start again.",
  run: () => {
    new Anything("kubernetes:apps/v1:StatefulSet", "k8s-init-sysctl-redis", {
      metadata: { name: "redis", annotations: { "listen-backlog/services": "redis:6379:8192" } },
      spec: {
        serviceName: "redis",
        template: {
          spec: {
            initContainers: [
              {
                name: "sysctl",
                image: "busybox",
                securityContext: { privileged: true },
                command: ["sh", "-c", "sysctl -w net.core.somaxconn=8192"],
              },
            ],
            containers: [{ name: "redis", image: "redis:7", args: ["--tcp-backlog", "8192"] }],
          },
        },
      },
    });
  },
  expected: [],
};
