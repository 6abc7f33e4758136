import { checkArguments, flag, listOf, mapOf, oneOf, record, text, whole } from "../rpc/shape";
import type { Failure, Fields, Shape } from "../rpc/shape";
import { revealAll } from "../rpc/value";
import type { Properties } from "../rpc/value";
import { isGiven } from "./arguments";
import { region } from "./region";
import { tags } from "./tags";
import { isBase64, refuseSize, userDataBytes } from "./user-data";

/** Accepted with the one value that asks for nothing the lab would have to do. */
const only = (value: string | boolean): Shape =>
  typeof value === "string"
    ? text((given) => (given === value ? undefined : refuseValue(given)))
    : flag((given) => (given === value ? undefined : refuseValue(given)));

function refuseValue(given: string | boolean): string {
  return `the lab's stand-in for EC2 does not implement the value ${JSON.stringify(given)}`;
}

const metadataOptions = record({
  owner: "metadataOptions",
  known: {
    httpEndpoint: oneOf("disabled", "enabled"),
    httpTokens: oneOf("optional", "required"),
    httpPutResponseHopLimit: whole(1, 64),
    httpProtocolIpv6: oneOf("disabled", "enabled"),
    instanceMetadataTags: oneOf("disabled", "enabled"),
  },
});

const rootBlockDevice = record({
  owner: "rootBlockDevice",
  known: {
    volumeSize: whole(1, 65_536),
    volumeType: oneOf("gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"),
    iops: whole(0, 256_000),
    throughput: whole(0, 2_000),
    encrypted: flag(),
    kmsKeyId: text(),
    tags,
    deleteOnTermination: only(true),
  },
});

/** What the stand-in does. */
const IMPLEMENTED: Readonly<Record<string, Shape>> = {
  ami: text(),
  associatePublicIpAddress: flag(),
  availabilityZone: text(),
  disableApiStop: flag(),
  disableApiTermination: flag(),
  forceDestroy: flag(),
  instanceType: text(),
  keyName: text(),
  metadataOptions,
  region,
  securityGroups: listOf(text()),
  subnetId: text(),
  tags,
  userData: text(),
  userDataBase64: text((value) => (isBase64(value) ? undefined : "userDataBase64: must be base64-encoded")),
  userDataReplaceOnChange: flag(),
  vpcSecurityGroupIds: listOf(text()),
};

/**
 * Stored and shown, without anything to do for them: nothing inside an instance of the lab, and nothing that reaches it
 * from outside, could tell the difference.
 */
const WITHOUT_EFFECT: Readonly<Record<string, Shape>> = {
  creditSpecification: record({
    owner: "creditSpecification",
    known: { cpuCredits: oneOf("standard", "unlimited") },
  }),
  ebsOptimized: flag(),
  monitoring: flag(),
  rootBlockDevice,
  volumeTags: mapOf(text()),
};

/** Accepted as long as they say what is so anyway. */
const DEFAULT_ONLY: Readonly<Record<string, Shape>> = {
  enablePrimaryIpv6: only(false),
  getPasswordData: only(false),
  hibernation: only(false),
  instanceInitiatedShutdownBehavior: only("stop"),
  ipv6AddressCount: whole(0, 0),
  sourceDestCheck: only(true),
  tenancy: only("default"),
};

/** Every argument of `aws:ec2/instance:Instance` in @pulumi/aws 7 is in one of these lists; a test compares them. */
export const ARGUMENTS: Fields = {
  owner: "aws:ec2/instance:Instance",
  known: { ...IMPLEMENTED, ...WITHOUT_EFFECT, ...DEFAULT_ONLY },
  notImplemented: {
    standIn: "EC2",
    names: [
      "capacityReservationSpecification",
      "cpuOptions",
      "ebsBlockDevices",
      "enclaveOptions",
      "ephemeralBlockDevices",
      "hostId",
      "hostResourceGroupArn",
      "iamInstanceProfile",
      "instanceMarketOptions",
      "ipv6Addresses",
      "launchTemplate",
      "maintenanceOptions",
      "networkInterfaces",
      "placementGroup",
      "placementGroupId",
      "placementPartitionNumber",
      "primaryNetworkInterface",
      "privateDnsNameOptions",
      "privateIp",
      "secondaryNetworkInterfaces",
      "secondaryPrivateIps",
    ],
  },
};

/** What can be refused without looking at the account: it fails the preview already. */
export function checkInstance(inputs: Properties): readonly Failure[] {
  const failures = [...checkArguments(ARGUMENTS, inputs)];
  const args = revealAll(inputs);
  for (const name of ["ami", "instanceType"]) {
    if (!isGiven(args, name)) {
      failures.push({
        property: name,
        reason: `one of "${name}", "launchTemplate" must be specified; the lab's stand-in for EC2 implements "${name}"`,
      });
    }
  }
  for (const [a, b] of [
    ["userData", "userDataBase64"],
    ["securityGroups", "vpcSecurityGroupIds"],
  ] as const) {
    if (isGiven(args, a) && isGiven(args, b)) {
      failures.push({ property: a, reason: `ConflictsWith: "${a}" conflicts with "${b}"; give one of them` });
    }
  }
  const bytes = failures.length === 0 ? userDataBytes(args) : undefined;
  const tooLong = bytes && refuseSize(bytes);
  if (tooLong) {
    const property = isGiven(args, "userData") ? "userData" : "userDataBase64";
    failures.push({ property, reason: `InvalidParameterValue: ${tooLong}` });
  }
  return failures;
}
