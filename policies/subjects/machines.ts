import { declaredBy, declaredByTags, SERVICES_METADATA } from "./declared";
import type { HostFacts, SubjectReader } from "./subject";
import { hostOfUserData } from "./user-data";

/** Compute Engine: cloud-init's user data and a startup script are metadata; the script runs on every boot. */
export const readGoogleMachine: SubjectReader = (_, properties) => {
  const metadata = properties.at("metadata");
  const userData = metadata?.text("user-data");
  const script = metadata?.text("startup-script") ?? properties.text("metadataStartupScript");
  const host =
    userData === undefined && script !== undefined
      ? everyBoot(hostOfUserData(script))
      : hostOfUserData(userData);
  return [
    {
      dialect: "sysctl.d",
      ...declaredBy(metadata?.text(SERVICES_METADATA), `metadata ${SERVICES_METADATA}`),
      host,
      isServer: true,
    },
  ];
};

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
  const userData = places.flatMap((place) => place.text("userData") ?? place.text("userDataBase64") ?? []);
  return [
    {
      dialect: "sysctl.d",
      ...declaredByTags(properties),
      host: hostOfUserData(customData ?? userData[0]),
      isServer: true,
    },
  ];
};
