import { Properties } from "../property";
import { COMPONENTS, isPartOfComponent, REMOTE_COMMAND, SSM_ASSOCIATION } from "../types";
import { readGroup, readImmutable, readInstance, readLaunchTemplate, readLightsail, readNativeLaunchTemplate, readNativeSpotFleet, readSpotFleet } from "./aws-ec2"; // prettier-ignore
import { readEcsService, readTaskDefinition } from "./aws-ecs";
import { readAzureExtension, readAzureRunCommand, readRemoteCommand, readSsmAssociation } from "./commands";
import { readComponent } from "./components";
import { readContainer, readSwarmService } from "./docker";
import { readImageComponent, readSsmDocument } from "./documents";
import { OF_KUBERNETES } from "./kubernetes";
import { readAzureMachine, readGoogleMachine } from "./machines";
import { readAksCluster, readAksPool, readClassicAksCluster, readClassicAksPool, readGkeCluster, readGkePool } from "./node-pools"; // prettier-ignore
import type { Resource, Subject, SubjectReader } from "./subject";

export type { ConfiguredBacklog, ContainerFacts, Dialect, HostFacts, Resource, Subject } from "./subject";
import { declaredByTags } from "./declared";
export { NAMING_ONE, NAMING_SEVERAL } from "./aws-ec2";
export { SERVICES_ANNOTATION, SERVICES_METADATA } from "./declared";

/** Who reads a resource, by its type. What is not here has nothing to do with listen backlogs, or is judged through another. */
const READERS: ReadonlyMap<string, SubjectReader> = new Map<string, SubjectReader>([
  ...COMPONENTS.map((type) => [type, readComponent] as const),
  ["aws:ec2/instance:Instance", readInstance],
  ["aws:ec2/spotInstanceRequest:SpotInstanceRequest", readInstance],
  ["aws:ec2/launchTemplate:LaunchTemplate", readLaunchTemplate],
  ["aws:ec2/launchConfiguration:LaunchConfiguration", readImmutable],
  ["aws:ec2/spotFleetRequest:SpotFleetRequest", readSpotFleet],
  ["aws:lightsail/instance:Instance", readLightsail],
  ["aws-native:ec2:Instance", readImmutable],
  ["aws-native:ec2:LaunchTemplate", readNativeLaunchTemplate],
  ["aws-native:ec2:SpotFleet", readNativeSpotFleet],
  ["aws-native:autoscaling:LaunchConfiguration", readImmutable],
  ["aws-native:lightsail:Instance", readLightsail],
  ["aws:ecs/taskDefinition:TaskDefinition", readTaskDefinition],
  ["aws:ecs/daemonTaskDefinition:DaemonTaskDefinition", readTaskDefinition],
  ["aws-native:ecs:TaskDefinition", readTaskDefinition],
  ["aws:ecs/service:Service", readEcsService],
  ["aws:imagebuilder/component:Component", readImageComponent],
  ["aws-native:imagebuilder:Component", readImageComponent],
  ["aws:ssm/document:Document", readSsmDocument],
  ["aws-native:ssm:Document", readSsmDocument],
  ["azure-native:containerservice:ManagedCluster", readAksCluster],
  ["azure-native:containerservice:AgentPool", readAksPool],
  ["azure:containerservice/kubernetesCluster:KubernetesCluster", readClassicAksCluster],
  ["azure:containerservice/kubernetesClusterNodePool:KubernetesClusterNodePool", readClassicAksPool],
  ["azure:compute/linuxVirtualMachine:LinuxVirtualMachine", readAzureMachine],
  ["azure:compute/linuxVirtualMachineScaleSet:LinuxVirtualMachineScaleSet", readAzureMachine],
  ["azure:compute/orchestratedVirtualMachineScaleSet:OrchestratedVirtualMachineScaleSet", readAzureMachine],
  ["azure:compute/virtualMachine:VirtualMachine", readAzureMachine],
  ["azure:compute/scaleSet:ScaleSet", readAzureMachine],
  ["azure-native:compute:VirtualMachine", readAzureMachine],
  ["azure-native:compute:VirtualMachineScaleSet", readAzureMachine],
  ["gcp:container/cluster:Cluster", readGkeCluster],
  ["gcp:container/nodePool:NodePool", readGkePool],
  ["gcp:compute/instance:Instance", readGoogleMachine],
  ["gcp:compute/instanceFromTemplate:InstanceFromTemplate", readGoogleMachine],
  ["gcp:compute/instanceTemplate:InstanceTemplate", readGoogleMachine],
  ["gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", readGoogleMachine],
  ["docker:index/container:Container", readContainer],
  ["docker:index/service:Service", readSwarmService],
  [REMOTE_COMMAND, readRemoteCommand],
  [SSM_ASSOCIATION, readSsmAssociation],
  ["aws-native:ssm:Association", readSsmAssociation],
  ["azure:compute/extension:Extension", readAzureExtension],
  ["azure:compute/virtualMachineScaleSetExtension:VirtualMachineScaleSetExtension", readAzureExtension],
  ["azure-native:compute:VirtualMachineExtension", readAzureExtension],
  ["azure:compute/virtualMachineRunCommand:VirtualMachineRunCommand", readAzureRunCommand],
  ["azure-native:compute:VirtualMachineRunCommandByVirtualMachine", readAzureRunCommand],
  ["digitalocean:index/droplet:Droplet", readImmutable],
  ["hcloud:index/server:Server", readImmutable],
  ["openstack:compute/instance:Instance", readImmutable],
]);

