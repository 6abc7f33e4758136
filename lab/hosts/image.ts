import { currentRecipe, recipeKey, type Recipe } from "./recipe";

/** The base image of the lab hosts, as an AMI look-up answers it. The same recipe always has the same id and name. */
export interface LabImage {
  /** `ami-` and 17 hex digits of the recipe's key. */
  readonly id: string;
  /** Like the names of Debian's own images, so that a filter on `debian-12-amd64-*` finds it. */
  readonly name: string;
  readonly description: string;
  /** The AWS account that Debian publishes its images from. Source: https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm */
  readonly ownerId: string;
  /** As EC2 spells it. */
  readonly architecture: "x86_64" | "arm64" | "i386";
  readonly virtualizationType: "hvm";
  readonly rootDeviceType: "ebs";
  readonly rootDeviceName: string;
  readonly state: "available";
  /** Who the key pair's key may log in as. */
  readonly defaultUser: "admin";
  /** The folder name in the cache: all 64 hex digits. */
  readonly key: string;
}

/** The image that {@link ensureHostsReady} builds and every new host runs on. */
export function labImage(recipe: Recipe = currentRecipe()): LabImage {
  const key = recipeKey(recipe);
  return {
    id: `ami-${key.slice(0, 17)}`,
    name: `debian-12-${recipe.architecture}-${key.slice(0, 8)}`,
    description: "Debian 12 (bookworm), a stand-in that runs on this machine",
    ownerId: "136693071363",
    architecture: ec2Architecture(recipe.architecture),
    virtualizationType: "hvm",
    rootDeviceType: "ebs",
    rootDeviceName: "/dev/xvda",
    state: "available",
    defaultUser: "admin",
    key,
  };
}

function ec2Architecture(debian: string): LabImage["architecture"] {
  return debian === "amd64" ? "x86_64" : debian === "i386" ? "i386" : "arm64";
}
