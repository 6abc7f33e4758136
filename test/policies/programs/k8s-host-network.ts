import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A pod in the host's network cannot set net.*: the API takes it, and the pod never starts.",
  run: () => {
    new Anything("kubernetes:apps/v1:DaemonSet", "k8s-host-network-ingress", {
      metadata: { name: "ingress-nginx" },
      spec: {
        template: {
          spec: {
            hostNetwork: true,
            securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "32768" }] },
            containers: [{ name: "controller", image: "registry.k8s.io/ingress-nginx/controller:v1.11.2" }],
          },
        },
      },
    });
  },
  expected: [
    {
      policy: "containers-set-their-own",
      resource: "k8s-host-network-ingress",
      level: "mandatory",
      says: ["network of the host", "net.core.somaxconn"],
    },
  ],
};
