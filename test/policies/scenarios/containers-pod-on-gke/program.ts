import { Anything } from "../../support/anything";

export const program = () => {
  const pool = new Anything("gcp:container/nodePool:NodePool", "containers-pod-on-gke-pool", {
    cluster: "main",
    nodeConfig: { linuxNodeConfig: { sysctls: { "net.core.somaxconn": "8192" } } },
  });
  // As programs do it: a pod without nodes waits in vain.
  const pod = (name: string, services: string) =>
    new Anything(
      "kubernetes:core/v1:Pod",
      name,
      {
        metadata: { name, annotations: { "listen-backlog/services": services } },
        spec: { containers: [{ name: "web", image: "nginx:1.27" }] },
      },
      { dependsOn: pool },
    );
  pod("containers-pod-on-gke-covered", "nginx:80:8192");
  pod("containers-pod-on-gke-more", "nginx:80:16384");
};
