/** One file of /etc/apt: its name (which tells the format) and its content. */
export interface AptSourceFile {
  readonly name: string;
  readonly text: string;
}

/** The sources that an image is built from: deb822 stanzas and one-line entries, either may be empty. */
export interface AptSources {
  readonly stanzas: string;
  readonly lines: string;
}

/**
 * Picks from the machine's own apt sources those that are Debian's for one suite, with its updates and security fixes.
 * Other repositories, switched-off entries, source packages and install media are left out.
 *
 * @param files `sources.list` and the files of `sources.list.d`; apt's own rule decides by the extension which count.
 */
export function debianSources(files: readonly AptSourceFile[], suite: string): AptSources {
  const suites = [suite, `${suite}-updates`, `${suite}-security`, `${suite}/updates`];
  const stanzas: string[] = [];
  const lines: string[] = [];
  for (const file of files) {
    if (file.name.endsWith(".sources")) {
      stanzas.push(...file.text.split(/\n[ \t]*\n/).flatMap((text) => pickStanza(text, suites)));
    } else if (file.name.endsWith(".list")) {
      lines.push(...file.text.split("\n").flatMap((text) => pickLine(text, suites)));
    }
  }
  return { stanzas: stanzas.join("\n"), lines: lines.join("") };
}

const words = (text: string | undefined) => (text ?? "").split(/\s+/).filter((word) => word !== "");

function pickStanza(text: string, suites: readonly string[]): string[] {
  const fields = new Map<string, { name: string; value: string }>();
  let current: { name: string; value: string } | undefined;
  for (const line of text.split("\n")) {
    const field = /^([A-Za-z][A-Za-z0-9-]*):(.*)$/.exec(line);
    if (field?.[1] !== undefined) {
      current = { name: field[1], value: field[2]?.trim() ?? "" };
      fields.set(current.name.toLowerCase(), current);
    } else if (/^[ \t]/.test(line) && current) {
      // An embedded key is a value of many lines, and stays as it is.
      current.value += `\n${line}`;
    }
  }
  const get = (name: string) => fields.get(name)?.value;
  const wanted = words(get("suites")).filter((name) => suites.includes(name.replace(/\/$/, "")));
  const off = ["no", "false", "without", "off", "disable", "0"].includes(
    (get("enabled") ?? "yes").toLowerCase(),
  );
  if (
    off ||
    wanted.length === 0 ||
    !words(get("types")).includes("deb") ||
    !words(get("components")).includes("main")
  ) {
    return [];
  }
  const replaced = new Map([
    ["types", "deb"],
    ["suites", wanted.join(" ")],
    ["components", "main"],
  ]);
  return [[...fields].map(([key, { name, value }]) => `${name}: ${replaced.get(key) ?? value}\n`).join("")];
}

function pickLine(text: string, suites: readonly string[]): string[] {
  const entry = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(text);
  const [, options = "", uri = "", suite = "", components] = entry ?? [];
  if (
    !entry ||
    uri.startsWith("cdrom:") ||
    !suites.includes(suite.replace(/\/$/, "")) ||
    !words(components).includes("main")
  ) {
    return [];
  }
  return [`deb ${options}${uri} ${suite} main\n`];
}
