import type { ContainerRule } from "./rule";

export const containersOfANamespaceAgree: ContainerRule = {
  id: "containers-of-a-namespace-agree",
  severity: "error",
  title: "Containers that share a network namespace set a key to one value",
  why: "They share the key as well. Whichever container starts last decides, and that is another one from start to start.",
  judge: ({ name, settings }) =>
    [...new Set(settings.map(({ key }) => key))].flatMap((key) => {
      const values = settings.filter((setting) => setting.key === key);
      const different = [...new Set(values.map(({ value }) => value))];
      return different.length < 2
        ? []
        : [
            {
              subject: name,
              wanted: `one value of ${key}`,
              got: values
                .map(({ container, value }) => `${shown(value)} in ${container ?? "a container"}`)
                .join(", "),
              cause: "The containers share one network namespace, and the one that starts last decides.",
              fix: `set ${key} in one container only`,
            },
          ];
    }),
};

/** Settings are numbers. What is none may be anything, and is not repeated. */
function shown(value: string): string {
  return /^\d{1,16}$/.test(value) ? value : "another value";
}
