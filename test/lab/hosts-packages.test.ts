import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { LabError } from "../../lab/errors";
import { explainAptFailure } from "../../lab/hosts/apt-failure";
import { debianSources } from "../../lab/hosts/apt-sources";
import { ensurePackages, notInstalled, NEEDED_PACKAGES, type PackageSystem } from "../../lab/hosts/packages";
import { createProgress } from "../../lab/progress";

const stanza = (name: string, status = "install ok installed") =>
  `Package: ${name}\nStatus: ${status}\nVersion: 1\n`;

describe("what is installed, by dpkg's own list", () => {
  test("only what is there completely counts", () => {
    const status = [
      stanza("mmdebstrap-extra"),
      stanza("mount", "deinstall ok config-files"),
      stanza("procps", "install ok half-configured"),
      stanza("util-linux", "hold ok installed"),
      stanza("iproute2"),
    ].join("\n");
    expect(notInstalled(status, ["mmdebstrap", "mount", "procps", "util-linux", "iproute2"])).toEqual([
      "mmdebstrap",
      "mount",
      "procps",
    ]);
    expect(notInstalled("", ["mount"])).toEqual(["mount"]);
  });

  test("one of several architectures is enough", () => {
    expect(
      notInstalled([stanza("mount", "deinstall ok config-files"), stanza("mount")].join("\n"), ["mount"]),
    ).toEqual([]);
  });
});

describe("installing what is missing", () => {
  let folder: string;
  let system: PackageSystem;
  let said: string;
  const progress = createProgress({ write: (text) => (said += text) });
  const log = () =>
    fs.existsSync(path.join(folder, "log")) ? fs.readFileSync(path.join(folder, "log"), "utf8") : "";

  /** Puts an apt-get in front of the real one: it notes how it is called, then does what the test says. */
  function fakeAptGet(script: string): void {
    const file = path.join(folder, "apt-get");
    fs.writeFileSync(file, `#!/bin/sh\necho "$*" >>'${folder}/log'\nstatus='${folder}/status'\n${script}\n`, {
      mode: 0o755,
    });
  }

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hosts-packages-"));
    system = {
      statusFile: path.join(folder, "status"),
      osRelease: path.join(folder, "os-release"),
      env: { PATH: `${folder}:/usr/bin:/bin` },
    };
    said = "";
    const there = NEEDED_PACKAGES.filter((name) => name !== "mmdebstrap" && name !== "iproute2");
    fs.writeFileSync(system.statusFile, there.map((name) => stanza(name)).join("\n"));
    fs.writeFileSync(system.osRelease, 'NAME="Fedora Linux"\nPRETTY_NAME="Fedora Linux 42"\n');
  });

  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  test("exactly the missing ones, after an update, and says which", async () => {
    fakeAptGet(
      `case "$*" in *install*) printf '\\nPackage: mmdebstrap\\nStatus: install ok installed\\n\\nPackage: iproute2\\nStatus: install ok installed\\n' >>"$status";; esac`,
    );
    await ensurePackages(progress, system);
    expect(log()).toBe(
      "-o DPkg::Lock::Timeout=60 update\n" +
        "-o DPkg::Lock::Timeout=60 install --yes --no-install-recommends mmdebstrap iproute2\n",
    );
    expect(said).toContain("install the Debian packages mmdebstrap iproute2");
    await ensurePackages(progress, system);
    expect(log().split("\n")).toHaveLength(3);
  });

  test("a broken repository of somebody else does not matter when the packages can be had", async () => {
    fakeAptGet(`case "$*" in *update*) echo 'E: Failed to fetch http://broken/ 404  Not Found'; exit 100;; esac
      printf '\\nPackage: mmdebstrap\\nStatus: install ok installed\\n\\nPackage: iproute2\\nStatus: install ok installed\\n' >>"$status"`);
    await expect(ensurePackages(progress, system)).resolves.toBeUndefined();
  });

  test.each([
    [
      "no network",
      "W: Failed to fetch http://deb.example/InRelease  Temporary failure resolving 'deb.example'",
      /cannot be reached/,
      /network and the proxy/,
    ],
    [
      "a registry that says no",
      "E: Failed to fetch http://deb.example/x.deb  403  Forbidden [IP: 192.0.2.9 80]",
      /refused the request/,
      /credentials/,
    ],
    [
      "dpkg busy",
      "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 99 (apt-get)",
      /holds dpkg's lock/,
      /wait/,
    ],
    [
      "a full disk",
      "dpkg: error processing archive: failed to write: No space left on device",
      /disk is full/,
      /free about 1 GB/,
    ],
    [
      "a half-done installation",
      "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'",
      /half-way/,
      /dpkg --configure -a/,
    ],
    [
      "an unknown package",
      "E: Unable to locate package mmdebstrap",
      /does not have what is needed/,
      /sources\.list/,
    ],
  ])("%s: what happened, and what to do", async (_, message, what, fix) => {
    fakeAptGet(`cat <<'EOF' >&2\n${message}\nEOF\nexit 100`);
    const error: unknown = await ensurePackages(progress, system).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(/^installing mmdebstrap iproute2 failed: /);
    expect((error as LabError).message).toMatch(what);
    expect((error as LabError).message).toContain(message);
    expect((error as LabError).fix).toMatch(fix);
    expect(said).toContain("fail");
  });

  test("success without the packages is no success", async () => {
    fakeAptGet("exit 0");
    await expect(ensurePackages(progress, system)).rejects.toThrow(
      /reported success, and mmdebstrap iproute2 is not installed/,
    );
  });

  test("not Debian: says what it is instead", async () => {
    system = { ...system, statusFile: path.join(folder, "nothing") };
    await expect(ensurePackages(progress, system)).rejects.toThrow(/needs Debian .* this is Fedora Linux 42/);
    fs.writeFileSync(path.join(folder, "nothing"), "");
    system = { ...system, env: { PATH: folder } };
    await expect(ensurePackages(progress, system)).rejects.toThrow(/there is no apt-get/);
  });
});

