import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("kubernetes:core/v1:Pod", "containers-pod-without-web", {
    metadata: { name: "web", annotations: { "listen-backlog/services": "nginx:80:16384" } },
    spec: {
      containers: [{ name: "web", image: "nginx:1.27", env: [{ name: "KEY", value: "hunter2-of-pod" }] }],
    },
  });
};
