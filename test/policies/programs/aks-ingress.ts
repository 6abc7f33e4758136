import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The ingress listens in the node's own network; the node's 16384 is less than its 32768.",
  run: () => {
    new Anything("azure-native:containerservice:AgentPool", "aks-ingress-pool", {
      resourceGroupName: "shop",
      resourceName: "shop-aks",
      agentPoolName: "ingress",
      vmSize: "Standard_F8s_v2",
      linuxOSConfig: { sysctls: { netCoreSomaxconn: 16384 } },
      tags: { "listen-backlog:services": "nginx:80:32768" },
    });
  },
  expected: [
    {
      policy: "somaxconn-covers-backlog",
      resource: "aks-ingress-pool",
      level: "mandatory",
      says: ["nginx", "32768", "16384"],
    },
  ],
};
