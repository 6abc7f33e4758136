import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { differences, type Expected } from "./support/expected";
import { POLICIES } from "./support/pack";
import { saidOf } from "./support/said";
import { EXPECTED } from "./user-data/expected";

const SAMPLES = join(__dirname, "..", "cloudinit", "read", "samples");
const NAMES = readdirSync(SAMPLES)
  .filter((name) => name.endsWith(".txt"))
  .map((name) => name.slice(0, -".txt".length));

/** Lines that nobody else would write: paths, keys and numbers are named in messages, a line of somebody's user data is not. */
const ownLines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length > 24 && !/net\.(?:core|ipv4)\./.test(line));

/** The samples of the reader, as people have published them, each as the user data of one server. */
describe("published user data, judged", () => {
  it("has an expectation for every sample, and no other", () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(NAMES.sort());
  });

  it.each(NAMES)("%s", async (name) => {
    const userData = readFileSync(join(SAMPLES, `${name}.txt`), "utf8");
    const said = await saidOf(POLICIES, {
      type: "aws:ec2/instance:Instance",
      name,
      props: { ami: "ami-0123456789abcdef0", userData, userDataReplaceOnChange: true },
    });
    const { findings = [], tuned = false } = EXPECTED[name] ?? {};
    const unverified: Expected = {
      policy: "backlog-is-verified",
      resource: name,
      level: "advisory",
      says: [name],
    };
    const expected = findings.map((finding) => ({ ...finding, resource: name }));
    expect(differences(tuned ? [...expected, unverified] : expected, said)).toEqual([]);
    expect(ownLines(userData).filter((line) => said.some(({ message }) => message.includes(line)))).toEqual(
      [],
    );
  });
});
