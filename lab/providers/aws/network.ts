import { derivedId } from "./ids";

/** The default VPC of a region: the one network that the lab has. */
export function defaultVpc(region: string): string {
  return derivedId("vpc", region);
}

/** The default subnet of an availability zone. */
export function defaultSubnet(zone: string): string {
  return derivedId("subnet", zone);
}

/** The security group that is there from the start, and that instances get when none is named. */
export function defaultSecurityGroup(region: string): string {
  return derivedId("sg", region, "default");
}

export function zonesOf(region: string): readonly string[] {
  return ["a", "b", "c"].map((letter) => `${region}${letter}`);
}

/** EC2's DNS names for an address; us-east-1 has names of its own. */
export function privateDns(address: string, region: string): string {
  const domain = region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`;
  return `ip-${address.replaceAll(".", "-")}.${domain}`;
}

export function publicDns(address: string, region: string): string {
  const domain = region === "us-east-1" ? "compute-1.amazonaws.com" : `${region}.compute.amazonaws.com`;
  return `ec2-${address.replaceAll(".", "-")}.${domain}`;
}
