import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { LabError } from "../../lab/errors";
import { labImage } from "../../lab/hosts/image";
import { ensureImage, type BuildEnvironment } from "../../lab/hosts/image-build";
import { imagePaths, imagesFolder, pruneImages, registerImageUser } from "../../lab/hosts/image-cache";
import { currentRecipe, recipeKey } from "../../lab/hosts/recipe";
import { hostPaths, writeJson, type HostRecord } from "../../lab/hosts/records";
import type { Lab } from "../../lab/identity";
import { createProgress } from "../../lab/progress";

const checkout = path.resolve(__dirname, "../..");

describe("what an AMI look-up sees", () => {
  test("id and name come from the recipe, and nothing else", () => {
    const image = labImage();
    expect(image.id).toMatch(/^ami-[0-9a-f]{17}$/);
    expect(image.id).toBe(`ami-${recipeKey(currentRecipe()).slice(0, 17)}`);
    expect(image.name).toMatch(/^debian-12-[a-z0-9]+-[0-9a-f]{8}$/);
    expect(labImage()).toEqual(image);
  });

  test("every part of the recipe counts", () => {
    const recipe = currentRecipe();
    const [file = "", text = ""] = [...recipe.files][0] ?? [];
    const keys = [
      recipe,
      { ...recipe, suite: "trixie" },
      { ...recipe, architecture: "arm64" },
      { ...recipe, packages: [...recipe.packages, "curl"] },
      { ...recipe, options: recipe.options.slice(1) },
      { ...recipe, files: new Map([...recipe.files, [file, `${text}#`]]) },
      { ...recipe, files: new Map([...recipe.files, ["files/etc/motd", ""]]) },
    ].map(recipeKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...recipe.files.keys()]).toContain("customize.sh");
    expect(recipe.files.get("files/etc/cloud/cloud.cfg.d/99-lab.cfg")).toContain("name: admin");
  });
});

