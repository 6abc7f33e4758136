import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { said } from "../support/analyzer";

const FOLDERS = [join(__dirname, "../../cloudinit/read/samples"), join(__dirname, "samples"), join(__dirname, "published")]; // prettier-ignore
const SAMPLES = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .map((file) => [file.slice(0, -".txt".length), readFileSync(join(folder, file), "utf8")] as const),
);

/** What a message says to type: a line for a file, and a command. */
interface Typed {
  readonly file?: { readonly path: string; readonly line: string };
  readonly command: string;
}

/** Of a message the line to type; undefined where it asks for something else, such as another value in the same place. */
function lineOf(message: string): Typed | undefined {
  const fix = / Fix: (.*)$/.exec(message)?.[1] ?? "";
  const [, line, path, command] =
    /write "(net\.[^"]+)" to (\S+?)(?:, which sorts last)?(?:, and apply it with (sysctl -p \S+))?$/.exec(
      fix,
    ) ?? [];
  if (line !== undefined && path !== undefined) {
    return { file: { path, line }, command: command ?? "true" };
  }
  const [, added] = /^add "(sysctl -p [^"]+)" to runcmd/.exec(fix) ?? [];
  return added === undefined ? undefined : { command: added };
}

/** User data with what a message says to type, commands before the others where it says so; undefined where nobody types into it. */
function followed(userData: string, { file, command }: Typed): string | undefined {
  if (/^#!\S*sh\b/.test(userData)) {
    const write = file === undefined ? "" : `echo '${file.line}' > ${file.path}\n`;
    return `${userData}\n${write}${command}\n`;
  }
  if (!userData.startsWith("#cloud-config\n")) {
    return undefined;
  }
  const { write_files = [], runcmd = [], ...rest } = parse(userData) as { write_files?: unknown[]; runcmd?: unknown[] }; // prettier-ignore
  const files = file === undefined ? [] : [{ path: file.path, content: `${file.line}\n` }];
  return `#cloud-config\n${stringify({ ...rest, write_files: [...write_files, ...files], runcmd: file === undefined ? [command, ...runcmd] : [...runcmd, command] })}`;
}

/** The policy and its subject, such as a setting. */
const findingOf = (message: string) => message.replace(/ (?:wanted|cannot be judged) .*$/, "");

describe("the line that a message says to type", () => {
  it("makes its finding go away wherever it is typed as it stands, and no other come", async () => {
    let typed = 0;
    for (const [name, userData] of SAMPLES) {
      const judge = (text: string) =>
        said({
          type: "aws:ec2/instance:Instance",
          props: { userData: text, userDataReplaceOnChange: true },
        });
      const before = await judge(userData);
      for (const message of before) {
        const line = lineOf(message);
        const text = line && followed(userData, line);
        if (text === undefined) {
          continue;
        }
        typed++;
        const left = new Set((await judge(text)).map(findingOf));
        expect([...left], `${name}: ${message}`).not.toContain(findingOf(message));
        expect(
          [...left].filter((finding) => !before.map(findingOf).includes(finding)),
          name,
        ).toEqual([]);
      }
    }
    expect(typed).toBeGreaterThan(20);
  });
});
