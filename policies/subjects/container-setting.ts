import { canonicalKey, type ContainerSetting } from "../../backlog";

/** A setting of a container, as its provider has it; nothing where the key cannot be one. */
export function containerSetting(
  key: string | undefined,
  value: string | undefined,
  container?: string,
): ContainerSetting[] {
  const dotted = key === undefined ? undefined : canonicalKey(key);
  return dotted === undefined || value === undefined
    ? []
    : [{ key: dotted, value, ...(container !== undefined && { container }) }];
}

/** The name of a container, if it is one that its platform takes. */
export function containerName(name: string | undefined): string {
  return name !== undefined && /^[\w.-]{1,255}$/.test(name) ? name : "a container";
}
