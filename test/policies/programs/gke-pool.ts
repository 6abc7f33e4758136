import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "GKE gives the values of a node pool to its nodes and to their pods.",
  stack: "programs-gke",
  run: () => {
    new Anything("gcp:container/nodePool:NodePool", "gke-pool-web", {
      cluster: "main",
      location: "europe-west1",
      nodeCount: 3,
      nodeConfig: {
        machineType: "e2-standard-4",
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        linuxNodeConfig: { sysctls: { "net.core.somaxconn": "4096", "net.ipv4.tcp_tw_reuse": "1" } },
      },
    });
  },
  expected: [],
};
