import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { Instance } from "../../../../lab/providers/aws/instance";
import { ARGUMENTS } from "../../../../lab/providers/aws/instance-arguments";
import { IMAGES } from "../../../../lab/providers/aws/images";
import { KeyPair } from "../../../../lab/providers/aws/key-pair";
import { defaultSecurityGroup, defaultSubnet } from "../../../../lab/providers/aws/network";
import { SecurityGroup } from "../../../../lab/providers/aws/security-group";
import { reveal, Secret, UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";
import { checkOf, FakeHosts, temporaryAccount } from "../fakes";

const REGION = "eu-central-1";
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFVaniPTpxd74E450lO5FrGdQuRG/B+LkRp0z8q3oosj someone";
const AMI = IMAGES[0]?.id ?? "";
const BASIC = { ami: AMI, instanceType: "t3.micro" };

function cloud() {
  const account = temporaryAccount();
  const hosts = new FakeHosts();
  const region = () => REGION;
  const type = new Instance(account, hosts, region);
  return {
    account,
    hosts,
    type,
    keyPairs: new KeyPair(account, region),
    groups: new SecurityGroup(account, hosts, region),
    create: (inputs: Properties) => type.create({ inputs: { ...BASIC, ...inputs }, preview: false }),
  };
}

function refusals(args: Properties): string[] {
  return cloud()
    .type.check(checkOf(args))
    .failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("the arguments of an instance", () => {
  it("are all those of @pulumi/aws, each in exactly one list", () => {
    const declaration = readFileSync(require.resolve("@pulumi/aws/ec2/instance.d.ts"), "utf8");
    const args = declaration.slice(declaration.indexOf("export interface InstanceArgs {"));
    const real = [...args.matchAll(/^ {4}(\w+)\??: pulumi\.Input/gm)].map(([, name]) => name);
    expect(real.length).toBeGreaterThan(40);
    const ours = [...Object.keys(ARGUMENTS.known), ...(ARGUMENTS.notImplemented?.names ?? [])];
    expect([...ours].sort()).toEqual([...real].sort());
  });

  it("are accepted when EC2 accepts them, and when they are not known yet", () => {
    const args = {
      ...BASIC,
      metadataOptions: { httpTokens: "required", httpEndpoint: "enabled", httpPutResponseHopLimit: 2 },
      rootBlockDevice: { volumeSize: 20, volumeType: "gp3", encrypted: true, deleteOnTermination: true },
      monitoring: true,
      tenancy: "default",
      sourceDestCheck: true,
      userData: "#cloud-config\n",
      userDataBase64: "",
      tags: { Name: "web" },
    };
    expect(refusals(args)).toEqual([]);
    const unknown = Object.fromEntries(Object.keys(ARGUMENTS.known).map((name) => [name, UNKNOWN]));
    expect(refusals({ ...unknown, userDataBase64: null, securityGroups: null })).toEqual([]);
  });

  it.each<[Properties, string]>([
    [
      { instanceTyp: "x" },
      'instanceTyp: unknown argument "instanceTyp" of aws:ec2/instance:Instance; did you mean "instanceType"?',
    ],
    [
      { launchTemplate: { id: "x" } },
      'launchTemplate: the lab\'s stand-in for EC2 does not implement "launchTemplate"',
    ],
    [{ iamInstanceProfile: "x" }, 'does not implement "iamInstanceProfile"'],
    [
      { tenancy: "dedicated" },
      'tenancy: the lab\'s stand-in for EC2 does not implement the value "dedicated"',
    ],
    [{ hibernation: true }, "hibernation: the lab's stand-in for EC2 does not implement the value true"],
    [{ rootBlockDevice: { deleteOnTermination: false } }, "rootBlockDevice.deleteOnTermination: the lab's"],
    [{ ami: null }, 'ami: one of "ami", "launchTemplate" must be specified'],
    [{ instanceType: "" }, 'instanceType: one of "instanceType", "launchTemplate" must be specified'],
    [{ userData: "a", userDataBase64: "YWJj" }, 'ConflictsWith: "userData" conflicts with "userDataBase64"'],
    [{ userDataBase64: "no base64!" }, "userDataBase64: userDataBase64: must be base64-encoded"],
    [
      { userData: "#".repeat(16_385) },
      "userData: InvalidParameterValue: User data is limited to 16384 bytes",
    ],
    [{ userData: `#${"ä".repeat(8_192)}` }, "User data is limited to 16384 bytes (these are 16385"],
    [
      { userDataBase64: Buffer.alloc(16_385).toString("base64") },
      "userDataBase64: InvalidParameterValue: User data is",
    ],
    [
      { metadataOptions: { httpTokens: "maybe" } },
      'metadataOptions.httpTokens: expected one of "optional", "required", got "maybe"',
    ],
    [
      { metadataOptions: { httpPutResponseHopLimit: 65 } },
      "metadataOptions.httpPutResponseHopLimit: must be a whole number from 1 to 64, not 65",
    ],
    [
      { metadataOptions: { httpToken: "required" } },
      'unknown argument "httpToken" of metadataOptions; did you mean "httpTokens"?',
    ],
    [{ tags: { ["k".repeat(129)]: "v" } }, "tags: a tag's key has 1 to 128 characters"],
    [{ vpcSecurityGroupIds: "sg-1" }, "vpcSecurityGroupIds: must be a list, not a string"],
    [{ securityGroups: ["a"], vpcSecurityGroupIds: ["b"] }, 'ConflictsWith: "securityGroups" conflicts with'],
  ])("are refused in the preview: %#", (args, message) => {
    expect(refusals({ ...BASIC, ...args })).toEqual([expect.stringContaining(message)]);
  });

  it("of 16,384 raw bytes of user data are accepted, also when base64 makes them longer", () => {
    expect(refusals({ ...BASIC, userData: "#".repeat(16_384) })).toEqual([]);
    expect(refusals({ ...BASIC, userDataBase64: Buffer.alloc(16_384).toString("base64") })).toEqual([]);
  });

  it("never show user data", () => {
    const secret = "hunter2";
    const all = refusals({ ...BASIC, userData: [secret], userDataBase64: `!${secret}`, keyName: { secret } });
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(all.join()).not.toContain(secret);
  });
});

describe("launching an instance", () => {
  it("starts a host with the user data and the key of the key pair", async () => {
    const { hosts, keyPairs, create } = cloud();
    await keyPairs.create({ inputs: { keyName: "k", publicKey: `${KEY}\n` }, preview: false });
    const { id, outputs } = await create({
      keyName: "k",
      userData: "#cloud-config\n",
      tags: { Name: "web" },
    });
    expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(hosts.need(id)).toMatchObject({ publicKeys: [KEY], userData: Buffer.from("#cloud-config\n") });
    expect(outputs).toMatchObject({
      ami: AMI,
      arn: `arn:aws:ec2:${REGION}:123456789012:instance/${id}`,
      availabilityZone: "eu-central-1a",
      instanceState: "running",
      keyName: "k",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "optional", httpPutResponseHopLimit: 1 },
      privateDns: "ip-10-128-0-2.eu-central-1.compute.internal",
      privateIp: "10.128.0.2",
      publicDns: "ec2-10-128-0-2.eu-central-1.compute.amazonaws.com",
      publicIp: "10.128.0.2",
      securityGroups: ["default"],
      subnetId: defaultSubnet("eu-central-1a"),
      tags: { Name: "web" },
      tagsAll: { Name: "web" },
      userData: "#cloud-config\n",
      userDataReplaceOnChange: false,
      vpcSecurityGroupIds: [defaultSecurityGroup(REGION)],
    });
    expect(outputs).not.toHaveProperty("userDataBase64");
    expect(outputs["primaryNetworkInterfaceId"]).toMatch(/^eni-[0-9a-f]{17}$/);
  });

  it("hands on plain user data that is base64 already without encoding it again", async () => {
    const { hosts, create } = cloud();
    const { id, outputs } = await create({ userData: "I2Nsb3VkLWNvbmZpZwo=" });
    expect(hosts.need(id).userData.toString()).toBe("#cloud-config\n");
    expect(outputs["userData"]).toBe("I2Nsb3VkLWNvbmZpZwo=");
  });

  it("has no public address when it is asked to have none", async () => {
    const { outputs } = await cloud().create({ associatePublicIpAddress: false });
    expect(outputs).toMatchObject({ publicIp: "", publicDns: "", privateIp: "10.128.0.2" });
  });

  it.each<[Properties, string]>([
    [{ ami: "ami-1" }, 'InvalidAMIID.Malformed: Invalid id: "ami-1" (expecting "ami-...")'],
    [
      { ami: "ami-0123456789abcdef0" },
      "InvalidAMIID.NotFound: The image id '[ami-0123456789abcdef0]' does not exist; the lab has ami-",
    ],
    [{ instanceType: "huge" }, "InvalidParameterValue: Invalid value 'huge' for InstanceType"],
    [
      { instanceType: "t4g.micro" },
      "InvalidParameterValue: The architecture 'arm64' of the specified instance type does not match",
    ],
    [{ keyName: "none" }, "InvalidKeyPair.NotFound: The key pair 'none' does not exist"],
    [
      { vpcSecurityGroupIds: ["sg-0123456789abcdef0"] },
      "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist",
    ],
    [{ vpcSecurityGroupIds: ["web"] }, 'InvalidGroupId.Malformed: Invalid id: "web"'],
    [{ securityGroups: ["web"] }, "InvalidGroup.NotFound: The security group 'web' does not exist"],
    [{ subnetId: "subnet-1" }, "InvalidSubnetID.NotFound: The subnet ID 'subnet-1' does not exist"],
    [{ availabilityZone: "us-east-1a" }, "InvalidParameterValue: Invalid availability zone: [us-east-1a]"],
  ])("is refused before there is a host: %j", async (args, message) => {
    const { account, hosts, create } = cloud();
    await expect(create(args)).rejects.toThrow(`operation error EC2: RunInstances, api error ${message}`);
    expect(hosts.calls).toEqual([]);
    expect((await account.read()).instances.size).toBe(0);
  });

  it("leaves no record behind when the host cannot be made", async () => {
    const { account, hosts, create } = cloud();
    hosts.failing = "create";
    await expect(create({})).rejects.toThrow("create failed");
    expect((await account.read()).instances.size).toBe(0);
  });

  it("does nothing in a preview, and knows then what it can know", async () => {
    const { account, hosts, type } = cloud();
    const inputs: Properties = { ...BASIC, userData: UNKNOWN, vpcSecurityGroupIds: [UNKNOWN] };
    const { id, outputs } = await type.create({ inputs, preview: true });
    expect(id).toBe("");
    expect(outputs).toMatchObject({
      ami: AMI,
      publicIp: UNKNOWN,
      arn: UNKNOWN,
      userData: UNKNOWN,
      availabilityZone: "eu-central-1a",
    });
    expect(hosts.calls).toEqual([]);
    expect((await account.read()).instances.size).toBe(0);
  });

  it("keeps secrets secret in what it returns", async () => {
    const { type, create } = cloud();
    const inputs = { ...BASIC, userData: new Secret("#!/bin/sh\n"), tags: { a: new Secret("b") } };
    const { id, outputs } = await create(inputs);
    expect(outputs["userData"]).toEqual(new Secret("#!/bin/sh\n"));
    expect(outputs["tags"]).toEqual(new Secret({ a: "b" }));
    const read = await type.read({ id, inputs, outputs });
    expect(read?.inputs["userData"]).toEqual(new Secret("#!/bin/sh\n"));
    expect(read?.outputs["userData"]).toEqual(new Secret("#!/bin/sh\n"));
    const preview = await type.create({ inputs, preview: true });
    expect(preview.outputs["userData"]).toEqual(new Secret("#!/bin/sh\n"));
  });
});

describe("what a change of an instance means", () => {
  const olds: Properties = {
    ...BASIC,
    keyName: "a",
    subnetId: "subnet-1",
    availabilityZone: "eu-central-1a",
    associatePublicIpAddress: true,
    securityGroups: ["a"],
    tags: { Name: "web" },
    userData: "one",
    userDataReplaceOnChange: false,
    vpcSecurityGroupIds: ["a", "b"],
    metadataOptions: { httpTokens: "optional" },
    rootBlockDevice: { encrypted: false, volumeSize: 8 },
  };
  const diff = (news: Properties) => {
    const { changes } = cloud().type.diff({ oldInputs: olds, newInputs: { ...olds, ...news } });
    return changes.map(({ path, kind, replace }) => `${kind} ${path}${replace ? " replace" : ""}`);
  };

  it.each<[Properties, string[]]>([
    [{}, []],
    [{ ami: "b" }, ["update ami replace"]],
    [{ keyName: "b" }, ["update keyName replace"]],
    [{ subnetId: "b" }, ["update subnetId replace"]],
    [{ availabilityZone: "b" }, ["update availabilityZone replace"]],
    [{ associatePublicIpAddress: false }, ["update associatePublicIpAddress replace"]],
    [{ securityGroups: ["b"] }, ["update securityGroups[0] replace"]],
    [
      { rootBlockDevice: { encrypted: true, volumeSize: 9 } },
      ["update rootBlockDevice.encrypted replace", "update rootBlockDevice.volumeSize"],
    ],
    [{ userData: "two" }, ["update userData"]],
    [
      { userData: "two", userDataReplaceOnChange: true },
      ["update userData replace", "update userDataReplaceOnChange"],
    ],
    [
      { userData: UNKNOWN, userDataReplaceOnChange: true },
      ["update userData replace", "update userDataReplaceOnChange"],
    ],
    [{ userData: new Secret("one") }, []],
    [{ userDataReplaceOnChange: true }, ["update userDataReplaceOnChange"]],
    [
      { userData: null, userDataBase64: "b25l", userDataReplaceOnChange: true },
      ["update userDataReplaceOnChange", "add userDataBase64 replace"],
    ],
    [{ instanceType: "t3.small" }, ["update instanceType"]],
    [{ tags: { Name: "x", New: "y" } }, ["update tags.Name", "add tags.New"]],
    [{ tags: null }, ["delete tags"]],
    [{ vpcSecurityGroupIds: ["b", "a"] }, []],
    [{ vpcSecurityGroupIds: ["b"] }, ["update vpcSecurityGroupIds[0]", "delete vpcSecurityGroupIds[1]"]],
    [{ metadataOptions: { httpTokens: "required" } }, ["update metadataOptions.httpTokens"]],
    [{ keyName: null, userData: null, metadataOptions: null }, []],
  ])("%#: %j", (news, expected) => {
    expect(diff(news)).toEqual(expected);
  });
});

describe("updating an instance", () => {
  async function running(inputs: Properties = {}) {
    const all = cloud();
    const old = { ...BASIC, userData: "one", ...inputs };
    const { id, outputs } = await all.create(old);
    all.hosts.calls.length = 0;
    const update = (news: Properties, preview = false) =>
      all.type.update({ id, oldInputs: old, oldOutputs: outputs, inputs: { ...old, ...news }, preview });
    return { ...all, id, update };
  }

  it("with new user data stops and starts the same host", async () => {
    const { hosts, id, update } = await running();
    const outputs = await update({ userData: "two" });
    expect(hosts.calls).toEqual(["stop", "replaceUserData", "start"]);
    expect(hosts.need(id)).toMatchObject({ state: "running", userData: Buffer.from("two") });
    expect(outputs).toMatchObject({ userData: "two", privateIp: "10.128.0.2", instanceState: "running" });
  });

  it("with another type stops and starts it too, without touching the user data", async () => {
    const { hosts, update } = await running();
    expect(await update({ instanceType: "t3.small" })).toMatchObject({ instanceType: "t3.small" });
    expect(hosts.calls).toEqual(["stop", "start"]);
  });

  it.each<Properties>([
    { tags: { a: "b" } },
    { metadataOptions: { httpTokens: "required" } },
    { userDataReplaceOnChange: true },
    { vpcSecurityGroupIds: [defaultSecurityGroup(REGION)] },
    { userData: null, userDataBase64: Buffer.from("one").toString("base64") },
  ])("leaves it running for %j", async (news) => {
    const { hosts, update } = await running();
    expect(await update(news)).toMatchObject(
      Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null)),
    );
    expect(hosts.calls).toEqual([]);
  });

  it("keeps what the program no longer gives", async () => {
    const { hosts, update } = await running({ userData: new Secret("one") });
    expect(await update({ userData: null, tags: { a: "b" } })).toMatchObject({ userData: new Secret("one") });
    expect(hosts.calls).toEqual([]);
  });

  it("changes nothing in a preview", async () => {
    const { account, hosts, id, update } = await running();
    const before = (await account.read()).instances.get(id);
    expect(await update({ userData: UNKNOWN, tags: { a: "b" } }, true)).toMatchObject({
      userData: UNKNOWN,
      tagsAll: { a: "b" },
      privateIp: "10.128.0.2",
    });
    expect(hosts.calls).toEqual([]);
    expect((await account.read()).instances.get(id)).toEqual(before);
  });

  it("refuses before it stops anything", async () => {
    const { hosts, id, update } = await running();
    await expect(update({ instanceType: "none", userData: "two" })).rejects.toThrow(
      "operation error EC2: ModifyInstanceAttribute, api error InvalidParameterValue: Invalid value 'none'",
    );
    await expect(update({ vpcSecurityGroupIds: ["sg-01234567"], userData: "two" })).rejects.toThrow(
      "InvalidGroup.NotFound",
    );
    await expect(update({ disableApiStop: true, userData: "two" })).rejects.toThrow(
      `OperationNotPermitted: The instance '${id}' may not be stopped`,
    );
    expect(hosts.calls).toEqual([]);
  });

  it("starts the host again when the user data could not be replaced", async () => {
    const { hosts, id, update } = await running();
    hosts.failing = "replaceUserData";
    await expect(update({ userData: "two" })).rejects.toThrow("replaceUserData failed");
    expect(hosts.need(id).state).toBe("running");
    // The old state stands, so that the next update does it again.
    await update({ userData: "two" });
    expect(hosts.need(id).userData.toString()).toBe("two");
  });

  it("says so when the host is gone", async () => {
    const { hosts, id, update } = await running();
    await hosts.destroy(id);
    await expect(update({ tags: {} })).rejects.toThrow(
      `InvalidInstanceID.NotFound: The instance ID '${id}' does not exist`,
    );
  });
});

