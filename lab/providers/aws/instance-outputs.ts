import { isProperties, UNKNOWN } from "../rpc/value";
import type { PlainProperties } from "../rpc/value";
import type { AccountData, InstanceRecord } from "./account";
import { optionalText } from "./arguments";
import type { InstanceHost } from "./hosts";
import { arn, derivedId } from "./ids";
import { IMAGES } from "./images";
import { defaultSecurityGroup, defaultSubnet, privateDns, publicDns, zonesOf } from "./network";

/** All outputs of an instance: what was asked for, what EC2 fills in, and what its host says. */
export function instanceOutputs(
  record: InstanceRecord,
  host: InstanceHost,
  groups: AccountData["securityGroups"],
): PlainProperties {
  const { id, region } = record;
  // The lab has one network: public and private address are the same, and stay so over a stop and start.
  const isPublic = record.inputs["associatePublicIpAddress"] !== false && host.state === "running";
  return {
    ...known(record.inputs, region),
    arn: arn("ec2", region, `instance/${id}`),
    instanceState: host.state,
    primaryNetworkInterfaceId: derivedId("eni", id),
    privateDns: privateDns(host.address, region),
    privateIp: host.address,
    publicDns: isPublic ? publicDns(host.address, region) : "",
    publicIp: isPublic ? host.address : "",
    rootBlockDevice: rootBlockDevice(record.inputs, derivedId("vol", id)),
    securityGroups: record.securityGroupIds.map((group) =>
      group === defaultSecurityGroup(region) ? "default" : (groups.get(group)?.name ?? group),
    ),
    vpcSecurityGroupIds: record.securityGroupIds,
  };
}

/** The outputs of an instance that a preview would create. */
export function previewedOutputs(inputs: PlainProperties, region: string): PlainProperties {
  const given = known(inputs, region);
  return {
    arn: UNKNOWN,
    instanceState: UNKNOWN,
    primaryNetworkInterfaceId: UNKNOWN,
    privateDns: UNKNOWN,
    privateIp: UNKNOWN,
    publicDns: UNKNOWN,
    publicIp: UNKNOWN,
    rootBlockDevice: UNKNOWN,
    securityGroups: UNKNOWN,
    // Optional and computed, like everything else that EC2 fills in when the program does not.
    userData: UNKNOWN,
    userDataBase64: UNKNOWN,
    vpcSecurityGroupIds: UNKNOWN,
    ...given,
  };
}

/** What follows from the arguments alone. */
function known(inputs: PlainProperties, region: string): PlainProperties {
  const zone = optionalText(inputs, "availabilityZone") ?? zonesOf(region)[0] ?? "";
  const metadata = inputs["metadataOptions"];
  const tags = inputs["tags"] ?? {};
  const given = Object.fromEntries(
    Object.entries(inputs).filter(([name, value]) => value !== null && !name.startsWith("__")),
  );
  return {
    associatePublicIpAddress: true,
    disableApiStop: false,
    disableApiTermination: false,
    ebsOptimized: false,
    enablePrimaryIpv6: false,
    forceDestroy: false,
    getPasswordData: false,
    hibernation: false,
    hostId: "",
    iamInstanceProfile: "",
    instanceInitiatedShutdownBehavior: "stop",
    instanceLifecycle: "",
    ipv6AddressCount: 0,
    ipv6Addresses: [],
    keyName: "",
    monitoring: false,
    outpostArn: "",
    passwordData: "",
    placementGroup: "",
    placementPartitionNumber: 0,
    secondaryPrivateIps: [],
    sourceDestCheck: true,
    spotInstanceRequestId: "",
    tenancy: "default",
    userDataReplaceOnChange: false,
    ...given,
    availabilityZone: zone,
    metadataOptions: {
      httpEndpoint: "enabled",
      httpProtocolIpv6: "disabled",
      httpPutResponseHopLimit: 1,
      httpTokens: "optional",
      instanceMetadataTags: "disabled",
      ...(isProperties(metadata) ? metadata : {}),
    },
    region,
    subnetId: inputs["subnetId"] ?? defaultSubnet(zone),
    tags,
    tagsAll: tags,
  };
}

function rootBlockDevice(inputs: PlainProperties, volumeId: string): PlainProperties {
  const given = inputs["rootBlockDevice"];
  const image = IMAGES.find(({ id }) => id === inputs["ami"]);
  return {
    deleteOnTermination: true,
    deviceName: image?.rootDeviceName ?? "/dev/xvda",
    encrypted: false,
    iops: 0,
    kmsKeyId: "",
    tags: {},
    tagsAll: {},
    throughput: 0,
    volumeSize: 8,
    volumeType: "gp2",
    ...(isProperties(given) ? given : {}),
    volumeId,
  };
}
