import type { Place, UnknownReason } from "../result";

interface Found {
  readonly place: Place;
  /** Why it may not be so; absent if it is. */
  readonly doubt?: UnknownReason;
}

/** A backlog that a file asks for. */
export interface FoundBacklog extends Found {
  readonly software: string;
  readonly value: number;
  readonly port?: number;
}

/** A sysctl that a file gives to a container. */
export interface FoundContainer extends Found {
  readonly key: string;
  readonly value?: string;
  readonly ports?: readonly number[];
}
