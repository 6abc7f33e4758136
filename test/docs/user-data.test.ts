import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { composeUserData, SYSCTL_FILE, UserDataError, type TuningPart } from "../../cloudinit";
import { NEEDED_LISTS, NEEDED_MODULES } from "../../cloudinit/collisions";
import { renderHostScript } from "../../cloudinit/host-script";
import { generateHostKey } from "../../components/host-key";
import { startEngine } from "../components/support/engine";
import { splitByPython } from "../cloudinit/support/python";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/user-data.md"), "utf8");
const EXAMPLES = [...PAGE.matchAll(/<!-- file: (\S+) -->\n\n```ts\n([\s\S]*?)```/g)].map(
  ([, file = "", code = ""]) => ({
    file,
    code,
  }),
);

/** The cloud-configs in the first column of a table, and whether the page says that the key without a value is the same. */
function tableOf(mark: string): { yaml: string; alsoEmpty: boolean }[] {
  const table = new RegExp(`<!-- ${mark}: -->\\n\\n((?:\\|.*\\n)+)`).exec(PAGE)?.[1] ?? "";
  return [...table.matchAll(/^\| `([^`]+)`(, also empty)?/gm)].map(([, yaml = "", alsoEmpty]) => ({
    yaml: yaml.replace("FILE", SYSCTL_FILE),
    alsoEmpty: alsoEmpty !== undefined,
  }));
}

const PART: TuningPart = {
  settings: [{ key: "net.core.somaxconn", value: "4096" }],
  relisten: [],
  hostKey: generateHostKey(),
};

/** What the message of a refusal says was given; undefined where it is composed. */
function refused(yaml: string): string | undefined {
  try {
    composeUserData(`#cloud-config\n${yaml}\n`, PART);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(UserDataError);
    return /given a cloud-config with (\w+)/.exec((error as Error).message)?.[1];
  }
}

describe("docs/user-data.md", () => {
  it("names what is refused, and what only costs the early values, and nothing is missing", () => {
    const rows = tableOf("refused");
    const keys = rows.map(({ yaml }) => /^\w+/.exec(yaml)?.[0]);
    expect(rows.map(({ yaml }) => refused(yaml))).toEqual(keys);
    const empty = rows.filter(({ alsoEmpty }) => alsoEmpty).map(({ yaml }) => yaml.replace(/:.*/, ":"));
    expect(empty.map(refused)).toEqual(empty.map((yaml) => yaml.slice(0, -1)));
    const early = tableOf("early");
    expect(early.map(({ yaml }) => refused(yaml))).toEqual(early.map(() => undefined));
    expect(early.map(({ yaml }) => /^\w+/.exec(yaml)?.[0])).toEqual(["bootcmd", "cloud_init_modules"]);
    // Every rule is a row.
    expect(new Set(keys)).toEqual(
      new Set([...NEEDED_LISTS, ...NEEDED_MODULES].map(({ key }) => key).concat("ssh_keys")),
    );
    expect(empty).toHaveLength(NEEDED_LISTS.length);
    for (const { key, module } of NEEDED_MODULES) {
      expect(PAGE).toMatch(new RegExp(`\\| \`${key}: .*without \`${module}\` in the list`));
    }
  });

  it("shows what is added, letter by letter", () => {
    const shown = /<!-- added: -->\n\n```text\n([\s\S]*?)```/.exec(PAGE)?.[1];
    expect(shown).toBe(
      composeUserData(undefined, {
        settings: [{ key: "net.core.somaxconn", value: "4096" }],
        relisten: [{ unit: "nginx.service", how: "restart" }],
      }),
    );
  });

  it("shows lines of the log that the script has, one of each kind", () => {
    const log = /<!-- says: -->\n\n```text\n([\s\S]*?)```/.exec(PAGE)?.[1]?.trimEnd().split("\n") ?? [];
    const script = renderHostScript({ path: SYSCTL_FILE, content: "" }, PART.settings, [
      { unit: "nginx.service", how: "restart" },
    ]);
    const forms = [...script.matchAll(/^ *say "(.*)"$/gm)].map(([, form = ""]) => form);
    const meant = log.map((line) =>
      forms.filter((form) => {
        const words = form.split(/\$(?:\w+|\{\w+:-\w+\})/).map((text) => text.replace(/[^\w ]/g, "\\$&"));
        return new RegExp(`^listen-backlog: ${words.join("\\S+")}$`).test(line);
      }),
    );
    expect(log).toHaveLength(4);
    expect(meant.map(({ length }) => length)).toEqual(log.map(() => 1));
    expect(new Set(meant.flat()).size).toBe(log.length);
  });

  it("shows examples as they are in the files that are compiled and run, under the name of the package", () => {
    expect(EXAMPLES.map(({ file }) => file)).toEqual(
      ["launch-template", "eks-node-group", "print"].map((name) => `examples/user-data/${name}.ts`),
    );
    for (const { file, code } of EXAMPLES) {
      const source = readFileSync(join(ROOT, file), "utf8");
      expect(code).toBe(source.replace('"../../cloudinit"', '"pulumi-listen-backlog/cloudinit"'));
    }
  });

  it("has examples that give user data as they say", async () => {
    const engine = await startEngine();
    await Promise.all([
      import("../../examples/user-data/launch-template.js"),
      import("../../examples/user-data/eks-node-group.js"),
    ]);
    await engine.settled();
    const documents = ["web", "nodes"].map((name) => {
      const { userData } = engine.get("aws:ec2/launchTemplate:LaunchTemplate", name).inputs;
      return Buffer.from(String(userData), "base64").toString();
    });
    const types = ["text/cloud-config", "text/x-shellscript"];
    const [web, nodes] = splitByPython(documents);
    expect(web?.map(({ contentType }) => contentType)).toEqual(["text/cloud-config", ...types]);
    expect(nodes?.map(({ contentType }) => contentType)).toEqual(["application/node.eks.aws", ...types]);
    // On the outermost level, all of them.
    expect(documents[1]?.match(/^--BOUNDARY$/gm)).toHaveLength(3);
  });

  it("has an example that prints", () => {
    const own = "#!/bin/sh\nls\n";
    const printed = execFileSync(
      process.execPath,
      ["--import", "tsx", join(ROOT, "examples/user-data/print.ts")],
      {
        cwd: ROOT,
        input: own,
        encoding: "utf8",
      },
    );
    expect(splitByPython([printed])[0]?.[0]).toMatchObject({
      contentType: "text/x-shellscript",
      content: own,
    });
  });

  it("names only tests that exist", () => {
    const named = [...PAGE.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, file = ""]) => file);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
