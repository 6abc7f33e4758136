import { Anything } from "../../support/anything";

const annotations = { "listen-backlog/services": "nginx:80:8192" };
const sysctls = [{ name: "net.core.somaxconn", value: "1024" }];
const deployment = (spec: object) => ({ metadata: { annotations }, spec: { template: { spec } } });

export const program = () => {
  new Anything("kubernetes:apps/v1:DeploymentPatch", "pods-of-others-patched", {
    ...deployment({ securityContext: { sysctls } }),
  });
  new Anything("kubernetes:apps/v1:DeploymentPatch", "pods-of-others-annotated", {
    metadata: { annotations },
  });
  new Anything("kubernetes:core/v1:List", "pods-of-others-listed", {
    items: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        ...deployment({ containers: [{ name: "nginx", image: "nginx" }] }),
      },
    ],
  });
  new Anything("kubernetes:helm.sh/v3:Release", "pods-of-others-released", {
    chart: "nginx",
    values: { podAnnotations: annotations },
  });
};
