import { constants, gzipSync } from "node:zlib";

/** Where gzip's header names the system that packed it: zlib writes another number on each. */
const SYSTEM_BYTE = 9;
const UNKNOWN_SYSTEM = 255;

/** Gzip with a header that is the same on every system. */
export function packGzip(text: string): Buffer {
  const packed = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  packed[SYSTEM_BYTE] = UNKNOWN_SYSTEM;
  return packed;
}
