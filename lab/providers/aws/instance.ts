import { diffInputs } from "../rpc/diff";
import type { Diff } from "../rpc/diff";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DiffRequest,
  ReadRequest,
  ReadResult,
  ResourceType,
  UpdateRequest,
} from "../rpc/provider";
import { reveal, revealAll } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";
import type { Account, AccountData, InstanceRecord } from "./account";
import { optionalText, textOf, textsOf } from "./arguments";
import { AwsError } from "./errors";
import type { InstanceHost, InstanceHosts } from "./hosts";
import { newId } from "./ids";
import { availableImages, IMAGES } from "./images";
import { checkInstance } from "./instance-arguments";
import { instancesThatExist } from "./instances";
import { instanceOutputs, previewedOutputs } from "./instance-outputs";
import { architectureOf, isInstanceType } from "./instance-type";
import { defaultSecurityGroup, defaultSubnet, zonesOf } from "./network";
import { authorizedKey } from "./key-pair";
import { previewedUpdate, protect } from "./outputs";
import { thisProcess } from "./process-mark";
import { refuseUnknownGroups } from "./security-group";
import { refuseSize, userDataBytes } from "./user-data";

// The properties below behave as in terraform-provider-aws (internal/service/ec2/ec2_instance.go), which is what the real
// provider wraps: ForceNew, and Optional + Computed.

/** A change of one of these is a new instance. */
const REPLACING: ReadonlySet<string> = new Set([
  "ami",
  "associatePublicIpAddress",
  "availabilityZone",
  "ebsOptimized",
  "hibernation",
  "ipv6AddressCount",
  "keyName",
  "region",
  "securityGroups",
  "subnetId",
  "tenancy",
]);

/** Taking one of these out of the program changes nothing: the instance keeps what it has. */
const STICKY: ReadonlySet<string> = new Set([
  ...REPLACING,
  "creditSpecification",
  "disableApiStop",
  "disableApiTermination",
  "enablePrimaryIpv6",
  "instanceInitiatedShutdownBehavior",
  "instanceType",
  "metadataOptions",
  "monitoring",
  "rootBlockDevice",
  "userData",
  "userDataBase64",
  "vpcSecurityGroupIds",
]);

/** `aws:ec2/instance:Instance`: a host of the lab. */
export class Instance implements ResourceType {
  constructor(
    private readonly account: Account,
    private readonly hosts: InstanceHosts,
    private readonly region: () => string,
  ) {}

  check({ news }: CheckRequest): CheckResult {
    return { inputs: news, failures: checkInstance(news) };
  }

  diff({ oldInputs, newInputs }: DiffRequest): Diff {
    const replaceForUserData = reveal(newInputs["userDataReplaceOnChange"] ?? false) === true;
    const changes = diffInputs(oldInputs, newInputs, {
      replaces: (property, path) =>
        REPLACING.has(property) ||
        ["rootBlockDevice.encrypted", "rootBlockDevice.kmsKeyId"].includes(path) ||
        (replaceForUserData && ["userData", "userDataBase64"].includes(property)),
      sets: new Set(["securityGroups", "vpcSecurityGroupIds"]),
      sticky: STICKY,
    });
    return { changes, deleteBeforeReplace: false };
  }

  async create({ inputs, preview }: CreateRequest): Promise<{ id: string; outputs: Properties }> {
    const args = revealAll(inputs);
    const region = optionalText(args, "region") ?? this.region();
    if (preview) {
      return { id: "", outputs: protect(previewedOutputs(args, region), inputs) };
    }
    const id = newId("i");
    const userData = knownUserData(args);
    const { record, publicKeys } = await this.account.change((data) => {
      refuseLaunch(data, args, region);
      const launched: InstanceRecord = {
        id,
        region,
        inputs: args,
        securityGroupIds: groupsOf(data, args, region),
        userData: userData.toString("base64"),
      };
      const keyName = optionalText(args, "keyName");
      const key = keyName === undefined ? undefined : data.keyPairs.get(keyName);
      // Written down before the host is made, so that nobody deletes the group or the key under it.
      data.instances.set(id, { ...launched, launching: thisProcess() });
      return { record: launched, publicKeys: key ? [authorizedKey(key)] : [] };
    });
    let host: InstanceHost;
    try {
      host = await this.hosts.create({ instanceId: id, hostname: id, userData, publicKeys });
    } catch (error) {
      await this.account.change((data) => {
        data.instances.delete(id);
      });
      throw error;
    }
    const groups = await this.account.change((data) => {
      data.instances.set(id, record);
      return data.securityGroups;
    });
    return { id, outputs: protect(instanceOutputs(record, host, groups), inputs) };
  }

