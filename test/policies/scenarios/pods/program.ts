import { Anything } from "../../support/anything";

const pod = (spec: object) => ({
  metadata: { annotations: { "listen-backlog/services": "nginx:80:8192" } },
  spec: { containers: [{ name: "nginx", image: "nginx" }], ...spec },
});

export const program = () => {
  const sysctls = [{ name: "net.core.somaxconn", value: "8192" }];
  new Anything("kubernetes:apps/v1:Deployment", "pods-without", { spec: { template: pod({}) } });
  new Anything("kubernetes:apps/v1:Deployment", "pods-with", {
    spec: { template: pod({ securityContext: { sysctls } }) },
  });
  new Anything("kubernetes:apps/v1:DaemonSet", "pods-on-the-host", {
    spec: { template: pod({ hostNetwork: true, securityContext: { sysctls } }) },
  });
};