describe("an instance that is read or deleted", () => {
  it("shows what its host is, and is not there when the host is gone", async () => {
    const { account, hosts, type, create } = cloud();
    const { id, outputs } = await create({});
    expect(await type.read({ id, inputs: BASIC, outputs: {} })).toEqual({ inputs: BASIC, outputs });
    await hosts.stop(id);
    expect(await type.read({ id, inputs: BASIC, outputs: {} })).toMatchObject({
      outputs: { instanceState: "stopped", publicIp: "" },
    });
    await hosts.destroy(id);
    expect(await type.read({ id, inputs: BASIC, outputs: {} })).toBeUndefined();
    expect((await account.read()).instances.size).toBe(0);
    expect(await type.read({ id: "i-0", inputs: {}, outputs: {} })).toBeUndefined();
  });

  it("is terminated, also when it was gone already", async () => {
    const { account, hosts, type, create } = cloud();
    const { id } = await create({});
    await hosts.destroy(id);
    await type.delete({ id });
    expect((await account.read()).instances.size).toBe(0);
    await type.delete({ id });
  });

  it("is not terminated when that is disabled, unless by force", async () => {
    const { hosts, type, create } = cloud();
    const { id } = await create({ disableApiTermination: true });
    await expect(type.delete({ id })).rejects.toThrow("OperationNotPermitted");
    expect(hosts.need(id).state).toBe("running");
    const { id: forced } = await create({ disableApiTermination: true, forceDestroy: true });
    await type.delete({ id: forced });
    expect(hosts.hosts.has(forced)).toBe(false);
  });

  it("shows the names of its groups", async () => {
    const { groups, create } = cloud();
    const { id } = await groups.create({ inputs: { name: "web" }, preview: false });
    const { outputs } = await create({ vpcSecurityGroupIds: [id] });
    expect(reveal(outputs["securityGroups"] ?? null)).toEqual(["web"]);
    expect(await create({ securityGroups: ["web"] })).toMatchObject({
      outputs: { vpcSecurityGroupIds: [id] },
    });
  });
});
