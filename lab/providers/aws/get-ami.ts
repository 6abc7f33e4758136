import type { ProviderFunction } from "../rpc/provider";
import { ProviderError } from "../rpc/provider";
import { checkArguments, flag, listOf, record, text } from "../rpc/shape";
import type { Failure, Fields } from "../rpc/shape";
import { isList, isProperties } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";
import { optionalText, textsOf } from "./arguments";
import { IMAGES } from "./images";
import type { Image } from "./images";
import { region } from "./region";

/** The filters of DescribeImages that the stand-in knows, and what each looks at. */
const FILTERS: Readonly<Record<string, (image: Image) => string>> = {
  architecture: (image) => image.architecture,
  "creation-date": (image) => image.creationDate,
  description: (image) => image.description,
  hypervisor: (image) => image.hypervisor,
  "image-id": (image) => image.id,
  "image-type": (image) => image.imageType,
  "is-public": (image) => String(image.public),
  name: (image) => image.name,
  "owner-id": (image) => image.ownerId,
  "root-device-name": (image) => image.rootDeviceName,
  "root-device-type": (image) => image.rootDeviceType,
  state: (image) => image.state,
  "virtualization-type": (image) => image.virtualizationType,
};

const ARGUMENTS: Fields = {
  owner: "aws:ec2/getAmi:getAmi",
  known: {
    allowUnsafeFilter: flag(),
    filters: listOf(
      record({
        owner: "a filter",
        known: {
          name: text((name, show) =>
            Object.hasOwn(FILTERS, name)
              ? undefined
              : `the lab's stand-in for EC2 does not implement the filter ${show(name)}; it has ${Object.keys(FILTERS).join(", ")}`,
          ),
          values: listOf(text()),
        },
        required: ["name", "values"],
      }),
    ),
    // No image of the lab is deprecated.
    includeDeprecated: flag(),
    mostRecent: flag(),
    nameRegex: text((pattern, show) =>
      compile(pattern) ? undefined : `${show(pattern)} is not a regular expression`,
    ),
    owners: listOf(text()),
    region,
  },
  notImplemented: { names: ["executableUsers", "tags", "uefiData"], standIn: "EC2" },
};

/** `aws.ec2.getAmi`: looks among the images of the lab as EC2 looks among its own. */
export class GetAmi implements ProviderFunction {
  constructor(private readonly defaultRegion: () => string) {}

  check(args: Properties): readonly Failure[] {
    return checkArguments(ARGUMENTS, args);
  }

  call(args: PlainProperties): Properties {
    const filters = filtersOf(args);
    const owners = textsOf(args, "owners");
    if (args["mostRecent"] === true && args["allowUnsafeFilter"] !== true && owners.length === 0) {
      const safe = filters.some(({ name }) => ["image-id", "owner-id"].includes(name));
      if (!safe) {
        throw new ProviderError(
          'When "mostRecent" is true, results must be filtered by "owners", or by a filter image-id or owner-id; ' +
            "set allowUnsafeFilter to true to go without",
        );
      }
    }
    const regex = optionalText(args, "nameRegex");
    const matching = IMAGES.filter(
      (image) =>
        (owners.length === 0 || owners.includes(image.ownerId)) &&
        filters.every(({ name, values }) =>
          values.some((value) => globMatches(value, FILTERS[name]?.(image) ?? "")),
        ) &&
        (regex === undefined || compile(regex)?.test(image.name)),
    );
    return describe(pick(matching, args["mostRecent"] === true), args, this.defaultRegion());
  }
}

function pick(matching: readonly Image[], mostRecent: boolean): Image {
  const [newest, ...others] = [...matching].sort((a, b) => (a.creationDate < b.creationDate ? 1 : -1));
  if (!newest) {
    throw new ProviderError(
      "Your query returned no results. Please change your search criteria and try again.",
    );
  }
  if (others.length > 0 && !mostRecent) {
    throw new ProviderError(
      "Your query returned more than one result. Please try a more specific search criteria, or set `mostRecent` to true.",
    );
  }
  return newest;
}

function filtersOf(args: PlainProperties): { name: string; values: readonly string[] }[] {
  const filters = args["filters"];
  return isList(filters)
    ? filters.filter(isProperties).map((filter) => ({
        name: optionalText(filter, "name") ?? "",
        values: textsOf(filter, "values"),
      }))
    : [];
}

/** EC2's wildcards: `*` is any characters, `?` is one, `\` takes the next one literally. */
export function globMatches(pattern: string, value: string): boolean {
  const regex = pattern.replace(
    /\\(.)|([*?])|([^*?\\]+|\\)/gs,
    (_, escaped?: string, wild?: string, plain?: string) => {
      if (wild !== undefined) {
        return wild === "*" ? ".*" : ".";
      }
      return (escaped ?? plain ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    },
  );
  return new RegExp(`^${regex}$`, "s").test(value);
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function describe(image: Image, args: PlainProperties, defaultRegion: string): Properties {
  const place = optionalText(args, "region") ?? defaultRegion;
  return {
    ...Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)),
    architecture: image.architecture,
    arn: `arn:aws:ec2:${place}::image/${image.id}`,
    blockDeviceMappings: [
      {
        deviceName: image.rootDeviceName,
        ebs: { snapshot_id: image.rootSnapshotId, volume_size: "8", volume_type: "gp2" },
        noDevice: "",
        virtualName: "",
      },
    ],
    bootMode: "",
    creationDate: image.creationDate,
    deprecationTime: "",
    description: image.description,
    enaSupport: true,
    hypervisor: image.hypervisor,
    id: image.id,
    imageId: image.id,
    imageLocation: `${image.ownerId}/${image.name}`,
    imageOwnerAlias: "",
    imageType: image.imageType,
    imdsSupport: "",
    kernelId: "",
    lastLaunchedTime: "",
    name: image.name,
    ownerId: image.ownerId,
    platform: "",
    platformDetails: "Linux/UNIX",
    productCodes: [],
    public: image.public,
    ramdiskId: "",
    region: place,
    rootDeviceName: image.rootDeviceName,
    rootDeviceType: image.rootDeviceType,
    rootSnapshotId: image.rootSnapshotId,
    sriovNetSupport: "simple",
    state: image.state,
    stateReason: { code: "UNSET", message: "UNSET" },
    tags: {},
    tpmSupport: "",
    usageOperation: "RunInstances",
    virtualizationType: image.virtualizationType,
  };
}
