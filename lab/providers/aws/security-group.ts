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
import { checkArguments, flag, text } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import { revealAll, UNKNOWN } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";
import type { Account, AccountData, SecurityGroupRecord } from "./account";
import { optionalText, textOf } from "./arguments";
import { AwsError } from "./errors";
import type { InstanceHosts } from "./hosts";
import { ACCOUNT_ID, arn, newId } from "./ids";
import { instancesThatExist } from "./instances";
import { nameIfMissing, wasNamedByUs } from "./naming";
import { defaultSecurityGroup, defaultVpc } from "./network";
import { previewedUpdate, protect } from "./outputs";
import { region as regionShape } from "./region";
import { referencedGroups, rules } from "./security-group-rule";
import { tags } from "./tags";

const REPLACING = ["description", "name", "region", "vpcId"];
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
export class SecurityGroup implements ResourceType {
  constructor(
    private readonly account: Account,
    private readonly hosts: InstanceHosts,
    private readonly region: () => string,
  ) {}

  check(request: CheckRequest): CheckResult {
    const inputs = nameIfMissing("name", request);
    return { inputs, failures: checkArguments(ARGUMENTS, inputs) };
  }

  diff({ oldInputs, newInputs }: DiffRequest): Diff {
    const changes = diffInputs(oldInputs, newInputs, {
      replaces: (property) => REPLACING.includes(property),
      sets: new Set(["ingress", "egress"]),
      sticky: new Set(["name", "region", "vpcId", "ingress", "egress"]),
    });
    const sameName = !changes.some((change) => change.property === "name");
    return { changes, deleteBeforeReplace: sameName && !wasNamedByUs("name", newInputs) };
  }

  async create({ inputs, preview }: CreateRequest): Promise<{ id: string; outputs: Properties }> {
    const args = revealAll(inputs);
    const region = optionalText(args, "region") ?? this.region();
    if (preview) {
      const unknown: PlainProperties = { arn: UNKNOWN, ownerId: UNKNOWN };
      return {
        id: "",
        outputs: protect({ ...outputsOf({ id: "", name: "", region, inputs: args }), ...unknown }, inputs),
      };
    }
    const record: SecurityGroupRecord = { id: newId("sg"), name: textOf(args, "name"), region, inputs: args };
    await this.account.change((data) => {
      refuseVpc(args, region);
      refuseName(data, record.name, region);
      refuseReferences(data, args, region);
      data.securityGroups.set(record.id, record);
    });
    return { id: record.id, outputs: protect(outputsOf(record), inputs) };
  }

  async read({ id, inputs, outputs }: ReadRequest): Promise<ReadResult | undefined> {
    const { securityGroups } = await this.account.read();
    const record = securityGroups.get(id);
    return (
      record && {
        inputs: protect(record.inputs, inputs, outputs),
        outputs: protect(outputsOf(record), inputs, outputs),
      }
    );
  }

  async update({ id, inputs, oldOutputs, preview }: UpdateRequest): Promise<Properties> {
    if (preview) {
      return previewedUpdate(oldOutputs, inputs);
    }
    const args = revealAll(inputs);
    const record = await this.account.change((data) => {
      const found = data.securityGroups.get(id);
      if (!found) {
        throw new AwsError(
          "DescribeSecurityGroups",
          "InvalidGroup.NotFound",
          `The security group '${id}' does not exist`,
        );
      }
      refuseReferences(data, args, found.region);
      // Rules that the program no longer mentions stay as they are: both lists are optional and computed.
      const kept = Object.fromEntries(
        Object.entries(found.inputs).filter(([property]) => ["ingress", "egress"].includes(property)),
      );
      const changed = { ...found, inputs: { ...kept, ...args } };
      data.securityGroups.set(id, changed);
      return changed;
    });
    return protect(outputsOf(record), inputs, oldOutputs);
  }

  async delete({ id }: { id: string }): Promise<void> {
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

function outputsOf(record: SecurityGroupRecord): PlainProperties {
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
