import { describe, expect, it } from "vitest";

import { KeyPair } from "../../../../lab/providers/aws/key-pair";
import { Secret } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";
import { checkOf, temporaryAccount } from "../fakes";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFVaniPTpxd74E450lO5FrGdQuRG/B+LkRp0z8q3oosj someone";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGaT0sKIgmZVRLbTBjsWh3jNc1S8dPDbkyWlRhsNNwEd";

function keyPairs() {
  const account = temporaryAccount();
  return { account, type: new KeyPair(account, () => "us-east-1") };
}

const create = (type: KeyPair, inputs: Properties) => type.create({ inputs, preview: false });

describe("aws:ec2/keyPair:KeyPair", () => {
  it("names itself, the same in preview and update, and keeps the name", () => {
    const { type } = keyPairs();
    const first = type.check(checkOf({ publicKey: KEY }));
    expect(first.inputs["keyName"]).toMatch(/^web-[0-9a-f]{7}$/);
    expect(type.check(checkOf({ publicKey: KEY })).inputs).toEqual(first.inputs);
    const second = type.check({ ...checkOf({ publicKey: OTHER }, first.inputs), seed: Buffer.from("other") });
    expect(second.inputs["keyName"]).toBe(first.inputs["keyName"]);
    // A name that the program gave and gives no more is not kept.
    const named = type.check(checkOf({ publicKey: KEY, keyName: "mine" })).inputs;
    expect(type.check(checkOf({ publicKey: KEY }, named)).inputs["keyName"]).toMatch(/^web-/);
  });

  it("refuses bad names, missing keys and what it does not implement, before anything is made", () => {
    const { type } = keyPairs();
    const { failures } = type.check(checkOf({ keyName: " x", keyNamePrefix: "y", keyname: "z" }));
    expect(failures.map(({ property }) => property).sort()).toEqual([
      "keyName",
      "keyNamePrefix",
      "keyname",
      "publicKey",
    ]);
  });

  it("is there after create, with what EC2 says of it", async () => {
    const { type } = keyPairs();
    const inputs = { keyName: "k", publicKey: KEY, tags: { a: "b" } };
    const { id, outputs } = await create(type, inputs);
    expect(id).toBe("k");
    expect(outputs).toMatchObject({
      keyName: "k",
      keyType: "ed25519",
      tagsAll: { a: "b" },
      region: "us-east-1",
    });
    expect(outputs["arn"]).toBe("arn:aws:ec2:us-east-1:123456789012:key-pair/k");
    expect(await type.read({ id, inputs, outputs: {} })).toEqual({ inputs, outputs });
    await type.delete({ id });
    expect(await type.read({ id, inputs, outputs: {} })).toBeUndefined();
    await type.delete({ id });
  });

  it("is refused when the name is taken or the key is no key", async () => {
    const { type } = keyPairs();
    await create(type, { keyName: "k", publicKey: KEY });
    await expect(create(type, { keyName: "k", publicKey: OTHER })).rejects.toThrow(
      "operation error EC2: ImportKeyPair, api error InvalidKeyPair.Duplicate: The keypair 'k' already exists.",
    );
    await expect(create(type, { keyName: "l", publicKey: "ssh-dss AAAA" })).rejects.toThrow(
      "InvalidKey.Format: Key is not in valid OpenSSH public key format",
    );
  });

  it("changes nothing in a preview", async () => {
    const { account, type } = keyPairs();
    await type.create({ inputs: { keyName: "k", publicKey: KEY }, preview: true });
    expect((await account.read()).keyPairs.size).toBe(0);
  });

  it("is replaced for another key, the old one first when the name stays, and tagged in place", async () => {
    const { type } = keyPairs();
    const olds = type.check(checkOf({ publicKey: KEY, keyName: "k" })).inputs;
    const replaced = type.diff({ oldInputs: olds, newInputs: { ...olds, publicKey: OTHER } });
    expect(replaced).toMatchObject({
      deleteBeforeReplace: true,
      changes: [{ path: "publicKey", replace: true }],
    });
    const tagged = type.diff({ oldInputs: olds, newInputs: { ...olds, tags: { a: "b" } } });
    expect(tagged.changes).toMatchObject([{ path: "tags", kind: "add", replace: false }]);
    const { id, outputs } = await create(type, olds);
    const request = { id, inputs: { ...olds, tags: { a: "b" } }, oldInputs: olds, oldOutputs: outputs };
    expect(await type.update({ ...request, preview: true })).toMatchObject({ tagsAll: { a: "b" } });
    expect(await type.read({ id, inputs: olds, outputs: {} })).toMatchObject({ outputs: { tags: {} } });
    expect(await type.update({ ...request, preview: false })).toMatchObject({ tagsAll: { a: "b" } });
    expect(await type.read({ id, inputs: olds, outputs: {} })).toMatchObject({
      outputs: { tags: { a: "b" } },
    });
  });

  it("keeps a secret key secret", async () => {
    const { type } = keyPairs();
    const inputs = { keyName: "k", publicKey: new Secret(KEY) };
    const { id, outputs } = await create(type, inputs);
    expect(outputs["publicKey"]).toEqual(new Secret(KEY));
    expect((await type.read({ id, inputs, outputs: {} }))?.inputs).toEqual(inputs);
  });
});
