import type { Chunk } from "../files";

/** Whether a command surely worked, surely failed, or may have done either. */
export type Status = "works" | "fails" | "unclear";

/** Where the output of a command goes. */
export type Sink = (chunk: Chunk) => void;

/** What a command reads and writes. */
export interface Streams {
  /** Undefined where nobody knows what comes in. */
  readonly input: readonly Chunk[] | undefined;
  readonly output: Sink;
}

/** Where output goes that nobody reads. */
export const NOWHERE: Sink = () => undefined;