test("an unknown failure is told in its own words", () => {
  const error = explainAptFailure("installing x", "a\nb\nE: something new\n", "exit code 100", "/var");
  expect(error.message).toBe("installing x failed: exit code 100\n  a\n  b\n  E: something new");
});

describe("the machine's own sources", () => {
  const pick = (name: string, text: string) => debianSources([{ name, text }], "bookworm");

  test("deb822: Debian's stanzas, for the packages of main alone", () => {
    const text = `# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
    expect(pick("debian.sources", text)).toEqual({
      lines: "",
      stanzas: `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: 
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
    });
  });

  test.each([
    ["switched off", "Enabled: no\nTypes: deb\nURIs: http://m/\nSuites: bookworm\nComponents: main\n"],
    ["another project", "Types: deb\nURIs: http://m/\nSuites: bookworm\nComponents: stable\n"],
    ["another suite", "Types: deb\nURIs: http://m/\nSuites: nodistro\nComponents: main\n"],
    ["source packages", "Types: deb-src\nURIs: http://m/\nSuites: bookworm\nComponents: main\n"],
  ])("deb822: %s is left out", (_, text) => {
    expect(pick("x.sources", text)).toEqual({ stanzas: "", lines: "" });
  });

  test("one-line entries", () => {
    const text = `
deb [arch=amd64 signed-by=/k.gpg] http://m/debian bookworm main contrib # comment
deb http://m/debian bookworm-updates main
deb-src http://m/debian bookworm main
#deb http://m/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb https://apt.example bookworm stable
deb http://m/debian trixie main
`;
    expect(pick("sources.list", text)).toEqual({
      stanzas: "",
      lines:
        "deb [arch=amd64 signed-by=/k.gpg] http://m/debian bookworm main\ndeb http://m/debian bookworm-updates main\n",
    });
  });

  test("files that apt itself would not read are not read", () => {
    expect(pick("old.list.bak", "deb http://m/debian bookworm main\n")).toEqual({ stanzas: "", lines: "" });
  });
});
