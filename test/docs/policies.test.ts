import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseServicesTag } from "../../backlog";
import { DEFINITIONS } from "../../policies/all";
import { requireSettings, schemaOf } from "../../policies/config/settings";
import { acceptPackArgs } from "../../policies/listen-backlog-policies";
import { POLICY_NAMES, type PolicyName } from "../../policies/names";
import { runExample } from "../../policies/rules-md";

const ROOT = join(__dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/policies.md"), "utf8");

/** The code block after a mark. */
function block(mark: string): string {
  const found = new RegExp(`<!-- ${mark} -->\\n\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1];
  expect(found, mark).toBeDefined();
  return found ?? "";
}

describe("docs/policies.md", () => {
  it("shows a finding as the policy says it", () => {
    const definition = DEFINITIONS.find(({ name }) => name === "somaxconn-covers-backlog");
    expect(definition).toBeDefined();
    const said = definition && runExample(definition, definition.example.before);
    expect([`somaxconn-covers-backlog: ${block("finding: somaxconn-covers-backlog").trim()}`]).toEqual(said);
  });

  it("shows a configuration of policies and settings that there are", () => {
    const config = JSON.parse(block("config")) as Record<string, string | Record<string, unknown>>;
    const { all, ...policies } = config;
    expect(all).toBe("mandatory");
    for (const [name, value] of Object.entries(policies)) {
      expect(POLICY_NAMES).toContain(name);
      const { enforcementLevel, ...settings } =
        typeof value === "string" ? { enforcementLevel: value } : value;
      expect(["advisory", "mandatory", "disabled", undefined]).toContain(enforcementLevel);
      requireSettings(settings, name as PolicyName);
    }
  });

  it("has a table with every setting, its policy and its default", () => {
    const shown = [...PAGE.matchAll(/^\| `(\w+)` +\| (?:`([\w-]+)`|every policy) +\|.*\| (.*?) +\|$/gm)].map(
      ([, setting, policy, byDefault]) => [setting, policy, byDefault?.replaceAll("`", "")],
    );
    const shared = Object.keys(schemaOf("backlog-can-be-judged").properties);
    const own = DEFINITIONS.flatMap(({ name }) =>
      Object.entries(schemaOf(name).properties)
        .filter(([setting]) => !shared.includes(setting))
        .map(([setting, { default: byDefault }]) => [
          setting,
          name,
          byDefault === undefined ? "no budget" : JSON.stringify(byDefault).replaceAll('"', ""),
        ]),
    );
    const words: Readonly<Record<string, string>> = {
      kernel: "a current kernel",
      allowedUnsafeSysctls: "not known",
      podSomaxconn: "the kernel's",
    };
    expect(shown).toEqual([
      ...shared.map((setting) => [setting, undefined, words[setting] ?? "none"]),
      ...own.sort(
        ([, a], [, b]) => POLICY_NAMES.indexOf(b as PolicyName) - POLICY_NAMES.indexOf(a as PolicyName),
      ),
    ]);
  });

  it("shows a pack of one's own that the class takes", () => {
    const code = block("pack");
    expect(code.startsWith('import { ListenBacklogPolicies } from "pulumi-listen-backlog/policies";\n')).toBe(
      true,
    );
    const given: unknown[] = [];
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the code of the page, with a class that starts no server
    new Function("ListenBacklogPolicies", code.replace(/^import .*$/m, ""))(function (
      args: Parameters<typeof acceptPackArgs>[0],
    ) {
      given.push(acceptPackArgs(args).initialConfig);
    });
    expect(given).toEqual([
      {
        all: "mandatory",
        "backlog-can-be-judged": { enforcementLevel: "advisory" },
        "backlog-within-limits": { maximumBacklog: 131072 },
      },
    ]);
  });

  it("shows a workflow that is valid YAML and uses the pack as the package has it", () => {
    const workflow = parse(block("workflow")) as {
      jobs: { preview: { steps: { run?: string; uses?: string }[] } };
    };
    const commands = workflow.jobs.preview.steps.map(({ run, uses }) => run?.trim() ?? uses);
    expect(commands.at(-1)).toBe(
      "pulumi preview --stack prod --policy-pack node_modules/pulumi-listen-backlog/dist/policies --policy-pack-config policies.json",
    );
    expect(existsSync(join(ROOT, "policies/PulumiPolicy.yaml"))).toBe(true);
  });

  it("shows actions of releases that runners still run: those before them need Node.js 20", () => {
    const since = new Map([
      ["actions/checkout", 5],
      ["actions/setup-node", 5],
      ["aws-actions/configure-aws-credentials", 6],
      ["pulumi/actions", 7],
    ]);
    const used = [...block("workflow").matchAll(/uses: ([\w/-]+)@v(\d+)$/gm)].map(
      ([, action = "", major = ""]) => [action, Number(major)] as const,
    );
    expect(used.map(([action]) => action).sort()).toEqual([...since.keys()].sort());
    expect(used.filter(([action, major]) => major < (since.get(action) ?? Infinity))).toEqual([]);
  });

  it("shows how to remediate by policies that can", () => {
    const remediate = JSON.parse(block("remediate")) as Record<string, string>;
    expect(new Set(Object.values(remediate))).toEqual(new Set(["remediate"]));
    const able = DEFINITIONS.filter(
      (definition) => "remedy" in definition && definition.remedy !== undefined,
    );
    expect(Object.keys(remediate).filter((name) => !able.some((policy) => policy.name === name))).toEqual([]);
  });

  it("shows tags that can be read", () => {
    const tags = [...PAGE.matchAll(/listen-backlog:services: (.*)$/gm)].map(([, tag = ""]) => tag);
    expect(tags).toHaveLength(1);
    expect(tags.map((tag) => parseServicesTag(tag).problems)).toEqual([undefined]);
  });

  it("names only policies, tests and pages that there are", () => {
    const named = [...PAGE.matchAll(/`((?:[a-z]+-)+[a-z]+)`/g)]
      .map(([, name = ""]) => name)
      .filter((name) => !name.startsWith("listen-backlog"));
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !POLICY_NAMES.some((known) => known === name))).toEqual([]);
    const files = [
      ...[...PAGE.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, file = ""]) => file),
      ...[...PAGE.matchAll(/\]\(([^)#]+)\)/g)].map(([, file = ""]) => join("docs", file)),
    ];
    expect(files.length).toBeGreaterThan(2);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
