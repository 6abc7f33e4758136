import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("kubernetes:core/v1:Pod", "containers-pod-set-web", {
    metadata: { name: "web", annotations: { "listen-backlog/services": "nginx:80:16384" } },
    spec: {
      securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "16384" }] },
      containers: [{ name: "web", image: "nginx:1.27" }],
    },
  });
};
