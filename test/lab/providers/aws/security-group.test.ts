import { describe, expect, it } from "vitest";

import { defaultVpc } from "../../../../lab/providers/aws/network";
import { SecurityGroup } from "../../../../lab/providers/aws/security-group";
import { UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";
import { checkOf, FakeHosts, temporaryAccount } from "../fakes";

const SSH = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] };

function groups() {
  const account = temporaryAccount();
  const hosts = new FakeHosts();
  return { account, hosts, type: new SecurityGroup(account, hosts, () => "us-east-1") };
}

const create = (type: SecurityGroup, inputs: Properties) => type.create({ inputs, preview: false });

function refusals(args: Properties): string[] {
  return groups()
    .type.check(checkOf(args))
    .failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("aws:ec2/securityGroup:SecurityGroup", () => {
  it("accepts what EC2 accepts", () => {
    const args = {
      description: "web servers",
      ingress: [SSH, { protocol: "icmp", fromPort: -1, toPort: -1, ipv6CidrBlocks: ["::/0"], self: true }],
      egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["10.0.0.0/8"], description: "all" }],
    };
    expect(refusals(args)).toEqual([]);
    expect(
      refusals({ ingress: [{ ...SSH, cidrBlocks: [UNKNOWN], fromPort: UNKNOWN }], egress: UNKNOWN }),
    ).toEqual([]);
  });

  it.each<[Properties, string]>([
    [{ name: "sg-web" }, "name: invalid value for name (cannot begin with sg-)"],
    [{ description: "" }, "description: must be 1 to 255 characters"],
    [{ description: "ä" }, "description: must be 1 to 255 characters"],
    [{ namePrefix: "x" }, 'namePrefix: the lab\'s stand-in for EC2 does not implement "namePrefix"'],
    [
      { ingres: [] },
      'ingres: unknown argument "ingres" of aws:ec2/securityGroup:SecurityGroup; did you mean "ingress"?',
    ],
    [{ ingress: [{ ...SSH, toPort: 21 }] }, "ingress[0]: Invalid TCP/UDP port range (22:21)"],
    [{ ingress: [{ ...SSH, fromPort: -1 }] }, "ingress[0]: Invalid TCP/UDP port range (-1:22)"],
    [
      { ingress: [{ ...SSH, toPort: 65_536 }] },
      "ingress[0].toPort: must be a whole number from -1 to 65535, not 65536",
    ],
    [{ ingress: [{ ...SSH, protocol: "-1" }] }, "must both be 0 to use the 'ALL' \"-1\" protocol!"],
    [
      { ingress: [{ ...SSH, protocol: "http" }] },
      "ingress[0].protocol: must be tcp, udp, icmp, icmpv6, -1 or a number",
    ],
    [{ ingress: [{ ...SSH, protocol: null }] }, 'ingress[0].protocol: missing required argument "protocol"'],
    [{ ingress: [{ ...SSH, prefixListIds: ["pl-1"] }] }, 'does not implement "prefixListIds"'],
    [
      { egress: [{ ...SSH, cidrBlocks: ["10.0.0.1/24"] }] },
      'is not a valid CIDR block; did you mean "10.0.0.0/24"?',
    ],
    [{ egress: [{ ...SSH, cidrBlocks: ["255.255.255.255/31"] }] }, 'did you mean "255.255.255.254/31"?'],
    [{ egress: [{ ...SSH, cidrBlocks: ["10.0.0.0"] }] }, '"10.0.0.0" is not a valid CIDR block'],
    [{ egress: [{ ...SSH, cidrBlocks: ["10.0.0.0/33"] }] }, '"10.0.0.0/33" is not a valid CIDR block'],
    [{ egress: [{ ...SSH, ipv6CidrBlocks: ["::/129"] }] }, '"::/129" is not a valid IPv6 CIDR block'],
    [{ tags: { "aws:x": "y" } }, 'tags: tag keys that begin with "aws:" are reserved'],
    [{ region: "moon" }, 'region: invalid AWS Region: "moon"'],
  ])("refuses %j", (args, message) => {
    expect(refusals(args)).toEqual([expect.stringContaining(message)]);
  });

  it("is stored with its rules, and found again", async () => {
    const { type } = groups();
    const inputs = { name: "web", ingress: [SSH] };
    const { id, outputs } = await create(type, inputs);
    expect(id).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(outputs).toMatchObject({
      name: "web",
      description: "Managed by Pulumi",
      ingress: [SSH],
      egress: [],
      vpcId: defaultVpc("us-east-1"),
    });
    expect(await type.read({ id, inputs, outputs: {} })).toEqual({ inputs, outputs });
  });

  it("is refused when its name is taken or reserved, or its VPC or a group of a rule is not there", async () => {
    const { type } = groups();
    await create(type, { name: "web" });
    await expect(create(type, { name: "web" })).rejects.toThrow(
      "InvalidGroup.Duplicate: The security group 'web'",
    );
    await expect(create(type, { name: "default" })).rejects.toThrow("reserved security group name");
    await expect(create(type, { name: "a", vpcId: "vpc-1" })).rejects.toThrow(
      "InvalidVpcID.NotFound: The vpc ID 'vpc-1'",
    );
    const rule = { protocol: "tcp", fromPort: 1, toPort: 2, securityGroups: ["sg-0123456789abcdef0"] };
    await expect(create(type, { name: "b", ingress: [rule] })).rejects.toThrow(
      "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist",
    );
  });

  it("changes rules and tags in place, in any order, and is replaced for the rest", () => {
    const { type } = groups();
    const other = { ...SSH, fromPort: 80, toPort: 80 };
    const olds = { name: "web", description: "d", ingress: [SSH, other], tags: { a: "b" } };
    const diff = (news: Properties) =>
      type.diff({ oldInputs: olds, newInputs: { ...olds, ...news } }).changes;
    expect(diff({ ingress: [other, SSH] })).toEqual([]);
    expect(diff({ ingress: [SSH], tags: {} }).every(({ replace }) => !replace)).toBe(true);
    expect(diff({ description: "e" })).toMatchObject([{ path: "description", replace: true }]);
    expect(diff({ name: "x" })).toMatchObject([{ path: "name", replace: true }]);
  });

  it("updates what is stored, but not in a preview", async () => {
    const { type } = groups();
    const inputs = { name: "web", ingress: [SSH] };
    const { id, outputs } = await create(type, inputs);
    const request = { id, oldInputs: inputs, oldOutputs: outputs, inputs: { name: "web", egress: [SSH] } };
    expect(await type.update({ ...request, preview: true })).toMatchObject({ egress: [SSH] });
    expect(await type.read({ id, inputs, outputs: {} })).toMatchObject({ outputs: { egress: [] } });
    // Rules that the program no longer mentions are optional and computed: they stay.
    expect(await type.update({ ...request, preview: false })).toMatchObject({
      ingress: [SSH],
      egress: [SSH],
    });
  });

  it("is not deleted while an instance or another group uses it", async () => {
    const { account, hosts, type } = groups();
    const { id } = await create(type, { name: "web" });
    const rule = { protocol: "tcp", fromPort: 1, toPort: 2, securityGroups: [id] };
    const { id: other } = await create(type, { name: "other", ingress: [rule] });
    await expect(type.delete({ id })).rejects.toThrow(
      `operation error EC2: DeleteSecurityGroup, api error DependencyViolation: resource ${id} has a dependent object`,
    );
    await type.delete({ id: other });
    await hosts.create({ instanceId: "i-1", hostname: "i-1", userData: Buffer.alloc(0), publicKeys: [] });
    await account.change((data) => {
      data.instances.set("i-1", {
        id: "i-1",
        region: "us-east-1",
        inputs: {},
        securityGroupIds: [id],
        userData: "",
      });
    });
    await expect(type.delete({ id })).rejects.toThrow("DependencyViolation");
    // An instance whose host is gone uses nothing any more.
    await hosts.destroy("i-1");
    await type.delete({ id });
    expect(await type.read({ id, inputs: {}, outputs: {} })).toBeUndefined();
  });
});
