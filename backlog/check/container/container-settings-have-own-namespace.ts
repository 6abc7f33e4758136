import type { ContainerRule } from "./rule";

export const containerSettingsHaveOwnNamespace: ContainerRule = {
  id: "container-settings-have-own-namespace",
  severity: "error",
  title: "A container that sets net. keys has a network namespace of its own",
  why: "On the network of the host the key is the host's. ECS and Kubernetes refuse such a task or pod, Docker refuses the container: it does not start.",
  judge: ({ name, isHost, settings, terms }) => {
    const keys = settings.map(({ key }) => key).filter((key) => key.startsWith("net."));
    return !isHost || keys.length === 0
      ? []
      : [
          {
            subject: name,
            wanted: "a network namespace of its own",
            got: `the network of the host, and ${[...new Set(keys)].join(", ")}`,
            cause:
              "Keys under net. belong to the network namespace, and a container may not change that of the host.",
            fix:
              `take it out of ${terms?.settings ?? "the settings of the container"} and set it on the host, ` +
              `or give up ${terms?.hostNetwork ?? "the network of the host"}`,
          },
        ];
  },
};
