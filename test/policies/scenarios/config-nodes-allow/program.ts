import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("kubernetes:apps/v1:Deployment", "config-nodes-allow-web", {
    metadata: { name: "web", annotations: { "listen-backlog/services": "nginx:80:8192" } },
    spec: {
      template: {
        spec: {
          securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "8192" }] },
          containers: [{ name: "web", image: "nginx:1.27" }],
        },
      },
    },
  });
};
