import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { differences, PLANTED, type Expected } from "../support/expected";
import { POLICIES } from "../support/pack";
import { saidOf } from "../support/said";
import { EXPECTED, PUBLISHED } from "./expected";

/** What the reader is tested with, a few lines each; what policies are tested with besides; and whole user data as people have published it. */
const FOLDERS = [
  join(__dirname, "../../cloudinit/read/samples"),
  join(__dirname, "samples"),
  join(__dirname, "published"),
];
const ALL_EXPECTED = { ...EXPECTED, ...PUBLISHED };
const SAMPLES = new Map(
  FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(".txt"))
      .map((file) => [file.slice(0, -".txt".length), readFileSync(join(folder, file), "utf8")] as const),
  ),
);

/** Lines that nobody else would write: paths, keys and numbers are named in messages, a line of somebody's user data is not. */
const ownLines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length > 24 && !/net\.(?:core|ipv4)\./.test(line));

describe("user data, judged", () => {
  it("is 100 samples, each with an expectation", () => {
    expect(Object.keys(ALL_EXPECTED).sort()).toEqual([...SAMPLES.keys()].sort());
    expect(SAMPLES.size).toBeGreaterThanOrEqual(100);
    expect(Object.keys(ALL_EXPECTED)).toHaveLength(
      Object.keys(EXPECTED).length + Object.keys(PUBLISHED).length,
    );
  });

  it.each(Object.entries(ALL_EXPECTED))("%s", async (name, { findings, tuned }) => {
    const userData = SAMPLES.get(name) ?? "";
    const said = await saidOf(POLICIES, {
      type: "aws:ec2/instance:Instance",
      name,
      props: { ami: "ami-0123456789abcdef0", userData, userDataReplaceOnChange: true },
    });
    const unverified: Expected = {
      policy: "backlog-is-verified",
      resource: name,
      level: "advisory",
      says: [name],
    };
    const expected = findings.map((finding) => ({ ...finding, resource: name }));
    expect(differences(tuned ? [...expected, unverified] : expected, said)).toEqual([]);
    for (const { message } of said) {
      expect(message).not.toContain(PLANTED);
      expect(ownLines(userData).filter((line) => message.includes(line))).toEqual([]);
    }
  });
});

describe("user data of which something is not read, with a backlog that is declared for it", () => {
  const notes = async (name: string) =>
    (
      await saidOf(POLICIES, {
        type: "aws:ec2/instance:Instance",
        name,
        props: {
          userData: SAMPLES.get(name) ?? "",
          userDataReplaceOnChange: true,
          tags: { "listen-backlog:services": "nginx:80:8192" },
        },
      })
    ).filter(({ policy }) => policy !== "backlog-is-verified");

  it.each([
    "as-another-user",
    "associative-array",
    "file-from-a-bucket",
    "install-from-standard-input",
    "list-read-in-a-loop",
  ])("is not said to set nothing: %s", async (name) => {
    expect(await notes(name)).toEqual([
      expect.objectContaining({
        policy: "backlog-can-be-judged",
        message: expect.stringContaining(
          "nothing that can be read here sets net.core.somaxconn, so that the rest of it or the image decides,",
        ) as string,
      }),
    ]);
  });

  it.each([
    ["cloud-config-jinja", "a template decides"],
    ["include-url", "an include decides"],
  ])("is opaque where all of it is written elsewhere: %s", async (name, why) => {
    expect(await notes(name)).toEqual([
      expect.objectContaining({
        policy: "backlog-can-be-judged",
        message: expect.stringContaining(`cannot be judged: the user data, because ${why}`) as string,
      }),
    ]);
  });

  it.each(["apache-asks-for-much", "only-looks", "wordpress-on-lamp"])(
    "sets nothing where all of it is read: %s",
    async (name) => {
      expect(await notes(name)).toEqual([
        expect.objectContaining({
          message: expect.stringContaining(
            "nothing here sets net.core.somaxconn, so that the image decides,",
          ) as string,
        }),
      ]);
    },
  );
});
