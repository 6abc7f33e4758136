/** An IPv4 network or address that something on the machine uses. */
export interface UsedNetwork {
  /** `10.0.0.0/8`, or an address without a length. */
  readonly network: string;
  /** Who uses it, for messages: `address of eth0`, `route through tun0`. */
  readonly by: string;
}

/** Routes wider than this stand for "the rest of the world" (a VPN sets 0.0.0.0/1 and 128.0.0.0/1), not for a network. */
const WIDEST = 8;

/** The used network that overlaps the /24 network with this prefix (`10.140.7`), if there is one. */
export function overlapping(prefix: string, used: readonly UsedNetwork[]): UsedNetwork | undefined {
  const mine = parseNetwork(`${prefix}.0/24`);
  return used.find(({ network }) => {
    const other = parseNetwork(network);
    if (mine === undefined || other === undefined || other.length < WIDEST) {
      return false;
    }
    const size = 2 ** (32 - Math.min(mine.length, other.length));
    return Math.floor(mine.start / size) === Math.floor(other.start / size);
  });
}

/** The first candidate that overlaps nothing. */
export function chooseSubnet(
  candidates: readonly string[],
  used: readonly UsedNetwork[],
): { prefix: string } | { conflicts: UsedNetwork[] } {
  const conflicts: UsedNetwork[] = [];
  for (const prefix of candidates) {
    const conflict = overlapping(prefix, used);
    if (conflict === undefined) {
      return { prefix };
    }
    conflicts.push(conflict);
  }
  return { conflicts };
}

/** The numbers that hosts may have: .1 is the bridge, and a few stay free for what people add by hand. */
export const FIRST_HOST = 10;
export const LAST_HOST = 250;

/** The lowest free host number, or undefined when the network is full. */
export function freeHostNumber(taken: ReadonlySet<number>): number | undefined {
  for (let number = FIRST_HOST; number <= LAST_HOST; number++) {
    if (!taken.has(number)) {
      return number;
    }
  }
  return undefined;
}

/** Parses `10.1.2.0/24` or `10.1.2.3`; `default` and anything else that is not IPv4 is undefined. */
export function parseNetwork(text: string): { start: number; length: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) {
    return undefined;
  }
  const bytes = match.slice(1, 5).map(Number);
  const length = match[5] === undefined ? 32 : Number(match[5]);
  if (bytes.some((byte) => byte > 255) || length > 32) {
    return undefined;
  }
  return { start: bytes.reduce((sum, byte) => sum * 256 + byte, 0), length };
}
