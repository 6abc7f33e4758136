import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { renderSudoers } from "../../apply";
import { resolveDeclaration } from "../../backlog";
import { SYSCTL_FILE_NAME } from "../../cloudinit";
import { COMMANDS } from "../../lab/arguments";
import { pauseAfter } from "../../lab/providers/command/retry";
import { answerOf, onHost } from "../apply/host";

const ROOT = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const PAGE = read("docs/verification.md");
const EXAMPLES = ["existing-servers", "bastion"];

/** The block behind a mark. */
function shown(mark: string): string {
  const text = new RegExp(`<!-- ${mark}: -->\n\n\`\`\`text\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1];
  if (text === undefined) {
    throw new Error(`the page has no ${mark}`);
  }
  return text;
}

describe("docs/verification.md", () => {
  it("shows examples as they are in the files that are compiled and run", () => {
    const examples = [...PAGE.matchAll(/<!-- file: (\S+) -->\n\n```ts\n([\s\S]*?)```/g)];
    expect(examples.map(([, file]) => file)).toEqual(EXAMPLES.map((name) => `examples/${name}/index.ts`));
    for (const [, file = "", code] of examples) {
      expect(code).toBe(read(file));
    }
  });

  it("lists exactly the commands of sudo that are needed", () => {
    const declaration = resolveDeclaration({
      services: [
        { name: "nginx", relisten: "restart" },
        { name: "redis", relisten: "restart" },
      ],
    });
    expect(shown("sudoers")).toBe(renderSudoers(declaration, { user: "deploy", fileName: SYSCTL_FILE_NAME }));
  });

  it("shows our file as the script writes it", () => {
    const { runs, files } = onHost(["--host", "web", "--setting", "net.core.somaxconn", "8192"]);
    expect(answerOf(runs[0]).verdict).toBe("changed");
    expect(shown("our-file")).toBe(files[SYSCTL_FILE_NAME]);
  });

  it("shows a finding in the words of the tour, which the README shows as it was", () => {
    const [, onReadme = ""] = /^(FINDING on web: nginx.*\n(?: {2}\w+:.*\n)+)/m.exec(read("README.md")) ?? [];
    const inNumbers = (text: string, wanted: number, got: number) =>
      text.replaceAll(String(wanted), "WANTED").replaceAll(String(got), "GOT");
    expect(onReadme).not.toBe("");
    expect(inNumbers(shown("finding"), 8192, 1024)).toBe(inNumbers(onReadme, 4096, 128));
  });

  it("says how long an unreachable host takes", () => {
    const failures = Array.from({ length: 10 }, (_, index) => index + 1);
    const pauses = failures.reduce((sum, failure) => sum + pauseAfter(failure), 0) / 1000;
    expect(PAGE).toContain(`fails after ${Math.round(pauses)} seconds`);
    expect(PAGE).toContain(`one that does not answer after ${Math.round(11 * 15 + pauses)};`);
  });

  it("names files and commands that exist", () => {
    const pages = ["docs/verification.md", ...EXAMPLES.map((name) => `examples/${name}/README.md`)];
    for (const page of pages) {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
      expect(links.filter((link) => !existsSync(resolve(ROOT, dirname(page), link)))).toEqual([]);
    }
    const tests = [...PAGE.matchAll(/`(test\/[\w/-]+\.test\.ts)`/g)].map(([, file = ""]) => file);
    expect(tests).not.toEqual([]);
    expect(tests.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    for (const [, command = ""] of PAGE.matchAll(/npm run lab -- (\w+)/g)) {
      expect(COMMANDS).toContain(command);
    }
  });
});
