import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { LabError } from "../../lab/errors";
import { checkInotify } from "../../lab/hosts/inotify";
import { hostLink, machineName } from "../../lab/hosts/network";
import { chooseSubnet, freeHostNumber, overlapping, parseNetwork } from "../../lab/hosts/subnet";
import type { Lab } from "../../lab/identity";

const used = (...networks: string[]) => networks.map((network) => ({ network, by: `route to ${network}` }));

describe("overlap with what the machine uses", () => {
  test.each([
    "10.140.7.0/24",
    "10.140.7.1",
    "10.140.7.255/32",
    "10.140.7.128/25",
    "10.140.0.0/16",
    "10.0.0.0/8",
    "10.140.6.0/23",
  ])("%s is in the way of 10.140.7.0/24", (network) => {
    expect(overlapping("10.140.7", used("192.0.2.0/24", network))?.network).toBe(network);
  });

  test.each([
    "10.140.6.0/24",
    "10.140.8.1",
    "10.141.0.0/16",
    "default",
    "0.0.0.0/0",
    "0.0.0.0/1",
    "fd00::/64",
    "127.0.0.0/8",
    "10.140.7.0/33",
    "10.140.7.256",
  ])("%s is not", (network) => {
    expect(overlapping("10.140.7", used(network))).toBeUndefined();
  });

  test("agrees with a comparison address by address", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 9 }),
        byte,
        fc.integer({ min: 18, max: 32 }),
        (third, fourth, length) => {
          const network = `10.140.${third}.${fourth}/${length}`;
          const parsed = parseNetwork(network);
          const start = (10 * 256 + 140) * 65_536 + third * 256 + fourth;
          expect(parsed).toEqual({ start, length });
          const size = 2 ** (32 - length);
          const first = start - (start % size);
          const mine = (10 * 256 + 140) * 65_536 + 7 * 256;
          const expected = first < mine + 256 && first + size > mine;
          expect(overlapping("10.140.7", used(network)) !== undefined).toBe(expected);
        },
      ),
    );
  });
});

describe("the choice of a network", () => {
  test("the first candidate that is free", () => {
    expect(chooseSubnet(["10.140.7", "10.150.1", "10.160.2"], used("10.140.0.0/16"))).toEqual({
      prefix: "10.150.1",
    });
  });

  test("none is free: every conflict is named", () => {
    expect(chooseSubnet(["10.140.7", "10.150.1"], used("10.140.7.9", "10.150.0.0/16"))).toEqual({
      conflicts: [
        { network: "10.140.7.9", by: "route to 10.140.7.9" },
        { network: "10.150.0.0/16", by: "route to 10.150.0.0/16" },
      ],
    });
  });

  test("host numbers: the lowest free one, from 10 to 250", () => {
    expect(freeHostNumber(new Set())).toBe(10);
    expect(freeHostNumber(new Set([10, 11, 13]))).toBe(12);
    expect(freeHostNumber(new Set(Array.from({ length: 241 }, (_, i) => i + 10)))).toBeUndefined();
  });
});

test("links carry the lab's id and fit into 15 characters", () => {
  const lab: Lab = {
    dir: "/x",
    id: "0123abcd",
    bridge: "lb-0123abcd",
    cgroup: "listen-backlog-0123abcd",
    cacheDir: "/y",
  };
  expect(machineName(lab, 10)).toBe("0123abcd010");
  expect(hostLink(lab, 250)).toBe("vb-0123abcd250");
  expect(hostLink(lab, 250).length).toBeLessThanOrEqual(15);
});

describe("inotify instances", () => {
  test("the limit of a fresh Debian carries a small lab", () => {
    expect(() => checkInotify(128, 17, 4)).not.toThrow();
  });

  test("one host too many is refused, with the line to type", () => {
    expect.assertions(3);
    try {
      checkInotify(128, 18, 4);
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
      expect((error as LabError).message).toContain("to 134, and fs.inotify.max_user_instances allows 128");
      expect((error as LabError).fix).toBe("sysctl -w fs.inotify.max_user_instances=256");
    }
  });

  test("what the fix says is enough for the host, and for as many again", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(500), (running, others) => {
        let fix = "";
        try {
          checkInotify(1, running, others);
        } catch (error) {
          fix = (error as LabError).fix;
        }
        const limit = Number(/=(\d+)$/.exec(fix)?.[1]);
        expect(() => checkInotify(limit, 2 * running + 1, others)).not.toThrow();
      }),
    );
  });
});
