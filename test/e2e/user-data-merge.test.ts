import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeUserData, UserDataError, type TuningPart } from "../../cloudinit";
import { generateHostKey } from "../../components/host-key";
import { ensureHostsReady } from "../../lab/hosts";
import { openLab, type Lab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";
import { CASES } from "./support/user-data/corpus";
import {
  hostsCloudInit,
  mergeBy,
  suiteCloudInit,
  SUITES,
  type Merged,
} from "./support/user-data/cloud-init-versions";

// The merge code of other versions of cloud-init than the hosts', on documents rather than on hosts.

let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-merge-"));
  lab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab") });
  await ensureHostsReady(lab, createProgress());
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const PART: TuningPart = {
  settings: [{ key: "net.core.somaxconn", value: "4096" }],
  relisten: [],
  hostKey: generateHostKey(),
};

const json = (config: object) => `#cloud-config\n${JSON.stringify(config)}\n`;

const parts = (...configs: readonly (readonly [string, string])[]) =>
  [
    "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=own\n",
    ...configs.map(([header, content]) => `--own\nContent-Type: text/cloud-config\n${header}\n${content}`),
    "--own--\n",
  ].join("\n");

const MERGE_HOW = fc.constantFrom<unknown>(
  undefined,
  "dict(replace)+list(no_replace)+str()",
  "list(append)+dict(recurse_array)+str()",
  "list(prepend)+dict(no_replace,recurse_list)+str(append)",
  [
    { name: "list", settings: ["replace"] },
    { name: "dict", settings: ["replace"] },
    { name: "str", settings: ["append"] },
  ],
  [{ name: "dict", settings: ["allow_delete", "recurse_dict"] }],
);

/** The schema wants no empty lists. */
const SOME = { minLength: 1, maxLength: 4 };

/** Any cloud-config that touches what ours touches. */
const CONFIG = fc
  .record(
    {
      bootcmd: fc.array(
        fc.constantFrom<unknown>("exit 0", ["sysctl", "-w", "net.core.somaxconn=1"], "ls"),
        SOME,
      ),
      runcmd: fc.array(fc.constantFrom<unknown>("exit 1", ["ls", "-l"]), SOME),
      write_files: fc.array(
        fc.record({
          path: fc.constantFrom("/etc/a", "/etc/sysctl.d/99-zz-own.conf"),
          content: fc.string(),
        }),
        SOME,
      ),
      ssh_keys: fc.constant({ rsa_private: "own", rsa_public: "own" }),
      ssh_deletekeys: fc.boolean(),
      users: fc.constant(["default", { name: "own" }]),
      hostname: fc.constant("own"),
      merge_how: MERGE_HOW,
    },
    { requiredKeys: [] },
  )
  .filter((config) => Object.values(config).some((value) => value !== undefined));

const HEADER = fc.constantFrom(
  "",
  "Merge-Type: list(append)+dict(recurse_array)+str()\n",
  "X-Merge-Type: dict(replace)+list(replace)\n",
);

const DOCUMENTS = fc.oneof(
  CONFIG.map(json),
  fc
    .array(fc.tuple(HEADER, CONFIG.map(json)), { minLength: 1, maxLength: 3 })
    .map((configs) => parts(...configs)),
);

/** The user's own configuration with ours added to it: what merging must come to. */
function wanted(own: Merged, ours: Merged): Merged {
  const config = { ...ours.config, ...own.config };
  for (const key of ["bootcmd", "write_files"]) {
    config[key] = [...((own.config[key] ?? []) as unknown[]), ...((ours.config[key] ?? []) as unknown[])];
  }
  config.ssh_keys = { ...(ours.config.ssh_keys as object), ...(own.config.ssh_keys as object | undefined) };
  // What it has against the user's own configuration is not for us to mend.
  return { config, parts: [...own.parts, ...ours.parts], problems: own.problems };
}

/** Ours has as many z as it takes. The user's parts have the names that they have without ours, those without a name too. */
const shortened = (merged: Merged) => ({
  ...merged,
  parts: merged.parts.map(([type, name, content]) => [
    type,
    name.replace(/^z+-listen-backlog/, "z-listen-backlog"),
    content,
  ]),
});

describe("the merge code of cloud-init", () => {
  const versions: readonly (readonly [string, () => string])[] = [
    ["the hosts'", () => hostsCloudInit(lab)],
    ...SUITES.map((suite) => [`Debian ${suite}'s`, () => suiteCloudInit(lab, suite)] as const),
  ];

  test.each(versions)("%s: adds ours to the user's, and nothing of either is lost", (_, packages) => {
    const own = [
      ...CASES.flatMap(({ userData }) =>
        userData === undefined || /^(?:#include|[A-Za-z0-9+/]+={0,2}$)/.test(userData) ? [] : [userData],
      ),
      ...fc.sample(DOCUMENTS, { numRuns: 100, seed: 5 }),
    ];
    const { version, results } = mergeBy(lab, packages(), [
      composeUserData(undefined, PART),
      ...own,
      ...own.map((text) => composeUserData(text, PART)),
    ]);
    expect(version).toMatch(/^\d+\.\d+/);
    const [ours, ...rest] = results as [Merged, ...Merged[]];
    expect(ours).toMatchObject({
      problems: [],
      parts: [["text/x-shellscript", "zz-listen-backlog.sh", expect.any(String)]],
    });
    expect(ours.config).toMatchObject({
      bootcmd: expect.arrayContaining([expect.stringMatching(/sysctl -e -q -w/)]) as unknown,
      ssh_keys: { ed25519_private: PART.hostKey?.privateKey },
    });
    expect(own.length).toBeGreaterThan(100);
    own.forEach((text, index) => {
      const [alone, composed] = [rest[index], rest[index + own.length]] as [Merged, Merged];
      expect(shortened(composed), text).toEqual(shortened(wanted(alone, ours)));
    });
  });

  test.each(versions)("%s: has a schema that refuses what is wrong", (_, packages) => {
    const [judged] = mergeBy(lab, packages(), [json({ write_files: [{ pathx: "/etc/a" }] })]).results;
    expect(judged?.problems).toEqual([expect.stringContaining("pathx")]);
  });

  test.each([
    ["#cloud-config-archive\n- {content: '#!/bin/sh', own: 5}\n", /TypeError/],
    ["#cloud-config-archive\n- {content: '#!/bin/sh', 5: own}\n", /AttributeError/],
    ["#cloud-config\nmerge_how: [list]\na: 1\n", undefined],
    ["#cloud-config\nmerge_how: [{name: list}]\na: 1\n", undefined],
    ["#cloud-config\nmerge_how: list(append)\na: 1\n", null],
    ["#cloud-config\nmerge_type: [[str, append]]\na: 1\n", null],
    [parts(["Merge-Type: list(append)\n", "#cloud-config\na: 1"]), null],
    [parts(["merge-type: dict()\n", "#cloud-config\nmerge_how: list()\na: 1"]), null],
    ["#cloud-config-archive\n- {content: 'a: 1', X-Merge-Type: list(append)}\n", null],
    ["#cloud-config\na: &x 1\nb: &x 2\n", undefined],
    ["#cloud-config\na: 2001-99-99\n", undefined],
    ['#cloud-config-jsonp\n[{"op": "add", "path": "write_files", "value": []}]', undefined],
  ])("drops what composing refuses: %j", (own, ends) => {
    expect(() => composeUserData(own, PART)).toThrow(UserDataError);
    if (ends) {
      // Nothing of the user data is left, of any part.
      expect(() => mergeBy(lab, hostsCloudInit(lab), [own])).toThrow(ends);
      return;
    }
    const [merged] = mergeBy(lab, hostsCloudInit(lab), [own]).results;
    expect(merged).toMatchObject({ config: {}, parts: [] });
    // Of some it says nothing.
    expect(merged?.problems.length === 0).toBe(ends === null);
  });

  test("is of three versions", () => {
    const found = versions.map(([, packages]) => mergeBy(lab, packages(), []).version);
    expect(new Set(found).size).toBe(3);
    expect(found[0]).toMatch(/^22\.4/);
  });
});
