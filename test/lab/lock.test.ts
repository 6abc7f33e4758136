import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { LabError } from "../../lab/errors";
import { withLock } from "../../lab/lock";

let folder: string;
let file: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lab-lock-"));
  file = path.join(folder, "not", "there", "lock");
});
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
  }
  fs.rmSync(folder, { recursive: true });
});

/** Another process that takes the lock, says so, and keeps it until its input ends. */
async function holder(what: string): Promise<ChildProcess> {
  const program = `
    const { withLock } = require(${JSON.stringify(path.resolve("lab/lock.ts"))});
    withLock(${JSON.stringify(file)}, ${JSON.stringify(what)}, async () => {
      console.log("held");
      await new Promise((resolve) => process.stdin.resume().on("end", resolve));
    }).then(() => process.exit(0));`;
  const child = spawn(process.execPath, ["--import", "tsx", "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(readline.createInterface({ input: child.stdout }), "line")) as [string];
  expect(line).toBe("held");
  return child;
}

describe("withLock", () => {
  it("returns what the work returns, and is free afterwards", async () => {
    expect(await withLock(file, "a", () => Promise.resolve(1))).toBe(1);
    expect(await withLock(file, "b", () => Promise.resolve(2))).toBe(2);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it("is free after work that failed, and passes its error on", async () => {
    const broken = new Error("broken");
    await expect(withLock(file, "a", () => Promise.reject(broken))).rejects.toBe(broken);
    expect(await withLock(file, "b", () => Promise.resolve("free"))).toBe("free");
  });

  it("never lets two run at once", async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        withLock(file, `work ${n}`, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
  });

  it("tells who waits who holds it, waits, and goes on when the other process is done", async () => {
    const other = await holder("building something");
    const order: string[] = [];
    const mine = withLock(
      file,
      "mine",
      () => Promise.resolve(order.push("mine")),
      (who) => {
        order.push(who);
        other.stdin?.end();
      },
    );
    await mine;
    expect(order).toHaveLength(2);
    expect(order[0]).toMatch(new RegExp(`^building something, process ${other.pid ?? 0}, since 20\\d\\d-`));
    expect(order[1]).toBe("mine");
  });

  it("is free as soon as its holder is killed", async () => {
    const other = await holder("doomed");
    const ended = once(other, "exit");
    const result = await withLock(
      file,
      "mine",
      () => Promise.resolve("mine"),
      () => other.kill("SIGKILL"),
    );
    expect(result).toBe("mine");
    expect(await ended).toEqual([null, "SIGKILL"]);
  });

  it("leaves no process behind", async () => {
    await withLock(file, "a", () => Promise.resolve());
    const lines = fs.readFileSync("/proc/locks", "utf8").split("\n");
    expect(lines.filter((line) => line.includes(`:${fs.statSync(file).ino} `))).toEqual([]);
  });

  it("refuses to wait for itself", async () => {
    const nested = withLock(file, "outer", () => withLock(file, "inner", () => Promise.resolve()));
    await expect(nested).rejects.toThrow("already held by this chain of calls");
  });

  it("says which lock cannot be taken and why", async () => {
    fs.writeFileSync(path.join(folder, "not"), "a file where a folder must be");
    const error: unknown = await withLock(file, "a", () => Promise.resolve()).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LabError);
    expect(String(error)).toContain(file);
  });
});
