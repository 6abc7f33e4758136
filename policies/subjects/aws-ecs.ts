import type { ContainerSetting } from "../../backlog";
import { fromJson } from "../../backlog/json";
import { isRecord } from "../../backlog/record";
import { Properties } from "../property";
import { containerName, containerSetting } from "./container-setting";
import { declaredByTags } from "./declared";
import type { ContainerFacts, SubjectReader } from "./subject";

interface Definition {
  readonly name: string;
  readonly settings: readonly ContainerSetting[];
}

/** A task: its containers stand in a JSON string, so that one unknown image makes all of them unknown. */
export const readTaskDefinition: SubjectReader = (_, properties) => {
  if (properties.at("runtimePlatform")?.text("operatingSystemFamily")?.startsWith("WINDOWS") === true) {
    return [];
  }
  const json = properties.text("containerDefinitions");
  const definitions = json === undefined ? properties.list("containerDefinitions") : parsed(json);
  const mode =
    properties.text("networkMode") ??
    (properties.texts("requiresCompatibilities").includes("FARGATE") ? "awsvpc" : "bridge");
  const inSeveralNamespaces = isOneForEach(mode) && definitions?.length !== 1;
  const namespaces =
    definitions === undefined
      ? [{ name: "containerDefinitions", isHost: false, settings: [], opaque: "it is no list in JSON" }]
      : namespacesOf(definitions.map(asDefinition), mode);
  return [
    {
      dialect: "ecs",
      ...declaredByTags(properties, { inSeveralNamespaces }),
      namespaces,
      isServer: false,
    },
  ];
};

/** A service decides on which version of Fargate its tasks run. */
export const readEcsService: SubjectReader = (_, properties) => {
  const version = /^1\.([0-3])\.\d+$/.exec(properties.text("platformVersion") ?? "")?.[0];
  const declared = declaredByTags(properties);
  return version === undefined || declared.services.length === 0
    ? []
    : [
        {
          dialect: "ecs",
          // What the services need is judged where the containers are.
          services: [],
          problems: declared.problems,
          namespaces: [
            {
              name: "platformVersion",
              isHost: false,
              settings: [],
              platformWithout: {
                name: `Fargate platform version ${version}`,
                instead: 'set platformVersion: "LATEST", which is 1.4.0 or newer',
              },
            },
          ],
          isServer: false,
        },
      ];
};

function parsed(json: string): readonly Properties[] | undefined {
  const list = fromJson(json);
  return Array.isArray(list) ? Properties.of({ list: list.map(asProviderReads) }).list("list") : undefined;
}

/** The provider reads the names of JSON whatever their case: `SystemControls`, as CloudFormation has it, is `systemControls`. */
function asProviderReads(container: unknown): unknown {
  const named = withNames(container, ["name", "systemControls"]);
  return isRecord(named) && Array.isArray(named["systemControls"])
    ? {
        ...named,
        systemControls: named["systemControls"].map((one) => withNames(one, ["namespace", "value"])),
      }
    : named;
}

function withNames(value: unknown, names: readonly string[]): unknown {
  return isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          names.find((name) => name.toLowerCase() === key.toLowerCase()) ?? key,
          item,
        ]),
      )
    : value;
}

function asDefinition(container: Properties): Definition {
  const name = containerName(container.text("name"));
  return {
    name,
    settings: container
      .list("systemControls")
      .flatMap((control) => containerSetting(control.text("namespace"), control.text("value"), name)),
  };
}

function isOneForEach(mode: string): boolean {
  return mode === "bridge" || mode === "default";
}

/** With `awsvpc` and `host` all containers of a task share one namespace; with `bridge` each has its own. */
function namespacesOf(definitions: readonly Definition[], mode: string): ContainerFacts[] {
  return !isOneForEach(mode)
    ? [
        {
          name: "containerDefinitions",
          isHost: mode === "host",
          settings: definitions.flatMap(({ settings }) => settings),
          terms: { settings: "systemControls", hostNetwork: 'networkMode "host"' },
        },
      ]
    : definitions.map(({ name, settings }) => ({ name, isHost: false, isOneOfSeveral: true, settings }));
}
