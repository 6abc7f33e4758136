import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { LabError } from "../../lab/errors";
import { openLab, subnetCandidates } from "../../lab/identity";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "lab-identity-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const open = (dir: string, more: NodeJS.ProcessEnv = {}) =>
  openLab({ HOME: "/home/somebody", LISTEN_BACKLOG_LAB: dir, ...more });

function refusal(dir: string, more?: NodeJS.ProcessEnv): LabError {
  try {
    open(dir, more);
  } catch (error) {
    if (error instanceof LabError) {
      return error;
    }
    throw error;
  }
  throw new Error(`${dir} was accepted`);
}

describe("openLab", () => {
  it("creates the folder for its owner alone and derives every name from it", () => {
    const dir = path.join(folder, "deep", "lab");
    const lab = open(dir);
    const id = createHash("sha256").update(dir).digest("hex").slice(0, 8);
    expect(lab).toEqual({
      dir,
      id,
      bridge: `lb-${id}`,
      cgroup: `listen-backlog-${id}`,
      cacheDir: "/home/somebody/.cache/pulumi-listen-backlog",
    });
    expect(lab.bridge.length).toBeLessThanOrEqual(15);
    expect(fs.statSync(dir).mode & 0o777).toBe(0o700);
  });

  it("opens the same lab again, also with files in it and through a symbolic link", () => {
    const lab = open(path.join(folder, "lab"));
    fs.writeFileSync(path.join(lab.dir, "disk"), "");
    fs.symlinkSync(lab.dir, path.join(folder, "link"));
    expect(open(path.join(folder, "link"))).toEqual(lab);
  });

  it("takes a relative folder from where it runs", () => {
    expect(open(path.relative(process.cwd(), path.join(folder, "lab"))).dir).toBe(path.join(folder, "lab"));
  });

  it("follows XDG_CACHE_HOME, and takes a relative one as unset", () => {
    const dir = path.join(folder, "lab");
    expect(open(dir, { XDG_CACHE_HOME: "/var/cache/me" }).cacheDir).toBe(
      "/var/cache/me/pulumi-listen-backlog",
    );
    expect(open(dir, { XDG_CACHE_HOME: "cache" }).cacheDir).toBe(
      "/home/somebody/.cache/pulumi-listen-backlog",
    );
    expect(() => open(dir, { XDG_CACHE_HOME: "/var/a,b" })).toThrow(/cache folder "\/var\/a,b/);
  });

  it("refuses a folder with other things in it, and leaves it as it was", () => {
    fs.chmodSync(folder, 0o755);
    fs.writeFileSync(path.join(folder, "thesis.txt"), "mine");
    expect(refusal(folder).message).toContain("holds files that no lab has put there");
    expect(fs.readdirSync(folder)).toEqual(["thesis.txt"]);
    expect(fs.statSync(folder).mode & 0o777).toBe(0o755);
  });

  it("refuses a file", () => {
    fs.writeFileSync(path.join(folder, "file"), "");
    expect(refusal(path.join(folder, "file")).message).toContain("cannot be created");
  });

  it.each([":", ",", "\n", "'", '"', "\\", "%", "?", "#", "$", "*", ";", "\u202e"])(
    "refuses %j in the path before it creates anything, and says what to set",
    (character) => {
      const error = refusal(path.join(folder, `a${character}b`));
      expect(error.message).toContain("characters");
      expect(error.message).not.toMatch(/[\n\u202e]/);
      expect(error.fix).toContain("LISTEN_BACKLOG_LAB=");
      expect(fs.readdirSync(folder)).toEqual([]);
    },
  );

  it("accepts the letters of every language, spaces and the usual signs", () => {
    const dir = path.join(folder, "Übung 1_a-b+c=d@e.f");
    expect(open(dir).dir).toBe(dir);
  });
});

describe("subnetCandidates", () => {
  it("gives eight different /24 prefixes in 10.128.0.0/10, the same ones every time", () => {
    for (let n = 0; n < 500; n++) {
      const id = createHash("sha256").update(String(n)).digest("hex").slice(0, 8);
      const candidates = subnetCandidates({ id });
      expect(new Set(candidates).size).toBe(8);
      for (const prefix of candidates) {
        const [ten, x, y, ...rest] = prefix.split(".").map(Number);
        expect(ten).toBe(10);
        expect(x).toBeGreaterThanOrEqual(128);
        expect(x).toBeLessThanOrEqual(191);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(255);
        expect(rest).toEqual([]);
      }
      expect(subnetCandidates({ id })).toEqual(candidates);
    }
  });

  it("gives different labs different first choices", () => {
    const first = (id: string) => subnetCandidates({ id })[0];
    expect(first("00000001")).not.toBe(first("00000002"));
  });
});
