import { isUnsafeSetting, type ContainerSetting } from "../../backlog";
import type { Properties } from "../property";
import { containerSetting } from "./container-setting";
import { declaredUnder, SERVICES_ANNOTATION, together, type Declared } from "./declared";
import type { SubjectReader } from "./subject";
import { hostOfScript, hostOfUserData } from "./user-data";

/** Where a workload keeps the template of its pods. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Labels that GKE gives to its nodes: `cloud.google.com/gke-nodepool`. */
const GKE_LABEL = /^cloud\.google\.com\//;

/** Workloads of every API version: pods, and everything that makes pods by a template. */
export const readWorkload: SubjectReader = ({ type }, properties) => {
  const kind = type.slice(type.lastIndexOf(":") + 1);
  const template = properties.at(...(TEMPLATES[kind] ?? ["spec", "template"]));
  const pod = template?.at("spec");
  const system = pod?.at("os")?.text("name") ?? pod?.at("nodeSelector")?.text("kubernetes.io/os");
  if (system === "windows") {
    return [];
  }
  const declared = together(annotated(template), annotated(properties));
  if (pod === undefined) {
    return [{ dialect: "kubernetes", ...declared, isServer: false }];
  }
  const settings = [...declaredSettings(pod), ...settingsOfInitContainers(pod)];
  return [
    {
      dialect: "kubernetes",
      ...declared,
      namespaces: [
        {
          name: "pod",
          isHost: pod.flag("hostNetwork") === true,
          isPod: true,
          isOnGke: (pod.at("nodeSelector")?.keys() ?? []).some((label) => GKE_LABEL.test(label)),
          settings,
          terms: { settings: "securityContext.sysctls", hostNetwork: "hostNetwork: true" },
          asksNode: declaredSettings(pod).some(({ key }) => isUnsafeSetting(key)),
        },
      ],
      isServer: false,
    },
  ];
};

/** A class of nodes of Karpenter: user data as text. */
export const readNodeClass: SubjectReader = (_, properties) => [
  {
    dialect: "sysctl.d",
    ...annotated(properties),
    host: hostOfUserData(properties.at("spec")?.text("userData")),
    isServer: true,
  },
];

function annotated(object: Properties | undefined): Declared {
  return declaredUnder(object?.at("metadata", "annotations"), SERVICES_ANNOTATION, "annotation");
}

function declaredSettings(pod: Properties): ContainerSetting[] {
  return (pod.at("securityContext")?.list("sysctls") ?? []).flatMap((sysctl) =>
    containerSetting(sysctl.text("name"), sysctl.text("value")),
  );
}

/** A privileged container that runs first and calls `sysctl -w` sets the namespace that all containers of the pod share. */
function settingsOfInitContainers(pod: Properties): ContainerSetting[] {
  return pod
    .list("initContainers")
    .filter((container) => container.at("securityContext")?.flag("privileged") === true)
    .flatMap((container) => {
      const words = [...container.texts("command"), ...container.texts("args")];
      const script = words.at(-2) === "-c" ? words.at(-1) : words.map(quoted).join(" ");
      return hostOfScript([script ?? ""]).live.map(({ key, value }) => ({ key, value }));
    });
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
