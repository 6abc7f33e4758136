import { SERVICES_TAG } from "../../backlog";
import { containerSetting } from "./container-setting";
import { declaredBy } from "./declared";
import type { SubjectReader } from "./subject";

/** A container of the Docker provider: `sysctls` is a map, and labels are a list. */
export const readContainer: SubjectReader = (_, properties) => {
  const label = properties.list("labels").find((one) => one.text("label") === SERVICES_TAG);
  const sysctls = properties.at("sysctls");
  return [
    {
      dialect: "docker",
      ...declaredBy(label?.text("value"), `label ${SERVICES_TAG}`),
      namespaces: [
        {
          name: "container",
          isHost: properties.text("networkMode") === "host",
          terms: { settings: "sysctls", hostNetwork: 'networkMode "host"' },
          settings: (sysctls?.keys() ?? []).flatMap((key) => containerSetting(key, sysctls?.text(key))),
        },
      ],
      isServer: false,
    },
  ];
};
