import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureHostsReady } from "../../lab/hosts";
import { openLab, type Lab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";
import { mergedByReader } from "./support/user-data/merged-by-reader";
import { MERGING, STRATEGIES } from "./support/user-data/merge-documents";
import { hostsCloudInit, mergeBy, suiteCloudInit, SUITES } from "./support/user-data/cloud-init-versions";
import { CASES } from "./support/user-data/corpus";

// What the reader takes for the merged cloud-config, against the merge code of three versions of cloud-init.

const DOCUMENTS = 400;
const SEED = 20_240_613;

let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-read-merge-"));
  lab = openLab({ ...process.env, LISTEN_BACKLOG_LAB: path.join(folder, "lab") });
  await ensureHostsReady(lab, createProgress());
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Which modules the reader follows, in the order in which it does. */
const ORDER = ["bootcmd", "write_files", "package_update_upgrade_install", "write_files_deferred"].concat([
  "scripts_per_once",
  "scripts_per_boot",
  "scripts_per_instance",
  "scripts_user",
  "power_state_change",
]);

describe("the reader's merge against the merge code of cloud-init", () => {
  const versions: readonly (readonly [string, () => string])[] = [
    ["the hosts'", () => hostsCloudInit(lab)],
    ...SUITES.map((suite) => [`Debian ${suite}'s`, () => suiteCloudInit(lab, suite)] as const),
  ];
  const documents = [
    ...CASES.flatMap(({ userData }) =>
      // What the reader does not follow, and says so: includes, patches, and what EC2 decodes before cloud-init sees it.
      userData === undefined || /^#include|cloud-config-jsonp|^[A-Za-z0-9+/]+={0,2}$/.test(userData)
        ? []
        : [userData],
    ),
    ...fc.sample(MERGING, { numRuns: DOCUMENTS, seed: SEED }),
  ];

  test.each(versions)("%s: comes to the same", (_, packages) => {
    const { version, results } = mergeBy(lab, packages(), documents);
    expect(version).toMatch(/^\d+\.\d+/);
    let differ = 0;
    documents.forEach((text, index) => {
      const { config, refused } = mergedByReader(text);
      const real = results[index];
      expect(config, `${version}: ${text}`).toEqual(real?.config);
      differ += Number(Object.keys(config).length > 0 && !refused);
    });
    // Documents that nothing comes of would prove nothing.
    expect(differ).toBeGreaterThan(documents.length / 2);
  });

  test.each(versions)("%s: runs its modules in the order that is followed", (_, packages) => {
    const file = path.join(packages(), "../../../../etc/cloud/cloud.cfg");
    const modules = [...fs.readFileSync(file, "utf8").matchAll(/^ *- ([a-z][a-z_-]+)$/gm)].map(
      ([, name = ""]) => name.replaceAll("-", "_"),
    );
    expect(modules.filter((name) => ORDER.includes(name))).toEqual(ORDER);
  });

  test("of every strategy", () => {
    for (const strategy of STRATEGIES) {
      const text = JSON.stringify(strategy);
      expect(
        documents.some((document) => document.includes(text) || document.includes(String(strategy))),
        text,
      ).toBe(true);
    }
  });
});
