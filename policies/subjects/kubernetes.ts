import { isUnsafeSetting, type ContainerSetting } from "../../backlog";
import { Properties } from "../property";
import { containerSetting } from "./container-setting";
import { declaredUnder, SERVICES_ANNOTATION, together, type Declared } from "./declared";
import type { HostFacts, Resource, Subject, SubjectReader } from "./subject";
import { hostOfScript, hostOfUserData } from "./user-data";

/** The kinds of workloads in the API of Kubernetes. */
const KINDS = ["Pod", "PodTemplate", "ReplicationController", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"]; // prettier-ignore

/** Where a workload keeps the template of its pods. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ["template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Labels that GKE gives to its nodes: `cloud.google.com/gke-nodepool`. */
const GKE_LABEL = /^cloud\.google\.com\//;

/** What the kubeconfig of one kind of cluster has, and no other. */
const OF_GKE = /\bgke-gcloud-auth-plugin\b|\bgke_[a-z]/;
const OF_OTHERS =
  /\.eks\.amazonaws\.com\b|\baws-iam-authenticator\b|\.azmk8s\.io\b|\bkubelogin\b|\.k8s\.ondigitalocean\.com\b/;

/** Whether the cluster of a provider is one of GKE; undefined where that is not plain, as where its kubeconfig has several. */
function isClusterOfGke({ provider }: Resource): boolean | undefined {
  const properties = provider && Properties.of(provider);
  const texts = ["kubeconfig", "context", "cluster"].flatMap((name) => properties?.text(name) ?? []);
  const [isGke, isOther] = [OF_GKE, OF_OTHERS].map((pattern) => texts.some((text) => pattern.test(text)));
  return isGke === isOther ? undefined : isGke;
}

/** Workloads of every API version: pods, and everything that makes pods by a template. */
const readWorkload: SubjectReader = (resource, properties) =>
  readPods(kindOf(resource), resource, properties);

/** What is changed of a workload that somebody else makes: judged where it sets what decides, and nothing is absent from it. */
const readPatch: SubjectReader = (resource, properties) =>
  readPods(kindOf(resource).replace(/Patch$/, ""), resource, properties).map(
    ({ namespaces = [], ...subject }) => {
      const decides = namespaces.some(
        ({ isHost, settings }) => isHost || settings.some(({ key }) => key === SOMAXCONN),
      );
      return decides ? { ...subject, namespaces } : subject;
    },
  );

/** A list of workloads, of one kind or of several. */
const readWorkloadList: SubjectReader = (resource, properties) => {
  const ofAll = kindOf(resource).replace(/List$/, "");
  return properties.places("items").flatMap(([item, within]) => {
    const kind = ofAll === "" ? (item.text("kind") ?? "") : ofAll;
    return KINDS.includes(kind)
      ? readPods(kind, resource, item).map((subject) => ({ ...subject, within }))
      : [];
  });
};

/** A release of Helm, whose values may hand a declaration on to its pods: these are rendered by the provider, and never shown. */
const readRelease: SubjectReader = (resource, properties) => {
  const declared = together(
    ...declaringPlaces(Properties.of(resource.props).at("values")).map((place) =>
      declaredUnder(properties.at("values", ...place), SERVICES_ANNOTATION, "annotation"),
    ),
  );
  const opaque =
    "Helm renders them during the update: verify them, or use kubernetes.helm.v4.Chart, whose workloads are in sight";
  return [
    {
      dialect: "kubernetes",
      ...declared,
      namespaces: [{ name: "the pods of its chart", isHost: false, isPod: true, settings: [], opaque }],
      isServer: false,
    },
  ];
};

/** No chart has values deeper. */
const DEEPEST = 8;

/** Where among values annotations declare something. What is not known on the way is nothing that anybody waits for. */
function declaringPlaces(
  values: Properties | undefined,
  place: readonly string[] = [],
): (readonly string[])[] {
  const keys = values?.keys() ?? [];
  return [
    ...(keys.includes(SERVICES_ANNOTATION) ? [place] : []),
    ...(place.length === DEEPEST
      ? []
      : keys.flatMap((key) => declaringPlaces(values?.at(key), [...place, key]))),
  ];
}

function kindOf({ type }: Resource): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

function readPods(kind: string, resource: Resource, properties: Properties): readonly Subject[] {
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
  const prepared = preparationsOf(pod);
  const settings = [
    ...declaredSettings(pod),
    ...prepared.flatMap(({ live }) => live.map(({ key, value }) => ({ key, value }))),
  ];
  const isSet = settings.some(({ key }) => key === SOMAXCONN);
  return [
    {
      dialect: "kubernetes",
      ...declared,
      namespaces: [
        {
          name: "pod",
          isHost: pod.flag("hostNetwork") === true,
          isPod: true,
          isOnGke: asksForGke(pod) || isClusterOfGke(resource),
          settings,
          ...(!isSet &&
            (prepared.some(mayDoAnything) || setsItself(pod)) && {
              opaque: `a privileged container of it may set ${SOMAXCONN}`,
            }),
          terms: { settings: "securityContext.sysctls", hostNetwork: "hostNetwork: true" },
          asksNode: declaredSettings(pod).some(({ key }) => isUnsafeSetting(key)),
        },
      ],
      isServer: false,
    },
  ];
}

/** A class of nodes of Karpenter: user data as text. */
const readNodeClass: SubjectReader = (_, properties) => [
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

function asksForGke(pod: Properties): boolean {
  return (pod.at("nodeSelector")?.keys() ?? []).some((label) => GKE_LABEL.test(label));
}

function declaredSettings(pod: Properties): ContainerSetting[] {
  return (pod.at("securityContext")?.list("sysctls") ?? []).flatMap((sysctl) =>
    containerSetting(sysctl.text("name"), sysctl.text("value")),
  );
}

const SOMAXCONN = "net.core.somaxconn";

/** A privileged container that runs first and calls `sysctl -w` sets the namespace that all containers of the pod share. */
function preparationsOf(pod: Properties): HostFacts[] {
  return pod
    .list("initContainers")
    .filter(isPrivileged)
    .map((container) => {
      const words = wordsOf(container);
      const isScript = /^-[a-z]*c$/.test(words.at(-2) ?? "");
      return hostOfScript([(isScript ? words.at(-1) : words.map(quoted).join(" ")) ?? ""]);
    });
}

/** One that plainly sets other keys sets no somaxconn. What another one does is in its image, or not decided. */
function mayDoAnything({ live, opaque, undecided = [] }: HostFacts): boolean {
  return live.length === 0 || opaque.length > 0 || undecided.includes(SOMAXCONN);
}

/** Whether a privileged container sets it before it starts its program, in a way that is not followed. */
function setsItself(pod: Properties): boolean {
  return pod
    .list("containers")
    .some(
      (container) => isPrivileged(container) && wordsOf(container).some((word) => /somaxconn/.test(word)),
    );
}

function isPrivileged(container: Properties): boolean {
  return container.at("securityContext")?.flag("privileged") === true;
}

function wordsOf(container: Properties): string[] {
  return [...container.texts("command"), ...container.texts("args")];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Workloads come in many API versions: `kubernetes:apps/v1:Deployment`, `kubernetes:apps/v1beta2:Deployment`. */
const WORKLOAD = `(?:core|apps|extensions|batch)/v\\w{1,15}:(?:${KINDS.join("|")})`;
/** What others have made of a Deployment. */
const ALIKE = "argoproj\\.io/v\\w{1,15}:Rollout|apps\\.openshift\\.io/v\\w{1,15}:DeploymentConfig";

/** Who reads what of Kubernetes, by a pattern for its type. */
export const OF_KUBERNETES: readonly (readonly [type: RegExp, read: SubjectReader])[] = [
  [new RegExp(`^kubernetes:(?:${WORKLOAD}|${ALIKE})$`), readWorkload],
  [new RegExp(`^kubernetes:(?:${WORKLOAD}|${ALIKE})Patch$`), readPatch],
  [new RegExp(`^kubernetes:(?:${WORKLOAD}|core/v1:)List$`), readWorkloadList],
  [/^kubernetes:helm\.sh\/v3:Release$/, readRelease],
  // The launch template that Karpenter makes machines of.
  [/^kubernetes:karpenter\.k8s\.aws\/v\w{1,15}:EC2NodeClass$/, readNodeClass],
];
