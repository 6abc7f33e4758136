import { Anything } from "../../support/anything";

const pod = (name: string, services: string) =>
  new Anything("kubernetes:core/v1:Pod", name, {
    metadata: { name, annotations: { "listen-backlog/services": services } },
    spec: { containers: [{ name: "web", image: "nginx:1.27" }] },
  });

export const program = () => {
  new Anything("gcp:container/nodePool:NodePool", "containers-pod-on-gke-pool", {
    cluster: "main",
    nodeConfig: { linuxNodeConfig: { sysctls: { "net.core.somaxconn": "8192" } } },
  });
  pod("containers-pod-on-gke-covered", "nginx:80:8192");
  pod("containers-pod-on-gke-more", "nginx:80:16384");
};
