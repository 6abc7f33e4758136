import { flag, text } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import type { PlainProperties } from "../rpc/value";
import type { Account, AccountData, StoredRecord } from "./account";
import { optionalText, textOf } from "./arguments";
import { AwsError } from "./errors";
import type { InstanceHosts } from "./hosts";
import { ACCOUNT_ID, arn, newId } from "./ids";
import { instancesThatExist } from "./instances";
import { defaultSecurityGroup, defaultVpc } from "./network";
import { region as regionShape } from "./region";
import { referencedGroups, rules } from "./security-group-rule";
import { StoredResource } from "./stored-resource";
import { tags } from "./tags";

const CHARACTERS = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/;

const ARGUMENTS: Fields = {
  owner: "aws:ec2/securityGroup:SecurityGroup",
  known: {
    name: text((name, show) => {
      if (name.length < 1 || name.length > 255 || !CHARACTERS.test(name)) {
        return `must be 1 to 255 characters out of a-z A-Z 0-9 space ._-:/()#,@[]+=&;{}!$*, not ${show(name)}`;
      }
      return name.startsWith("sg-")
        ? `invalid value for name (cannot begin with sg-): ${show(name)}`
        : undefined;
    }),
    description: text((description, show) =>
      description.length >= 1 && description.length <= 255 && CHARACTERS.test(description)
        ? undefined
        : `must be 1 to 255 characters out of a-z A-Z 0-9 space ._-:/()#,@[]+=&;{}!$*, not ${show(description)}`,
    ),
    ingress: rules,
    egress: rules,
    region: regionShape,
    // No effect here: a group of the lab has no rules outside of this resource.
    revokeRulesOnDelete: flag(),
    tags,
    vpcId: text(),
  },
  notImplemented: { names: ["namePrefix"], standIn: "EC2" },
};

/** `aws:ec2/securityGroup:SecurityGroup`: stored and validated, not enforced. */
export class SecurityGroup extends StoredResource {
  constructor(
    account: Account,
    private readonly hosts: InstanceHosts,
    region: () => string,
  ) {
    super(account, region, {
      arguments: ARGUMENTS,
      name: "name",
      replaces: ["description", "name", "region", "vpcId"],
      sticky: ["name", "region", "vpcId", "ingress", "egress"],
      sets: ["ingress", "egress"],
      unknown: ["arn", "ownerId"],
      records: (data) => data.securityGroups,
      outputs: outputsOf,
      notFound: (id) =>
        new AwsError(
          "DescribeSecurityGroups",
          "InvalidGroup.NotFound",
          `The security group '${id}' does not exist`,
        ),
    });
  }

  protected override async make(args: PlainProperties, region: string) {
    const record: StoredRecord = { id: newId("sg"), name: textOf(args, "name"), region, inputs: args };
    await this.account.change((data) => {
      refuseVpc(args, region);
      refuseName(data, record.name, region);
      refuseReferences(data, args, region);
      data.securityGroups.set(record.id, record);
    });
    return { id: record.id, record };
  }

  protected override updated(data: AccountData, found: StoredRecord, args: PlainProperties): PlainProperties {
    refuseReferences(data, args, found.region);
    // Rules that the program no longer mentions stay as they are: both lists are optional and computed.
    const kept = Object.fromEntries(
      Object.entries(found.inputs).filter(([property]) => ["ingress", "egress"].includes(property)),
    );
    return { ...kept, ...args };
  }

  override async delete({ id }: { id: string }): Promise<void> {
    const existing = await instancesThatExist(this.account, this.hosts);
    await this.account.change((data) => {
      const used = existing.some((instance) => instance.securityGroupIds.includes(id));
      const referenced = [...data.securityGroups.values()].some(
        (group) => group.id !== id && referencedGroups(group.inputs).includes(id),
      );
      if (data.securityGroups.has(id) && (used || referenced)) {
        throw new AwsError(
          "DeleteSecurityGroup",
          "DependencyViolation",
          `resource ${id} has a dependent object`,
        );
      }
      data.securityGroups.delete(id);
    });
  }
}

/** Refuses groups that the account does not have. */
export function refuseUnknownGroups(
  operation: string,
  data: AccountData,
  ids: readonly string[],
  region: string,
): void {
  for (const id of ids) {
    if (id === defaultSecurityGroup(region) || data.securityGroups.get(id)?.region === region) {
      continue;
    }
    throw /^sg-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)
      ? new AwsError(operation, "InvalidGroup.NotFound", `The security group '${id}' does not exist`)
      : new AwsError(operation, "InvalidGroupId.Malformed", `Invalid id: "${id}" (expecting "sg-...")`);
  }
}

function refuseVpc(args: PlainProperties, region: string): void {
  const vpc = optionalText(args, "vpcId");
  if (vpc !== undefined && vpc !== defaultVpc(region)) {
    throw new AwsError(
      "CreateSecurityGroup",
      "InvalidVpcID.NotFound",
      `The vpc ID '${vpc}' does not exist; the lab has one VPC, ${defaultVpc(region)}: leave vpcId out`,
    );
  }
}

function refuseName(data: AccountData, name: string, region: string): void {
  if (name === "default") {
    throw new AwsError(
      "CreateSecurityGroup",
      "InvalidParameterValue",
      "Cannot use reserved security group name: default",
    );
  }
  const taken = [...data.securityGroups.values()].some(
    (each) => each.name === name && each.region === region,
  );
  if (taken) {
    throw new AwsError(
      "CreateSecurityGroup",
      "InvalidGroup.Duplicate",
      `The security group '${name}' already exists for VPC '${defaultVpc(region)}'`,
    );
  }
}

function refuseReferences(data: AccountData, args: PlainProperties, region: string): void {
  refuseUnknownGroups("AuthorizeSecurityGroupIngress", data, referencedGroups(args), region);
}

function outputsOf(record: StoredRecord): PlainProperties {
  const { inputs, region } = record;
  const tagged = inputs["tags"] ?? {};
  return {
    arn: arn("ec2", region, `security-group/${record.id}`),
    description: inputs["description"] ?? "Managed by Pulumi",
    egress: inputs["egress"] ?? [],
    ingress: inputs["ingress"] ?? [],
    name: inputs["name"] ?? "",
    namePrefix: "",
    ownerId: ACCOUNT_ID,
    region,
    revokeRulesOnDelete: inputs["revokeRulesOnDelete"] ?? false,
    tags: tagged,
    tagsAll: tagged,
    vpcId: defaultVpc(region),
  };
}
