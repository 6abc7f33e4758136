import { ProviderResource, secret } from "@pulumi/pulumi";

import { Anything } from "../../support/anything";

class Cluster extends ProviderResource {}

export const program = () => {
  const pod = (name: string, kubeconfig: string, services: string) =>
    new Anything(
      "kubernetes:core/v1:Pod",
      `pods-by-cluster-${name}`,
      {
        metadata: { annotations: { "listen-backlog/services": services } },
        spec: { containers: [{ name: "web", image: "nginx:1.27" }] },
      },
      {
        provider: new Cluster("kubernetes", `pods-by-cluster-${name}-cluster`, {
          kubeconfig: secret(`${kubeconfig}\n# hunter2-of-${name}\n`),
        }),
      },
    );
  pod("amazon", "server: https://A1B2.gr7.eu-west-1.eks.amazonaws.com", "nginx:80:8192");
  pod("google", "exec: { command: gke-gcloud-auth-plugin }", "nginx:80:16384");
  // No pod depends on it: it may come before them or after them.
  new Anything("gcp:container/nodePool:NodePool", "pods-by-cluster-pool", {
    cluster: "elsewhere",
    nodeConfig: { linuxNodeConfig: { sysctls: { "net.core.somaxconn": "8192" } } },
  });
};