describe("building", () => {
  let folder: string;
  let lab: Lab;
  let machine: BuildEnvironment;
  let said: string;
  const progress = createProgress({ write: (text) => (said += text) });
  const paths = () => imagePaths(lab, labImage().key);
  const calls = () => fs.readFileSync(path.join(folder, "calls"), "utf8").trimEnd().split("\n");
  const cached = () => fs.readdirSync(imagesFolder(lab)).filter((name) => name !== "lock");

  /** An mmdebstrap in front of the real one. Its target stands before the sources, which are the arguments from the work folder. */
  function fakeMmdebstrap(script: string): void {
    fs.writeFileSync(
      path.join(folder, "bin", "mmdebstrap"),
      `#!/bin/sh\necho "$*" >>'${folder}/calls'\nfor arg; do case $arg in */rootfs) target=$arg;; esac; done\n${script}\n`,
      { mode: 0o755 },
    );
  }

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hosts-image-"));
    const dir = path.join(folder, "lab");
    lab = {
      dir,
      id: "0123abcd",
      bridge: "lb-0123abcd",
      cgroup: "listen-backlog-0123abcd",
      cacheDir: path.join(folder, "cache"),
    };
    for (const name of ["bin", "apt/sources.list.d", "lab"]) {
      fs.mkdirSync(path.join(folder, name), { recursive: true });
    }
    fs.writeFileSync(
      path.join(folder, "apt/sources.list"),
      "deb http://mirror.invalid/debian bookworm main\n",
    );
    machine = {
      aptFolder: path.join(folder, "apt"),
      env: { ...process.env, PATH: `${folder}/bin:${process.env["PATH"] ?? ""}` },
    };
    said = "";
    fakeMmdebstrap(
      'echo "I: unpacking" >&2; mkdir -p "$target/etc" && cat "${target%/rootfs}"/debian.list >"$target/etc/from"',
    );
  });

  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test("once, whole, from the machine's own sources, and not again", async () => {
    await ensureImage(lab, progress, machine);
    expect(fs.readFileSync(path.join(paths().rootfs, "etc/from"), "utf8")).toBe(
      "deb http://mirror.invalid/debian bookworm main\n",
    );
    expect(JSON.parse(fs.readFileSync(paths().marker, "utf8"))).toMatchObject({ key: labImage().key });
    expect(cached()).toEqual([labImage().key]);
    expect(said).toContain("build the base image");
    expect(calls()[0]).toContain("--include=systemd-sysv,dbus,cloud-init");
    said = "";
    await ensureImage(lab, progress, machine);
    expect(calls()).toHaveLength(1);
    expect(said).toBe("");
  });

  test("several that want it in the same moment build it once", async () => {
    await Promise.all([1, 2, 3].map(() => ensureImage(lab, progress, machine)));
    expect(calls()).toHaveLength(1);
  });

  test.each([
    ["no network", "E: Unable to fetch: Could not resolve 'mirror.invalid'", /cannot be reached/],
    ["a full disk", "dpkg: error: cannot write: No space left on device", /the disk is full/],
    [
      "a registry that says no",
      "Err:1 http://mirror.invalid bookworm InRelease\n  403  Forbidden [IP: 192.0.2.1 80]",
      /refused the request/,
    ],
    [
      "a clock that is wrong",
      "E: Release file for http://m/InRelease is not valid yet (invalid for another 5d)",
      /clock/,
    ],
  ])("%s: a clear error, and nothing half-built", async (_, message, what) => {
    fakeMmdebstrap(`mkdir -p "$target"; cat <<'EOF' >&2\n${message}\nEOF\nexit 25`);
    const error: unknown = await ensureImage(lab, progress, machine).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(what);
    expect(cached()).toEqual([]);
    fakeMmdebstrap('mkdir -p "$target"');
    await ensureImage(lab, progress, machine);
    expect(cached()).toEqual([labImage().key]);
  });

  test("no Debian 12 source: says what to add", async () => {
    fs.writeFileSync(path.join(folder, "apt/sources.list"), "deb http://mirror.invalid/ubuntu noble main\n");
    const error: unknown = await ensureImage(lab, progress, machine).catch((thrown: unknown) => thrown);
    expect((error as LabError).message).toContain("no entry for Debian 12 (bookworm");
    expect((error as LabError).fix).toContain("deb MIRROR bookworm main");
  });

  test("a build that is killed takes everything with it, and the next one clears its folder", async () => {
    fakeMmdebstrap(`mkdir -p "$target"; : >"$target/half"; touch '${folder}/started'; exec sleep 987`);
    const script = `
      const { ensureImage } = require(${JSON.stringify(path.join(checkout, "lab/hosts/image-build"))});
      const { createProgress } = require(${JSON.stringify(path.join(checkout, "lab/progress"))});
      ensureImage(${JSON.stringify(lab)}, createProgress(), ${JSON.stringify(machine)});`;
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "-e", script], {
      cwd: checkout,
      stdio: "ignore",
    });
    await until(() => fs.existsSync(path.join(folder, "started")));
    const sleeper = findProcess("sleep\u0000987\u0000");
    expect(sleeper).toBeDefined();
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(() => findProcess("sleep\u0000987\u0000") === undefined);
    expect(cached().some((name) => name.startsWith("building-"))).toBe(true);
    fakeMmdebstrap('mkdir -p "$target"');
    await ensureImage(lab, progress, machine);
    expect(cached()).toEqual([labImage().key]);
    expect(fs.readdirSync(paths().rootfs)).toEqual([]);
  });

  test("an image folder without its marker is not an image", async () => {
    fs.mkdirSync(path.join(paths().rootfs, "half"), { recursive: true });
    await ensureImage(lab, progress, machine);
    expect(fs.existsSync(path.join(paths().rootfs, "half"))).toBe(false);
    expect(fs.existsSync(paths().marker)).toBe(true);
  });

  test("older images go when no host uses them and nobody wanted them for a day", async () => {
    const [unused, young, inUse, noMarker] = ["a", "b", "c", "d"].map((digit) => digit.repeat(64)) as [
      string,
      string,
      string,
      string,
    ];
    const old = new Date(Date.now() - 25 * 60 * 60 * 1_000);
    for (const key of [unused, young, inUse, noMarker]) {
      fs.mkdirSync(imagePaths(lab, key).rootfs, { recursive: true });
    }
    for (const key of [unused, young, inUse]) {
      fs.writeFileSync(imagePaths(lab, key).marker, "");
    }
    fs.utimesSync(imagePaths(lab, unused).marker, old, old);
    fs.utimesSync(imagePaths(lab, inUse).marker, old, old);
    const record: HostRecord = {
      instanceId: "i-01234567",
      hostname: "web",
      number: 10,
      subnet: "10.140.7",
      image: inUse,
      complete: true,
    };
    await fs.promises.mkdir(hostPaths(lab.dir, record.instanceId).folder, { recursive: true });
    await writeJson(hostPaths(lab.dir, record.instanceId).record, record);
    await registerImageUser(lab, inUse);
    // A lab that is gone does not hold on to an image.
    await registerImageUser({ ...lab, id: "99999999", dir: path.join(folder, "gone") }, unused);

    const removed = await pruneImages(lab, "e".repeat(64));
    expect(removed.map((file) => path.basename(file)).sort()).toEqual([unused, noMarker].sort());
    expect(cached().sort()).toEqual([young, inUse].sort());

    fs.rmSync(hostPaths(lab.dir, record.instanceId).folder, { recursive: true });
    await pruneImages(lab, "e".repeat(64));
    expect(cached()).toEqual([young]);
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`never came true: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function findProcess(commandLine: string): string | undefined {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8") === commandLine;
      } catch (error) {
        expect(["ENOENT", "ESRCH"]).toContain((error as NodeJS.ErrnoException).code);
        return false;
      }
    });
}
