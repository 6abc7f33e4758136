import { describe, expect, it } from "vitest";

import { GetAmi, globMatches } from "../../../../lab/providers/aws/get-ami";
import { GetParameter } from "../../../../lab/providers/aws/get-parameter";
import { IMAGES } from "../../../../lab/providers/aws/images";
import { reveal, Secret } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";

const DEBIAN = "136693071363";
const getAmi = new GetAmi(() => "us-east-1");
const getParameter = new GetParameter(() => "us-east-1");

describe("aws.ec2.getAmi", () => {
  it("finds Debian's image as one finds it on AWS", () => {
    const args: Properties = {
      owners: [DEBIAN],
      mostRecent: true,
      filters: [
        { name: "name", values: ["debian-13-*", "debian-12-amd64-*"] },
        { name: "architecture", values: ["x86_64"] },
        { name: "virtualization-type", values: ["hvm"] },
        { name: "root-device-type", values: ["ebs"] },
        { name: "state", values: ["available"] },
      ],
      nameRegex: "^debian-12-",
    };
    expect(getAmi.check(args)).toEqual([]);
    expect(getAmi.call(args)).toMatchObject({ id: IMAGES[0]?.id, ownerId: DEBIAN, architecture: "x86_64" });
  });

  it.each<Properties>([
    { owners: ["amazon"] },
    { owners: [DEBIAN], nameRegex: "^ubuntu" },
    { owners: [DEBIAN], filters: [{ name: "name", values: ["debian-12-amd64"] }] },
    {
      owners: [DEBIAN],
      filters: [
        { name: "name", values: ["debian-12-*"] },
        { name: "architecture", values: ["arm64"] },
      ],
    },
  ])("finds nothing else: %j", (args) => {
    expect(getAmi.check(args)).toEqual([]);
    expect(() => getAmi.call(args)).toThrow(
      "Your query returned no results. Please change your search criteria and try again.",
    );
  });

  it("refuses filters and arguments that it does not know", () => {
    const failures = getAmi.check({
      filters: [{ name: "nam", values: ["x"] }, { name: "state" }],
      nameRegex: "(",
      executableUsers: ["self"],
    });
    expect(failures.map(({ property }) => property)).toEqual([
      "filters[0].name",
      "filters[1].values",
      "nameRegex",
      "executableUsers",
    ]);
  });

  it("asks for an owner with mostRecent, as the real provider does", () => {
    expect(() => getAmi.call({ mostRecent: true })).toThrow("results must be filtered by");
    expect(getAmi.call({ mostRecent: true, allowUnsafeFilter: true })["id"]).toBe(IMAGES[0]?.id);
  });

  it.each([
    ["debian-12-*", "debian-12-amd64", true],
    ["debian-1?-amd64", "debian-12-amd64", true],
    ["*", "", true],
    ["?", "", false],
    ["a.c", "abc", false],
    ["a\\*c", "a*c", true],
    ["a\\*c", "abc", false],
    ["(a|b)+", "(a|b)+", true],
    ["Debian*", "debian-12", false],
  ])("matches %s against %s: %s", (pattern, value, expected) => {
    expect(globMatches(pattern, value)).toBe(expected);
  });
});

describe("aws.ssm.getParameter", () => {
  it("gives the image, as a secret like the real one", () => {
    const result = getParameter.call({ name: "/aws/service/debian/release/12/latest/amd64" });
    expect(result["value"]).toEqual(new Secret(IMAGES[0]?.id ?? ""));
    expect(reveal(result["insecureValue"] ?? null)).toBe(IMAGES[0]?.id);
  });

  it("has no other parameter", () => {
    expect(() => getParameter.call({ name: "/aws/service/debian/release/13/latest/amd64" })).toThrow(
      "operation error SSM: GetParameter, api error ParameterNotFound",
    );
    expect(getParameter.check({})).toHaveLength(1);
  });
});
