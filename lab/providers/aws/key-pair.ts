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
import { checkArguments, text } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import { revealAll, UNKNOWN } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";
import type { Account, KeyPairRecord } from "./account";
import { optionalText, textOf } from "./arguments";
import { AwsError } from "./errors";
import { arn, newId } from "./ids";
import { nameIfMissing, wasNamedByUs } from "./naming";
import { previewedUpdate, protect } from "./outputs";
import { readPublicKey } from "./public-key";
import { region as regionShape } from "./region";
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
export class KeyPair implements ResourceType {
  constructor(
    private readonly account: Account,
    private readonly region: () => string,
  ) {}

  check(request: CheckRequest): CheckResult {
    const inputs = nameIfMissing("keyName", request);
    return { inputs, failures: checkArguments(ARGUMENTS, inputs) };
  }

  diff({ oldInputs, newInputs }: DiffRequest): Diff {
    const changes = diffInputs(oldInputs, newInputs, {
      replaces: (property) => ["keyName", "publicKey", "region"].includes(property),
      sticky: new Set(["keyName", "region"]),
    });
    // Two key pairs cannot have one name: the old one has to go first, unless the name was ours to change.
    const sameName = !changes.some((change) => change.property === "keyName");
    return { changes, deleteBeforeReplace: sameName && !wasNamedByUs("keyName", newInputs) };
  }

  async create({ inputs, preview }: CreateRequest): Promise<{ id: string; outputs: Properties }> {
    const args = revealAll(inputs);
    const region = optionalText(args, "region") ?? this.region();
    if (preview) {
      const unknown: PlainProperties = {
        arn: UNKNOWN,
        fingerprint: UNKNOWN,
        keyPairId: UNKNOWN,
        keyType: UNKNOWN,
      };
      const outputs = { ...outputsOf({ id: "", name: "", region, inputs: args }), ...unknown };
      return { id: "", outputs: protect(outputs, inputs) };
    }
    const name = textOf(args, "keyName");
    if (!readPublicKey(textOf(args, "publicKey"))) {
      throw new AwsError(
        "ImportKeyPair",
        "InvalidKey.Format",
        `Key is not in valid OpenSSH public key format (publicKey of key pair '${name}'): give one line, ` +
          "ssh-ed25519 or ssh-rsa with 1024, 2048 or 4096 bits",
      );
    }
    const record: KeyPairRecord = { id: newId("key"), name, region, inputs: args };
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
    return { id: name, outputs: protect(outputsOf(record), inputs) };
  }

  async read({ id, inputs, outputs }: ReadRequest): Promise<ReadResult | undefined> {
    const { keyPairs } = await this.account.read();
    const record = keyPairs.get(id);
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
      const found = data.keyPairs.get(id);
      if (!found) {
        throw new AwsError("CreateTags", "InvalidKeyPair.NotFound", `The key pair '${id}' does not exist`);
      }
      const changed: KeyPairRecord = { ...found, inputs: args };
      data.keyPairs.set(id, changed);
      return changed;
    });
    return protect(outputsOf(record), inputs, oldOutputs);
  }

  async delete({ id }: { id: string }): Promise<void> {
    await this.account.change((data) => {
      data.keyPairs.delete(id);
    });
  }
}

/** The key of a key pair as the hosts get it: one line. */
export function authorizedKey(record: KeyPairRecord): string {
  return textOf(record.inputs, "publicKey").trim();
}

function outputsOf(record: KeyPairRecord): PlainProperties {
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
