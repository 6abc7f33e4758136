import { text } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import type { PlainProperties } from "../rpc/value";
import type { Account, StoredRecord } from "./account";
import { textOf } from "./arguments";
import { AwsError } from "./errors";
import { arn, newId } from "./ids";
import { readPublicKey } from "./public-key";
import { region as regionShape } from "./region";
import { StoredResource } from "./stored-resource";
import { tags as tagsShape } from "./tags";

const ARGUMENTS: Fields = {
  owner: "aws:ec2/keyPair:KeyPair",
  known: {
    keyName: text((name, show) =>
      /^[\x20-\x7e]{1,255}$/.test(name) && name === name.trim()
        ? undefined
        : `must be 1 to 255 printable ASCII characters without spaces around them, not ${show(name)}`,
    ),
    publicKey: text(),
    region: regionShape,
    tags: tagsShape,
  },
  required: ["publicKey"],
  notImplemented: { names: ["keyNamePrefix"], standIn: "EC2" },
};

/** `aws:ec2/keyPair:KeyPair`: a public key that instances get for their default user. The id is the name. */
export class KeyPair extends StoredResource {
  constructor(account: Account, region: () => string) {
    super(account, region, {
      arguments: ARGUMENTS,
      name: "keyName",
      replaces: ["keyName", "publicKey", "region"],
      sticky: ["keyName", "region"],
      unknown: ["arn", "fingerprint", "keyPairId", "keyType"],
      records: (data) => data.keyPairs,
      outputs: outputsOf,
      notFound: (id) =>
        new AwsError("CreateTags", "InvalidKeyPair.NotFound", `The key pair '${id}' does not exist`),
    });
  }

  protected override async make(args: PlainProperties, region: string) {
    const name = textOf(args, "keyName");
    if (!readPublicKey(textOf(args, "publicKey"))) {
      throw new AwsError(
        "ImportKeyPair",
        "InvalidKey.Format",
        `Key is not in valid OpenSSH public key format (publicKey of key pair '${name}'): give one line, ` +
          "ssh-ed25519 or ssh-rsa with 1024, 2048 or 4096 bits",
      );
    }
    const record: StoredRecord = { id: newId("key"), name, region, inputs: args };
    await this.account.change((data) => {
      if (data.keyPairs.has(name)) {
        throw new AwsError(
          "ImportKeyPair",
          "InvalidKeyPair.Duplicate",
          `The keypair '${name}' already exists.`,
        );
      }
      data.keyPairs.set(name, record);
    });
    return { id: name, record };
  }

  override async delete({ id }: { id: string }): Promise<void> {
    await this.account.change((data) => {
      data.keyPairs.delete(id);
    });
  }
}

/** The key of a key pair as the hosts get it: one line. */
export function authorizedKey(record: StoredRecord): string {
  return textOf(record.inputs, "publicKey").trim();
}

function outputsOf(record: StoredRecord): PlainProperties {
  const { inputs, region } = record;
  const publicKey = inputs["publicKey"] ?? "";
  const key = typeof publicKey === "string" ? readPublicKey(publicKey) : undefined;
  const tags = inputs["tags"] ?? {};
  return {
    arn: arn("ec2", region, `key-pair/${record.name}`),
    fingerprint: key?.fingerprint ?? "",
    keyName: inputs["keyName"] ?? record.name,
    keyNamePrefix: "",
    keyPairId: record.id,
    keyType: key?.type ?? "",
    publicKey,
    region,
    tags,
    tagsAll: tags,
  };
}
