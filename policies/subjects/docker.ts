import { SERVICES_TAG } from "../../backlog";
import { containerSetting } from "./container-setting";
import { declaredAt } from "./declared";
import type { Properties } from "../property";
import type { Subject, SubjectReader } from "./subject";

/** A container of the Docker provider: `sysctls` is a map, and labels are a list. */
export const readContainer: SubjectReader = (_, properties) => [
  container(properties, "sysctls", [properties]),
];

/** A service of a swarm, which has the same one level down, under another name. */
export const readSwarmService: SubjectReader = (_, properties) => {
  const specification = properties.at("taskSpec", "containerSpec") ?? properties;
  return [container(specification, "sysctl", [properties, specification])];
};

function container(properties: Properties, settings: string, labelled: readonly Properties[]): Subject {
  const label = labelled
    .flatMap((one) => one.list("labels"))
    .find((one) => one.text("label") === SERVICES_TAG);
  const sysctls = properties.at(settings);
  const mode = properties.text("networkMode");
  return {
    dialect: "docker",
    ...declaredAt(label, "value", `label ${SERVICES_TAG}`),
    namespaces: [
      {
        name: "container",
        isHost: mode === "host",
        ...(mode?.startsWith("container:") === true && {
          opaque: "it uses the network of another container",
        }),
        terms: { settings, hostNetwork: 'networkMode "host"' },
        settings: (sysctls?.keys() ?? []).flatMap((key) => containerSetting(key, textOf(sysctls, key))),
      },
    ],
    isServer: false,
  };
}

/** The value of a key: programs write numbers, and the provider makes texts of them. */
function textOf(sysctls: Properties | undefined, key: string): string | undefined {
  const number = sysctls?.number(key);
  return sysctls?.text(key) ?? (number === undefined ? undefined : String(number));
}
