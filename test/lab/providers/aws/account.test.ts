import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";

import { describe, expect, it } from "vitest";

import { LabError } from "../../../../lab/errors";
import { withLock } from "../../../../lab/lock";
import { Account } from "../../../../lab/providers/aws/account";
import { forgetUnknown, labAccount } from "../../../../lab/providers/aws/lab-account";
import { temporaryFolder } from "../fakes";

const record = (name: string) => ({ id: `key-${name}`, name, region: "us-east-1", inputs: {} });

/** Several of them on one file are what several provider processes are. */
function accountIn(folder: string): Account {
  const lock = path.join(folder, "lock");
  return new Account(path.join(folder, "aws", "account.json"), (run) => withLock(lock, "testing", run));
}

describe("what no stack knows", () => {
  it("is forgotten, and nothing else", async () => {
    const lab = { dir: temporaryFolder() };
    const account = labAccount(lab);
    const known = { instances: [], keyPairs: ["a"], securityGroups: [] };
    expect(await forgetUnknown(lab, known)).toEqual([]);
    await account.change((data) => {
      data.keyPairs.set("a", record("a")).set("b", record("b"));
      data.securityGroups.set("sg-1", { id: "sg-1", name: "web", region: "us-east-1", inputs: {} });
    });
    expect(await forgetUnknown(lab, known)).toEqual(["key pair b", "security group sg-1"]);
    expect([...(await account.read()).keyPairs.keys()]).toEqual(["a"]);
  });
});

describe("the stand-in's account", () => {
  it("is empty at first, and keeps what is changed for everybody", async () => {
    const folder = temporaryFolder();
    expect((await accountIn(folder).read()).keyPairs.size).toBe(0);
    await accountIn(folder).change((data) => data.keyPairs.set("__proto__", record("__proto__")));
    expect([...(await accountIn(folder).read()).keyPairs.keys()]).toEqual(["__proto__"]);
  });

  it("loses no change of several at once", async () => {
    const folder = temporaryFolder();
    const names = ["a", "b", "c", "d", "e"];
    await Promise.all(
      names.map((name) => accountIn(folder).change((data) => data.keyPairs.set(name, record(name)))),
    );
    expect([...(await accountIn(folder).read()).keyPairs.keys()].sort()).toEqual(names);
  });

  it("writes nothing when the change fails, and nothing but the whole file", async () => {
    const folder = temporaryFolder();
    const account = accountIn(folder);
    await account.change((data) => data.keyPairs.set("a", record("a")));
    const file = path.join(folder, "aws", "account.json");
    const before = readFileSync(file, "utf8");
    await expect(
      account.change((data) => {
        data.keyPairs.clear();
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readdirSync(path.dirname(file))).toEqual(["account.json"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", "null", '{"version":2}', '{"version":1,"keyPairs":{}}'])(
    "says what to do when the file is %j",
    async (text) => {
      const folder = temporaryFolder();
      const account = accountIn(folder);
      await account.change(() => undefined);
      writeFileSync(path.join(folder, "aws", "account.json"), text);
      await expect(account.read()).rejects.toThrow(LabError);
      await expect(account.read()).rejects.toThrow("is damaged");
    },
  );
});
