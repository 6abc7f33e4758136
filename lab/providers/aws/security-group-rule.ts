import { isIPv4, isIPv6 } from "node:net";

import { flag, listOf, record, text, whole } from "../rpc/shape";
import type { Failure, Shape } from "../rpc/shape";
import { isList, isProperties, reveal } from "../rpc/value";
import type { PlainProperties, Value } from "../rpc/value";
import { textsOf } from "./arguments";

/** `-1` and `all` are every protocol; numbers are those of IANA. */
const NAMED_PROTOCOLS = ["tcp", "udp", "icmp", "icmpv6"];
const ALL = ["-1", "all"];

const fields = record({
  owner: "a security group rule",
  known: {
    protocol: text((protocol, show) =>
      isProtocol(protocol)
        ? undefined
        : `must be tcp, udp, icmp, icmpv6, -1 or a number up to 255, not ${show(protocol)}`,
    ),
    fromPort: whole(-1, 65_535),
    toPort: whole(-1, 65_535),
    cidrBlocks: listOf(text((cidr, show) => refuseIpv4(cidr, show(cidr)))),
    ipv6CidrBlocks: listOf(text((cidr, show) => refuseIpv6(cidr, show(cidr)))),
    securityGroups: listOf(text()),
    self: flag(),
    description: text((description) =>
      description.length <= 255 ? undefined : "has at most 255 characters",
    ),
  },
  required: ["protocol", "fromPort", "toPort"],
  notImplemented: { names: ["prefixListIds"], standIn: "EC2" },
});

/** The ingress or egress rules of a security group. The lab stores them; its one network lets everything through. */
export const rules: Shape = listOf((value, place) => [
  ...fields(value, place),
  ...refusePorts(reveal(value), place.path),
]);

function refusePorts(rule: Value, path: string): readonly Failure[] {
  if (!isProperties(rule)) {
    return [];
  }
  const { protocol, fromPort: from, toPort: to } = rule;
  if (typeof protocol !== "string" || typeof from !== "number" || typeof to !== "number") {
    return [];
  }
  const name = protocol.toLowerCase();
  if (ALL.includes(name)) {
    return from === 0 && to === 0
      ? []
      : [
          {
            property: path,
            reason: `fromPort (${from}) and toPort (${to}) must both be 0 to use the 'ALL' "-1" protocol!`,
          },
        ];
  }
  if (["icmp", "icmpv6", "1", "58"].includes(name)) {
    return [];
  }
  const bad = from < 0 || to < 0 || from > to;
  return bad
    ? [
        {
          property: path,
          reason: `Invalid TCP/UDP port range (${from}:${to}): 0 to 65535, the first not above the last`,
        },
      ]
    : [];
}

function isProtocol(protocol: string): boolean {
  const name = protocol.toLowerCase();
  return (
    ALL.includes(name) || NAMED_PROTOCOLS.includes(name) || (/^\d{1,3}$/.test(name) && Number(name) <= 255)
  );
}

function refuseIpv4(cidr: string, shown: string): string | undefined {
  const [address = "", length = "", ...rest] = cidr.split("/");
  if (rest.length > 0 || !isIPv4(address) || !/^(\d|[12]\d|3[0-2])$/.test(length)) {
    return `${shown} is not a valid CIDR block, such as 10.0.0.0/16`;
  }
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const network = number - (number % size);
  if (network === number) {
    return undefined;
  }
  const first = [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join(".");
  return `${shown} is not a valid CIDR block; did you mean "${first}/${length}"?`;
}

function refuseIpv6(cidr: string, shown: string): string | undefined {
  const [address = "", length = "", ...rest] = cidr.split("/");
  const fine = rest.length === 0 && isIPv6(address) && /^\d{1,3}$/.test(length) && Number(length) <= 128;
  return fine ? undefined : `${shown} is not a valid IPv6 CIDR block, such as ::/0`;
}

/** The ids of the groups that the rules let in. */
export function referencedGroups(inputs: PlainProperties): string[] {
  return ["ingress", "egress"].flatMap((direction) => {
    const list = inputs[direction];
    return isList(list) ? list.filter(isProperties).flatMap((rule) => textsOf(rule, "securityGroups")) : [];
  });
}