/** What machines are made of: the user data of groups and fleets, and of instances that bring none. */
export const TEMPLATES: readonly string[] = [
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/launchConfiguration:LaunchConfiguration",
  "aws-native:ec2:LaunchTemplate",
  "aws-native:autoscaling:LaunchConfiguration",
];

/** Types that are judged through another resource, and through which. */
const THROUGH_ANOTHER: ReadonlyMap<string, string> = new Map([
  ["aws:autoscaling/group:Group", "judged through its launch template"],
  ["aws:ec2/fleet:Fleet", "judged through its launch template"],
  ["aws:eks/nodeGroup:NodeGroup", "judged through its launch template"],
  ["aws:batch/computeEnvironment:ComputeEnvironment", "judged through its launch template"],
  ["aws-native:autoscaling:AutoScalingGroup", "judged through its launch template"],
  ["aws-native:ec2:Ec2Fleet", "judged through its launch template"],
  ["aws-native:eks:Nodegroup", "judged through its launch template"],
]);

/** Every type that is read or judged through another, but for those of Kubernetes, which patterns find. */
export const TYPES: readonly string[] = [...READERS.keys(), ...THROUGH_ANOTHER.keys()];

/** What a resource says of listen backlogs, and what of it is not known yet; or why it says nothing. */
export type Reading =
  | { readonly subjects: readonly Subject[]; readonly unknown: readonly string[] }
  | { readonly notApplicable: string };

/** Why a resource says nothing of listen backlogs; undefined if it may. */
export function whyNotApplicable(resource: Asked): string | undefined {
  const through = THROUGH_ANOTHER.get(resource.type);
  return through !== undefined && !declaresServices(resource.props) ? through : whyUnread(resource);
}

type Asked = Pick<Resource, "type" | "urn" | "name" | "props" | "parent">;

function whyUnread({ type, urn, name, props, parent }: Asked): string | undefined {
  if (readerOf(type, props) === undefined) {
    return "has nothing to do with listen backlogs";
  }
  return isPartOfComponent({ type, urn, name, parent })
    ? "judged through the component that it is a part of"
    : undefined;
}

/** Whether a type is read whatever its properties are: what is declared for all of a type that is not is never looked at. */
export function isRead(type: string): boolean {
  return !THROUGH_ANOTHER.has(type) && readerOf(type, {}) !== undefined;
}

/** Azure's types may name a version of its API, and so may the package: `azure-native:compute/v20240301:VirtualMachine`. */
const VERSIONED = /^azure-native(?:_\w{1,64})?:(compute|containerservice)(?:\/v\w{1,32})?:(\w{1,64})$/;

function declaresServices(props: Resource["props"]): boolean {
  const { services, problems, isAwaited } = declaredByTags(Properties.of(props));
  return services.length + problems.length > 0 || isAwaited === true;
}

/** A machine of a package that nobody here knows, which carries both a declaration and user data. */
function isDeclaredMachine(props: Resource["props"]): boolean {
  return ["userData", "userDataBase64"].some((name) => Object.hasOwn(props, name)) && declaresServices(props);
}

function readerOf(type: string, props: Resource["props"]): SubjectReader | undefined {
  const [, service, kind] = VERSIONED.exec(type) ?? [];
  const known = kind === undefined ? type : `azure-native:${service ?? ""}:${kind}`;
  if (THROUGH_ANOTHER.has(type)) {
    return readGroup;
  }
  if (type.startsWith("kubernetes:")) {
    return OF_KUBERNETES.find(([pattern]) => pattern.test(type))?.[1];
  }
  return READERS.get(known) ?? (isDeclaredMachine(props) ? readImmutable : undefined);
}

/** Reads a resource of any type. Total: whatever the properties are, it never throws. */
export function readResource(resource: Resource): Reading {
  const reader = readerOf(resource.type, resource.props);
  const reason = whyUnread(resource);
  if (reader === undefined || reason !== undefined) {
    return { notApplicable: reason ?? "" };
  }
  const properties = Properties.of(resource.props);
  const subjects = reader(resource, properties);
  return { subjects, unknown: properties.unknown };
}
