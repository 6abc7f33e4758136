import type { ServiceDeclaration } from "../../backlog";
import type { ContainerFacts } from "../subjects";
import { settingsOf } from "./values";

/**
 * Which services listen in which namespace. Nobody says which container of several a service runs in: the one of its name does, otherwise
 * the one that is set up the most for it.
 */
export function inPlace(
  namespaces: readonly ContainerFacts[],
  services: readonly ServiceDeclaration[],
): (readonly [ContainerFacts, readonly ServiceDeclaration[]])[] {
  const isNamed = ({ name }: { readonly name: string }, among: readonly { readonly name: string }[]) =>
    among.some((other) => other.name === name);
  const others = namespaces.filter((namespace) => !isNamed(namespace, services));
  const [home] = (others.length > 0 ? [...others] : [...namespaces]).sort(
    (a, b) => somaxconnSetIn(b) - somaxconnSetIn(a),
  );
  return namespaces.map((namespace) => [
    namespace,
    namespace.isOneOfSeveral === true
      ? services.filter(({ name }) =>
          isNamed({ name }, namespaces) ? name === namespace.name : namespace === home,
        )
      : services,
  ]);
}

function somaxconnSetIn({ settings }: ContainerFacts): number {
  return settingsOf(new Map(settings.map(({ key, value }) => [key, value]))).somaxconn ?? 0;
}
