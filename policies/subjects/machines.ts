import { declaredByTags, declaredUnder, SERVICES_METADATA } from "./declared";
import type { HostFacts, SubjectReader } from "./subject";
import { hostOfUserData, NOTHING_SET } from "./user-data";

/**
 * Compute Engine: cloud-init's user data and a startup script are metadata. Both run, the script on every boot, and in no order: what
 * one of them sets holds where the other is known to leave it alone.
 */
export const readGoogleMachine: SubjectReader = (_, properties) => {
  const metadata = properties.at("metadata");
  const userData = metadata?.text("user-data");
  const script = metadata?.text("startup-script") ?? properties.text("metadataStartupScript");
  const isHidden =
    properties.isUnknown("metadata") ||
    metadata?.isUnknown("user-data") === true ||
    metadata?.isUnknown("startup-script") === true ||
    properties.isUnknown("metadataStartupScript");
  return [
    {
      dialect: "sysctl.d",
      ...declaredUnder(metadata, SERVICES_METADATA, "metadata"),
      host: isHidden
        ? NOTHING_SET
        : besides(
            hostOfUserData(userData),
            script === undefined ? NOTHING_SET : everyBoot(hostOfUserData(script)),
          ),
      isServer: true,
    },
  ];
};

/** What two that run in no order do together. */
function besides(one: HostFacts, other: HostFacts): HostFacts {
  const setting = [one, other].filter(setsSomething);
  return {
    ...(setting.length > 1 ? NOTHING_SET : (setting[0] ?? NOTHING_SET)),
    configured: [...one.configured, ...other.configured],
    containers: [...one.containers, ...other.containers],
    opaque: [
      ...new Set([...one.opaque, ...other.opaque]),
      ...(setting.length > 1 ? ["user data and a startup script both set it, in no order"] : []),
    ],
  };
}

function setsSomething({ live, persisted, conflicts, undecided = [] }: HostFacts): boolean {
  return live.length + persisted.length + conflicts.length + undecided.length > 0;
}

/** What a script sets whenever the machine boots is set again at the next boot. */
function everyBoot(host: HostFacts): HostFacts {
  const again = host.live.filter(({ key }) => !host.persisted.some((set) => set.key === key));
  return {
    ...host,
    live: host.live.map((value) => ({ ...value, runtimeOnly: false })),
    persisted: [
      ...host.persisted,
      ...again.map((value) => ({ ...value, by: "every-boot" as const, appliedBy: "the startup script" })),
    ],
    conflicts: host.conflicts.filter(({ why }) => why !== "changes-at-next-boot"),
  };
}

/**
 * Azure: `customData` in base64, or else user data, which cloud-init then takes; on the machine, in its `osProfile`, or in the profile
 * that a scale set has of its machines. A change of it makes another machine.
 */
export const readAzureMachine: SubjectReader = (_, properties) => {
  const profile = properties.at("virtualMachineProfile");
  const places = [properties, ...(profile === undefined ? [] : [profile])];
  const operatingSystem = places.map((place) => place.at("osProfile")).find((found) => found !== undefined);
  if (
    operatingSystem?.at("windowsConfiguration") !== undefined ||
    properties.at("osProfileWindowsConfig") !== undefined
  ) {
    return [];
  }
  const customData = properties.text("customData") ?? operatingSystem?.text("customData");
  // It would be taken, and user data would not.
  const isHidden =
    places.some((place) => place.isUnknown("osProfile")) ||
    properties.isUnknown("customData") ||
    operatingSystem?.isUnknown("customData") === true;
  const userData = places.flatMap((place) => place.text("userData") ?? place.text("userDataBase64") ?? []);
  return [
    {
      dialect: "sysctl.d",
      ...declaredByTags(properties),
      host: isHidden ? NOTHING_SET : hostOfUserData(customData ?? userData[0]),
      isServer: true,
    },
  ];
};
