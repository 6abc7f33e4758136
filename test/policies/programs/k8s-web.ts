import { Anything } from "../support/anything";
import { PLANTED, type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "A web application as most are: no sysctl, no declaration.",
  run: () => {
    const labels = { app: "shop" };
    new Anything("kubernetes:apps/v1:Deployment", "k8s-web-shop", {
      metadata: { name: "shop", labels },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: "shop",
                image: "example/shop:42",
                ports: [{ containerPort: 3000 }],
                env: [{ name: "SESSION_KEY", value: `${PLANTED}-of-shop` }],
              },
            ],
          },
        },
      },
    });
    new Anything("kubernetes:core/v1:Service", "k8s-web-service", {
      metadata: { name: "shop" },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 3000 }] },
    });
    new Anything("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "k8s-web-scale", {
      spec: { minReplicas: 3, maxReplicas: 30, scaleTargetRef: { kind: "Deployment", name: "shop" } },
    });
  },
  expected: [],
};
