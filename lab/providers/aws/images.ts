/** A machine image, with the attributes that EC2 describes it by. */
export interface Image {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: string;
  readonly architecture: string;
  readonly virtualizationType: string;
  readonly rootDeviceType: string;
  readonly rootDeviceName: string;
  readonly rootSnapshotId: string;
  readonly hypervisor: string;
  readonly imageType: string;
  readonly state: string;
  readonly creationDate: string;
  readonly public: boolean;
  /** The SSM parameters that name it. */
  readonly parameters: readonly string[];
}

/**
 * The images that the lab has: the Debian 12 that its hosts boot. Names, owner and parameter are those of Debian's own
 * images on AWS (https://wiki.debian.org/Cloud/AmazonEC2Image/Bookworm), so that the same look-ups find them.
 */
export const IMAGES: readonly Image[] = [
  {
    id: "ami-0deb12ab0deb12ab0",
    name: "debian-12-amd64-20250316-2053",
    description: "Debian 12 (20250316-2053), as a host of the lab",
    ownerId: "136693071363",
    architecture: "x86_64",
    virtualizationType: "hvm",
    rootDeviceType: "ebs",
    rootDeviceName: "/dev/xvda",
    rootSnapshotId: "snap-0deb12ab0deb12ab0",
    hypervisor: "xen",
    imageType: "machine",
    state: "available",
    creationDate: "2025-03-16T20:53:00.000Z",
    public: true,
    parameters: ["/aws/service/debian/release/12/latest/amd64"],
  },
];

/** What to put where an image is wanted: for error messages. */
export function availableImages(): string {
  return `the lab has ${IMAGES.map((image) => `${image.id} (${image.name})`).join(", ")}`;
}
