import type { Diff } from "./diff";
import type { Failure } from "./shape";
import type { PlainProperties, Properties } from "./value";

export type Severity = "debug" | "info" | "warning" | "error";

/** Writes to the engine's log. A passing message is only shown while the resource is being worked on. */
export type Log = (severity: Severity, message: string, options?: { passing?: boolean }) => void;

/** What every operation on a resource gets. */
export interface Operation {
  readonly urn: string;
  /** The resource's name in the program: the last part of the URN. */
  readonly name: string;
  readonly log: Log;
  /** Fires when the user cancels, the engine is gone or the resource's own time limit is over. */
  readonly signal: AbortSignal;
}

export interface CheckRequest {
  readonly urn: string;
  readonly name: string;
  /** The checked inputs of the resource as it is, empty for a new one. */
  readonly olds: Properties;
  readonly news: Properties;
  /** Makes random parts of names the same in preview and update. */
  readonly seed: Buffer;
}

export interface CheckResult {
  readonly inputs: Properties;
  readonly failures: readonly Failure[];
}

export interface DiffRequest {
  readonly oldInputs: Properties;
  readonly newInputs: Properties;
}

export interface CreateRequest {
  readonly inputs: Properties;
  readonly preview: boolean;
}

export interface UpdateRequest {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly inputs: Properties;
  readonly preview: boolean;
}

export interface ReadRequest {
  readonly id: string;
  /** Empty when the resource is imported. */
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface ReadResult {
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** One resource type of a provider. */
export interface ResourceType {
  check(request: CheckRequest): CheckResult;
  diff(request: DiffRequest): Diff;
  create(request: CreateRequest, operation: Operation): Promise<{ id: string; outputs: Properties }>;
  /** Looks at what is really there; undefined when it is gone. Left out when there is nothing to look at. */
  read?(request: ReadRequest, operation: Operation): Promise<ReadResult | undefined>;
  update(request: UpdateRequest, operation: Operation): Promise<Properties>;
  delete(request: { id: string; outputs: Properties }, operation: Operation): Promise<void>;
}

/** A function of a provider: reads, never changes. */
export interface ProviderFunction {
  check(args: Properties): readonly Failure[];
  call(args: PlainProperties): Promise<Properties> | Properties;
}

export interface Provider {
  /** The package name: `aws`. */
  readonly name: string;
  readonly version: string;
  /** What it is, for messages: "the lab's stand-in for the aws provider". */
  readonly title: string;
  readonly resources: Readonly<Record<string, ResourceType>>;
  readonly functions: Readonly<Record<string, ProviderFunction>>;
  checkConfig(config: Properties): readonly Failure[];
  configure(config: PlainProperties): void;
}

/** An error that is the user's or the stack's business: its message says all, a stack trace would only hide it. */
export class ProviderError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProviderError";
  }
}
