import { Resource } from "../../../e2e/support/policies/scenarios";

const pod = (spec: object) => ({
  metadata: { annotations: { "listen-backlog/services": "nginx:80:8192" } },
  spec: { containers: [{ name: "nginx", image: "nginx" }], ...spec },
});

export function program(): void {
  const sysctls = [{ name: "net.core.somaxconn", value: "8192" }];
  new Resource("kubernetes:apps/v1:Deployment", "without", { spec: { template: pod({}) } });
  new Resource("kubernetes:apps/v1:Deployment", "with", {
    spec: { template: pod({ securityContext: { sysctls } }) },
  });
  new Resource("kubernetes:apps/v1:DaemonSet", "on-the-host", {
    spec: { template: pod({ hostNetwork: true, securityContext: { sysctls } }) },
  });
}