  async read({ id, inputs, outputs }: ReadRequest): Promise<ReadResult | undefined> {
    const { instances, securityGroups } = await this.account.read();
    const record = instances.get(id);
    const host = record && (await this.hosts.get(id));
    if (!host) {
      await instancesThatExist(this.account, this.hosts);
      return undefined;
    }
    return {
      inputs: protect(record.inputs, inputs, outputs),
      outputs: protect(instanceOutputs(record, host, securityGroups), inputs, outputs),
    };
  }

  async update({ id, inputs, oldOutputs, preview }: UpdateRequest): Promise<Properties> {
    if (preview) {
      return previewedUpdate(oldOutputs, inputs);
    }
    const data = await this.account.read();
    const old = data.instances.get(id);
    const host = old && (await this.hosts.get(id));
    if (!host) {
      throw new AwsError(
        "DescribeInstances",
        "InvalidInstanceID.NotFound",
        `The instance ID '${id}' does not exist`,
      );
    }
    const args = inForce(old.inputs, revealAll(inputs));
    const userData = knownUserData(args);
    // Everything that can be refused is refused before the instance is stopped.
    refuseType("ModifyInstanceAttribute", args);
    const given = textsOf(args, "vpcSecurityGroupIds");
    refuseUnknownGroups("ModifyNetworkInterfaceAttribute", data, given, old.region);

    const newUserData = userData.toString("base64") !== old.userData;
    if (newUserData || args["instanceType"] !== old.inputs["instanceType"]) {
      await this.restart(id, host, args, newUserData ? userData : undefined);
    }
    const record: InstanceRecord = {
      id,
      region: old.region,
      inputs: args,
      securityGroupIds: given.length > 0 ? given : old.securityGroupIds,
      userData: userData.toString("base64"),
    };
    const groups = await this.account.change((latest) => {
      latest.instances.set(id, record);
      return latest.securityGroups;
    });
    const now = (await this.hosts.get(id)) ?? host;
    return protect(instanceOutputs(record, now, groups), inputs, oldOutputs);
  }

  async delete({ id }: { id: string }): Promise<void> {
    const { instances } = await this.account.read();
    const record = instances.get(id);
    const { disableApiTermination, forceDestroy } = record?.inputs ?? {};
    if (disableApiTermination === true && forceDestroy !== true) {
      throw new AwsError(
        "TerminateInstances",
        "OperationNotPermitted",
        `The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
    await this.hosts.destroy(id);
    await this.account.change((data) => {
      data.instances.delete(id);
    });
  }

  /** What EC2 needs for a new type or new user data: a stopped instance. It is the same one afterwards. */
  private async restart(
    id: string,
    host: InstanceHost,
    args: PlainProperties,
    userData: Buffer | undefined,
  ): Promise<void> {
    if (args["disableApiStop"] === true && args["forceDestroy"] !== true) {
      throw new AwsError(
        "StopInstances",
        "OperationNotPermitted",
        `The instance '${id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
      );
    }
    if (host.state === "running") {
      await this.hosts.stop(id);
    }
    try {
      if (userData) {
        await this.hosts.replaceUserData(id, userData);
      }
    } finally {
      await this.hosts.start(id);
    }
  }
}

