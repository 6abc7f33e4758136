import type { Diff } from "../rpc/diff";
import { diffInputs } from "../rpc/diff";
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
import { checkArguments } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import { revealAll, UNKNOWN } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";
import type { Account, AccountData, StoredRecord } from "./account";
import { optionalText } from "./arguments";
import type { AwsError } from "./errors";
import { nameIfMissing, wasNamedByUs } from "./naming";
import { previewedUpdate, protect } from "./outputs";

/** What one type of resource has of its own. */
export interface StoredType {
  readonly arguments: Fields;
  /** The argument that the provider fills in when the program gives no name. */
  readonly name: string;
  /** Arguments that no update can change. */
  readonly replaces: readonly string[];
  /** Arguments that stay as they are when the program no longer gives them. */
  readonly sticky: readonly string[];
  /** Lists whose order means nothing. */
  readonly sets?: readonly string[];
  /** Outputs that a preview cannot know. */
  readonly unknown: readonly string[];
  /** Its records in the account. */
  readonly records: (data: AccountData) => Map<string, StoredRecord>;
  readonly outputs: (record: StoredRecord) => PlainProperties;
  readonly notFound: (id: string) => AwsError;
}

/** A resource that is a record in the account, and no host: all of its life but how it is made, and when it may go. */
export abstract class StoredResource implements ResourceType {
  constructor(
    protected readonly account: Account,
    private readonly region: () => string,
    private readonly type: StoredType,
  ) {}

  check(request: CheckRequest): CheckResult {
    const inputs = nameIfMissing(this.type.name, request);
    return { inputs, failures: checkArguments(this.type.arguments, inputs) };
  }

  diff({ oldInputs, newInputs }: DiffRequest): Diff {
    const { name, replaces, sticky, sets = [] } = this.type;
    const changes = diffInputs(oldInputs, newInputs, {
      replaces: (property) => replaces.includes(property),
      sets: new Set(sets),
      sticky: new Set(sticky),
    });
    // Two cannot have one name: the old one has to go first, unless the name was ours to change.
    const sameName = !changes.some((change) => change.property === name);
    return { changes, deleteBeforeReplace: sameName && !wasNamedByUs(name, newInputs) };
  }

  async create({ inputs, preview }: CreateRequest): Promise<{ id: string; outputs: Properties }> {
    const args = revealAll(inputs);
    const region = optionalText(args, "region") ?? this.region();
    if (preview) {
      const unknown: PlainProperties = Object.fromEntries(this.type.unknown.map((name) => [name, UNKNOWN]));
      const outputs = { ...this.type.outputs({ id: "", name: "", region, inputs: args }), ...unknown };
      return { id: "", outputs: protect(outputs, inputs) };
    }
    const { id, record } = await this.make(args, region);
    return { id, outputs: protect(this.type.outputs(record), inputs) };
  }

  async read({ id, inputs, outputs }: ReadRequest): Promise<ReadResult | undefined> {
    const record = this.type.records(await this.account.read()).get(id);
    return (
      record && {
        inputs: protect(record.inputs, inputs, outputs),
        outputs: protect(this.type.outputs(record), inputs, outputs),
      }
    );
  }

  async update({ id, inputs, oldOutputs, preview }: UpdateRequest): Promise<Properties> {
    if (preview) {
      return previewedUpdate(oldOutputs, inputs);
    }
    const args = revealAll(inputs);
    const record = await this.account.change((data) => {
      const found = this.type.records(data).get(id);
      if (!found) {
        throw this.type.notFound(id);
      }
      const changed = { ...found, inputs: this.updated(data, found, args) };
      this.type.records(data).set(id, changed);
      return changed;
    });
    return protect(this.type.outputs(record), inputs, oldOutputs);
  }

  abstract delete(request: { id: string }): Promise<void>;

  /** Puts a new record into the account, or refuses as EC2 does. @returns the record, and its id for the engine */
  protected abstract make(
    args: PlainProperties,
    region: string,
  ): Promise<{ readonly id: string; readonly record: StoredRecord }>;

  /** The arguments that are in force after an update. */
  protected updated(_data: AccountData, _found: StoredRecord, args: PlainProperties): PlainProperties {
    return args;
  }
}
