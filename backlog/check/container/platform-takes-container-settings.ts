import type { ContainerRule } from "./rule";

export const platformTakesContainerSettings: ContainerRule = {
  id: "platform-takes-container-settings",
  severity: "error",
  title: "Containers run on a platform that takes their settings",
  why: "Fargate takes systemControls from platform version 1.4.0 on. Earlier ones start the task with the kernel's default.",
  judge: ({ name, platformWithout }) =>
    platformWithout === undefined
      ? []
      : [
          {
            subject: name,
            wanted: "a platform on which a container can have its own net.core.somaxconn",
            got: platformWithout.name,
            cause: "It takes no settings of containers.",
            fix: platformWithout.instead,
          },
        ],
};