function knownUserData(args: PlainProperties): Buffer {
  const bytes = userDataBytes(args);
  if (!bytes) {
    throw new Error("the user data is not known although this is no preview");
  }
  const tooLong = refuseSize(bytes);
  if (tooLong) {
    throw new AwsError("RunInstances", "InvalidParameterValue", tooLong);
  }
  return bytes;
}

/** What RunInstances refuses because the account or the region does not have it. */
function refuseLaunch(data: AccountData, args: PlainProperties, region: string): void {
  const refuse = (code: string, message: string): never => {
    throw new AwsError("RunInstances", code, message);
  };
  const ami = textOf(args, "ami");
  if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(ami)) {
    refuse("InvalidAMIID.Malformed", `Invalid id: "${ami}" (expecting "ami-..."); ${availableImages()}`);
  }
  const image = IMAGES.find(({ id }) => id === ami);
  if (!image) {
    refuse("InvalidAMIID.NotFound", `The image id '[${ami}]' does not exist; ${availableImages()}`);
  }
  refuseType("RunInstances", args);
  const zone = optionalText(args, "availabilityZone");
  if (zone !== undefined && !zonesOf(region).includes(zone)) {
    refuse(
      "InvalidParameterValue",
      `Invalid availability zone: [${zone}]; there are ${zonesOf(region).join(", ")}`,
    );
  }
  const subnet = optionalText(args, "subnetId");
  if (subnet !== undefined && !zonesOf(region).some((each) => defaultSubnet(each) === subnet)) {
    refuse(
      "InvalidSubnetID.NotFound",
      `The subnet ID '${subnet}' does not exist; leave subnetId out to use the lab's one network`,
    );
  }
  const keyName = optionalText(args, "keyName");
  if (keyName !== undefined && data.keyPairs.get(keyName)?.region !== region) {
    refuse("InvalidKeyPair.NotFound", `The key pair '${keyName}' does not exist`);
  }
  refuseUnknownGroups("RunInstances", data, textsOf(args, "vpcSecurityGroupIds"), region);
}

function refuseType(operation: string, args: PlainProperties): void {
  const type = textOf(args, "instanceType");
  if (!isInstanceType(type)) {
    throw new AwsError(
      operation,
      "InvalidParameterValue",
      `Invalid value '${type}' for InstanceType: it is a family, a dot and a size, such as t3.micro`,
    );
  }
  const image = IMAGES.find(({ id }) => id === args["ami"]);
  if (image && image.architecture !== architectureOf(type)) {
    throw new AwsError(
      operation,
      "InvalidParameterValue",
      `The architecture '${architectureOf(type)}' of the specified instance type does not match the architecture ` +
        `'${image.architecture}' of the specified AMI`,
    );
  }
}

function groupsOf(data: AccountData, args: PlainProperties, region: string): string[] {
  const ids = textsOf(args, "vpcSecurityGroupIds");
  const named = textsOf(args, "securityGroups").map((name) => groupNamed(data, name, region));
  const given = [...ids, ...named];
  return given.length > 0 ? given : [defaultSecurityGroup(region)];
}

function groupNamed(data: AccountData, name: string, region: string): string {
  if (name === "default") {
    return defaultSecurityGroup(region);
  }
  const group = [...data.securityGroups.values()].find(
    (each) => each.name === name && each.region === region,
  );
  if (!group) {
    throw new AwsError(
      "RunInstances",
      "InvalidGroup.NotFound",
      `The security group '${name}' does not exist`,
    );
  }
  return group.id;
}

/** The arguments after an update: what is no longer mentioned and sticky stays. */
function inForce(old: PlainProperties, args: PlainProperties): PlainProperties {
  const given = Object.entries(args).filter(([, value]) => value !== null);
  // Of user data there is only one form at a time.
  const forms = ["userData", "userDataBase64"];
  const replaced = given.some(([name]) => forms.includes(name)) ? forms : [];
  const kept = Object.entries(old).filter(([name]) => STICKY.has(name) && !replaced.includes(name));
  return Object.fromEntries([...kept, ...given]);
}
