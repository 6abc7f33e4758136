import * as fs from "node:fs/promises";
import * as path from "node:path";

import type { CatalogueEntry } from "../../../backlog/catalogue";

/**
 * The packages of a tree whose installation has to do with the unit of a server, in the order in which dpkg configures them: those that
 * the entry names, and what they depend on.
 */
export async function packagesOf(rootfs: string, entry: CatalogueEntry): Promise<string[]> {
  const dpkg = path.join(rootfs, "var/lib/dpkg");
  const depends = dependencies(await fs.readFile(path.join(dpkg, "status"), "utf8"));
  const found = new Set<string>();
  const visited = new Set<string>();
  const visit = (name: string): void => {
    if (!visited.has(name)) {
      visited.add(name);
      depends.get(name)?.forEach(visit);
      found.add(name);
    }
  };
  entry.startedBy?.filter((name) => depends.has(name)).forEach(visit);
  const scripts = new Set(await fs.readdir(path.join(dpkg, "info")));
  const server = entry.units[0]?.replace(/\.service$/, "") ?? "";
  const owned: string[] = [];
  for (const name of found) {
    const script = `${name}.postinst`;
    if (
      scripts.has(script) &&
      (await fs.readFile(path.join(dpkg, "info", script), "utf8")).includes(server)
    ) {
      owned.push(name);
    }
  }
  return owned;
}

/** By the name of an installed package those that it depends on. */
function dependencies(status: string): ReadonlyMap<string, readonly string[]> {
  return new Map(
    status.split("\n\n").flatMap((stanza): [string, string[]][] => {
      const name = /^Package: (.*)$/m.exec(stanza)?.[1];
      const needed = /^Depends: (.*)$/m.exec(stanza)?.[1] ?? "";
      return name === undefined
        ? []
        : [[name, needed.split(/[,|]/).map((one) => one.trim().split(/[ :(]/)[0] ?? "")]];
    }),
  );
}

/** `sh`: installs packages that are unpacked already, which is when dpkg runs what starts their services. */
export const INSTALL = `install() {
  for name; do
    DPKG_MAINTSCRIPT_PACKAGE=$name DPKG_MAINTSCRIPT_ARCH=$(dpkg --print-architecture) DPKG_MAINTSCRIPT_NAME=postinst \\
      DEBIAN_FRONTEND=noninteractive "/var/lib/dpkg/info/$name.postinst" configure '' </dev/null >&2 || :
  done
}`;
