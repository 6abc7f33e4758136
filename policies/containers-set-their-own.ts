import type { PolicyDefinition } from "./policy";
import { raiseSystemControls } from "./remedies";

const task = (containers: readonly object[]) => ({
  resources: [
    {
      type: "aws:ecs/taskDefinition:TaskDefinition",
      name: "web",
      props: {
        family: "web",
        networkMode: "awsvpc",
        containerDefinitions: JSON.stringify(containers),
        tags: { "listen-backlog:services": "nginx:80:8192" },
      },
    },
  ],
});

/** Refuses containers whose services need more than their network namespace gives them. */
export const containersSetTheirOwn: PolicyDefinition = {
  name: "containers-set-their-own",
  displayName: "Containers set their own somaxconn",
  description: "Containers that need a somaxconn set it in their own network namespace, where they can.",
  level: "mandatory",
  severity: "high",
  cause:
    "A container or pod declares a backlog above the somaxconn of its own network namespace; or sets it where that cannot be: on the network of the host, against another container, on a node or platform that does not allow it. Where nobody has told it what the nodes allow (`allowedUnsafeSysctls`), it asks, and refuses nothing. Pods of GKE have what `linuxNodeConfig.sysctls` of their node pool sets: where the stack has such a pool or cluster, or the pod asks for one by its `nodeSelector` or by the kubeconfig of its provider, and none in sight sets enough, it advises. Pods whose provider plainly has a cluster of EKS or AKS are refused all the same.",
  why: "Each network namespace has its own net.core.somaxconn and begins with the kernel's default. Whatever is set on the host does not reach it.",
  remediationSteps:
    "Set net.core.somaxconn where the container is declared: systemControls (ECS), securityContext.sysctls (Kubernetes), sysctls (Docker).",
  tags: ["containers"],
  cannotSee:
    "Containers that publish no port, services of Compose files that a variable, a profile or a file from elsewhere decides, and what scripts start that it does not follow. Of `docker run` and Compose it goes by the published port: it must be that of a declared service. And node pools of another stack, whose nodes hand their setting on to pods: say it as `podSomaxconn`.",
  rules: [
    "container-has-own-somaxconn",
    "container-settings-have-own-namespace",
    "containers-of-a-namespace-agree",
    "node-allows-setting",
    "platform-takes-container-settings",
  ],
  asks: ({ aboutNodes }) => aboutNodes,
  remedy: raiseSystemControls,
  example: {
    before: task([{ name: "nginx", image: "nginx" }]),
    after: task([
      {
        name: "nginx",
        image: "nginx",
        systemControls: [{ namespace: "net.core.somaxconn", value: "8192" }],
      },
    ]),
  },
};
