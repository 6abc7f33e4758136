import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MODULE_FOLDER } from "../../lab/engine/build";
import { ensureEngine, type EngineOptions } from "../../lab/engine/engine";
import { explainFailedBuild } from "../../lab/engine/build-failure";
import { gigabytes, spaceProblem } from "../../lab/engine/space";
import {
  BUILT_VERSION,
  isAcceptedVersion,
  isAtLeast,
  parseGoVersion,
  parsePulumiVersion,
  requiredGoVersion,
} from "../../lab/engine/version";
import { LabError } from "../../lab/errors";
import { createProgress } from "../../lab/progress";

const GO_MOD = fs.readFileSync(path.join(MODULE_FOLDER, "go.mod"), "utf8");

let folder: string;
let bin: string;
let cacheDir: string;
let shown: string;
const progress = createProgress({ write: (text: string) => (shown += text) });

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lab-engine-"));
  bin = path.join(folder, "bin");
  cacheDir = path.join(folder, "cache");
  shown = "";
  fs.mkdirSync(bin);
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function script(name: string, ...lines: string[]): string {
  const file = path.join(bin, name);
  fs.writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  return file;
}

/** A Go that answers like the real one, and "builds" an executable with the given text when it is asked to. */
function fakeGo(options: { version?: string; build?: string[] } = {}): void {
  const {
    version = "1.26.8",
    build = [`printf '#!/bin/sh\\necho v${BUILT_VERSION}\\n' > "$output"; chmod +x "$output"`],
  } = options;
  script(
    "go",
    `echo "$*" >> ${folder}/go.log`,
    `case "$1" in`,
    `version) echo "go version go${version} linux/amd64" ;;`,
    `env) echo ${folder}/modules; echo ${folder}/compiled ;;`,
    `build) while [ $# -gt 0 ]; do [ "$1" = -o ] && output=$2; shift; done`,
    `env > ${folder}/go.env; pwd > ${folder}/go.pwd`,
    ...build,
    `;;`,
    `esac`,
  );
}

/** Only the fakes and the shell's own tools: no real `go` or `pulumi`. */
const ensure = (options: EngineOptions = {}) =>
  ensureEngine({ cacheDir }, progress, { env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder }, ...options });

async function refusal(options?: EngineOptions): Promise<LabError> {
  const error: unknown = await ensure(options).then(
    (engine) => new Error(`got ${engine.command}`),
    (e: unknown) => e,
  );
  if (error instanceof LabError) {
    return error;
  }
  throw error;
}

const goCalls = () => fs.readFileSync(path.join(folder, "go.log"), "utf8").trim().split("\n");
const builds = () => goCalls().filter((call) => call.startsWith("build ")).length;
const engineFolder = () => {
  const [name] = fs
    .readdirSync(path.join(cacheDir, "engine"))
    .filter((entry) => entry.startsWith(BUILT_VERSION));
  return path.join(cacheDir, "engine", name ?? "none");
};
const scratchFolders = () =>
  fs.readdirSync(path.join(cacheDir, "engine")).filter((name) => name.startsWith(".building-"));

describe("an installed pulumi", () => {
  it.each(["v3.208.0", "3.250.0", "v3.999.1-alpha.2+abc"])("of version %s is used", async (version) => {
    const command = script("pulumi", `echo ${version}`);
    expect(await ensure()).toEqual({ command, version: version.replace("v", ""), built: false, binDir: bin });
    expect(shown).toBe("");
  });

  it.each(["v3.207.9", "v2.300.0", "v4.0.0", "v3.20.2"])(
    "of version %s is passed over by name, and the engine built",
    async (version) => {
      const command = script("pulumi", `echo ${version}`);
      fakeGo();
      expect((await ensure()).built).toBe(true);
      expect(shown).toContain(
        `pass over ${command}: its version is ${version.slice(1)}, and >=3.208 <4 is needed`,
      );
    },
  );

  it.each([`echo "Pulumi is great"`, "exit 1", "kill -9 $$", "echo v3.250.0; exit 3"])(
    "that answers `%s` is passed over",
    async (answer) => {
      const command = script("pulumi", answer);
      fakeGo();
      expect((await ensure()).built).toBe(true);
      expect(shown).toContain(`pass over ${command}: it does not say its version`);
    },
  );

  it("that is only a folder or not executable is not seen", async () => {
    fs.mkdirSync(path.join(bin, "pulumi"));
    fakeGo();
    expect((await ensure()).built).toBe(true);
    expect(shown).not.toContain("pass over");
  });

  it("is asked once, and again when it has changed", async () => {
    // As large as a real one, so that it is not taken for the shim of a version manager.
    const ballast = `#${"x".repeat(1_000_000)}`;
    const ask = `echo asked >> ${folder}/asked`;
    script("pulumi", ask, "echo v3.210.0; exit", ballast);
    expect((await ensure()).version).toBe("3.210.0");
    expect((await ensure()).version).toBe("3.210.0");
    expect(fs.readFileSync(path.join(folder, "asked"), "utf8")).toBe("asked\n");
    script("pulumi", ask, "echo v3.211.0; exit", ballast, "");
    expect((await ensure()).version).toBe("3.211.0");
  });
});

describe("the build", () => {
  it("gives an engine of the pinned version, from the pinned modules, with settings that do not depend on the user", async () => {
    fakeGo();
    const engine = await ensure({
      env: {
        PATH: `${bin}:/usr/bin:/bin`,
        HOME: folder,
        GOFLAGS: "-race",
        CGO_ENABLED: "1",
        GOTOOLCHAIN: "auto",
        GOPROXY: "https://mine",
      },
    });
    expect(engine).toEqual({
      command: path.join(engineFolder(), "pulumi"),
      version: BUILT_VERSION,
      built: true,
      binDir: engineFolder(),
    });
    const build = goCalls().find((call) => call.startsWith("build "));
    expect(build).toContain("-mod=readonly -trimpath");
    expect(build).toContain(`version.Version=${BUILT_VERSION}`);
    expect(build).toMatch(/ github\.com\/pulumi\/pulumi\/pkg\/v3\/cmd\/pulumi$/);
    expect(fs.readFileSync(path.join(folder, "go.pwd"), "utf8").trim()).toBe(MODULE_FOLDER);
    const env = fs.readFileSync(path.join(folder, "go.env"), "utf8").split("\n");
    expect(env).toEqual(
      expect.arrayContaining([
        "CGO_ENABLED=0",
        "GOTOOLCHAIN=local",
        "GOWORK=off",
        "GOFLAGS=-mod=readonly",
        "GOPROXY=https://mine",
      ]),
    );
    expect(scratchFolders()).toEqual([]);
  });

  it("happens once: the second time nothing is started, and Go need not be there", async () => {
    fakeGo();
    const first = await ensure();
    fs.rmSync(path.join(bin, "go"));
    shown = "";
    expect(await ensure()).toEqual(first);
    expect(shown).toBe("");
  });

  it("happens once for many labs that start together", async () => {
    fakeGo();
    const engines = await Promise.all([ensure(), ensure(), ensure()]);
    expect(new Set(engines.map((engine) => engine.command)).size).toBe(1);
    expect(builds()).toBe(1);
  });

  it("says what it is at", async () => {
    fakeGo({
      build: [
        `echo "go: downloading example.com/a v1.0.0" >&2`,
        `echo "github.com/pulumi/esc" >&2`,
        `printf '#!/bin/sh\\necho v${BUILT_VERSION}\\n' > "$output"; chmod +x "$output"`,
      ],
    });
    const notes: string[] = [];
    await ensureEngine(
      { cacheDir },
      { step: (_, run) => run((note) => notes.push(note)) },
      { env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder } },
    );
    expect(notes).toEqual([
      "downloading modules: 1, now example.com/a v1.0.0",
      "compiling packages: 1, now github.com/pulumi/esc",
      "trying it",
    ]);
  });

  it("is refused when what comes out does not run or is another version", async () => {
    fakeGo({ build: [`printf '#!/bin/sh\\necho v3.1.0\\n' > "$output"; chmod +x "$output"`] });
    const error = await refusal();
    expect(error.message).toBe(
      `the Pulumi engine was built but does not run: wanted version ${BUILT_VERSION}, got v3.1.0`,
    );
    expect(error.fix).toContain("noexec");
    expect(fs.existsSync(engineFolder())).toBe(false);
    expect(scratchFolders()).toEqual([]);
  });
});

describe("a broken cache", () => {
  beforeEach(async () => {
    fakeGo();
    await ensure();
    expect(builds()).toBe(1);
  });

  it.each<[string, () => void]>([
    ["cut off", () => fs.truncateSync(path.join(engineFolder(), "pulumi"), 5)],
    ["not marked as complete", () => fs.rmSync(path.join(engineFolder(), "complete.json"))],
    ["marked by an empty file", () => fs.truncateSync(path.join(engineFolder(), "complete.json"))],
    ["without its executable", () => fs.rmSync(path.join(engineFolder(), "pulumi"))],
    ["not executable", () => fs.chmodSync(path.join(engineFolder(), "pulumi"), 0o600)],
  ])("%s is cleared and built again, never used", async (_, damage) => {
    damage();
    expect((await ensure()).built).toBe(true);
    expect(builds()).toBe(2);
  });

  it("is cleared of what killed builds left", async () => {
    const left = path.join(cacheDir, "engine", ".building-AAAAAA");
    fs.mkdirSync(left);
    fs.writeFileSync(path.join(left, "pulumi"), "half");
    fs.rmSync(path.join(engineFolder(), "complete.json"));
    await ensure();
    expect(scratchFolders()).toEqual([]);
  });
});

describe("no engine can be had", () => {
  it("without Go and without pulumi: says how to install either", async () => {
    const error = await refusal();
    expect(error.message).toBe("there is no Pulumi CLI on PATH, and no Go to build its engine with");
    expect(error.fix).toContain("https://www.pulumi.com/docs/install/");
    expect(error.fix).toContain(`Go ${requiredGoVersion(GO_MOD)} or later (https://go.dev/dl/`);
  });

  it("with a Go that is too old: says which one is there and which is needed, and builds nothing", async () => {
    fakeGo({ version: "1.24.13" });
    const error = await refusal();
    expect(error.message).toContain(`Go 1.24.13 (${path.join(bin, "go")}) is too old`);
    expect(error.message).toContain(`it needs Go ${requiredGoVersion(GO_MOD)}`);
    expect(builds()).toBe(0);
  });

  it("with a Go that does not say its version", async () => {
    script("go", `echo "go: cannot find GOROOT directory" >&2`, "exit 2");
    expect((await refusal()).message).toContain("go: cannot find GOROOT directory");
  });

  it("with too little disk space: says where and how much, before anything is written", async () => {
    fakeGo();
    const error = await refusal({ diskOf: () => ({ id: 1, freeBytes: 1_234_000_000 }) });
    expect(error.message).toMatch(/has 1\.2 GB free, and the build needs about 4\.\d GB there$/);
    expect(error.fix).toContain("XDG_CACHE_HOME");
    expect(builds()).toBe(0);
    expect(scratchFolders()).toEqual([]);
  });

  it("with a cache folder that cannot be used", async () => {
    fs.writeFileSync(cacheDir, "a file");
    expect((await refusal()).message).toContain(
      `the cache folder ${path.join(cacheDir, "engine")} cannot be used`,
    );
  });

  it.each([
    [
      "the Go module proxy refused a module",
      "go: example.com/a@v1.0.0: reading https://proxy.example/a/@v/v1.0.0.zip: 403 Forbidden",
    ],
    [
      "the Go module proxy cannot be reached",
      'go: a@v1: Get "https://proxy.example/a": dial tcp: lookup proxy.example: no such host',
    ],
    ["the disk is full", "/root/go/pkg/mod/a.go: write /root/go/pkg/mod/a.go: no space left on device"],
  ])("because %s", async (cause, said) => {
    fakeGo({ build: [`echo "go: downloading example.com/a v1.0.0" >&2`, `echo '${said}' >&2`, "exit 1"] });
    const error = await refusal();
    expect(error.message).toBe(`the Pulumi engine cannot be built: ${cause}\n  ${said}`);
    expect(shown).toMatch(/^fail {2}build the Pulumi engine/m);
    expect(fs.existsSync(engineFolder())).toBe(false);
    expect(scratchFolders()).toEqual([]);
  });
});

describe("explainFailedBuild", () => {
  const explain = (output: string, ended = "exit code 1") =>
    explainFailedBuild({ output, ended, goMod: GO_MOD, folders: ["/modules", "/compiled"] });

  // Go's own words, as it printed them.
  it.each([
    ["the disk is full", "compile: writing output: write $WORK/b042/_pkg_.a: no space left on device"],
    [
      "the installed Go is too old",
      "go: go.mod requires go >= 1.25.11 (running go 1.24.13; GOTOOLCHAIN=local)",
    ],
    [
      "the installed Go is too old",
      "go: errors parsing go.mod:\n/x/go.mod:3: invalid go version '1.25.11': must match format 1.23",
    ],
    [
      "a downloaded module is not the one that go.sum pins",
      "verifying github.com/a/b@v1.0.0: checksum mismatch\nSECURITY ERROR",
    ],
    [
      "the Go module proxy cannot be reached",
      'Get "https://proxy.example/x": dial tcp 142.250.1.1:443: connect: connection refused',
    ],
    [
      "the Go module proxy cannot be reached",
      'Get "https://proxy.example/x": proxyconnect tcp: dial tcp 10.0.0.1:3128: i/o timeout',
    ],
    [
      "the Go module proxy cannot be reached",
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ],
    ["the Go module proxy refused a module", "reading https://proxy.example/a/@v/v1.zip: 404 Not Found"],
    [
      "the Go module proxy refused a module",
      "reading https://proxy.example/a/@v/v1.zip: 503 Service Unavailable",
    ],
    [
      "the Go module proxy refused a module",
      "go: github.com/a/b@v1.0.0: module lookup disabled by GOPROXY=off",
    ],
    [
      "the build was killed, most likely because memory ran out",
      "github.com/a/b: /usr/local/go/pkg/tool/compile: signal: killed",
    ],
  ])("knows: %s", (cause, output) => {
    const error = explain(output);
    expect(error.message.split("\n")[0]).toBe(`the Pulumi engine cannot be built: ${cause}`);
    expect(error.fix).not.toBe("");
  });

  it("knows a build that was killed as a whole", () => {
    expect(explain("", "signal SIGKILL").message).toContain("was killed");
  });

  it("shows Go's last words when it knows no better", () => {
    const output = [
      ...Array.from({ length: 300 }, (_, n) => `go: downloading a/${n} v1`),
      "syntax error: surprise",
    ].join("\n");
    expect(explain(output).message).toBe(
      "the Pulumi engine cannot be built: go build ended with exit code 1\n  syntax error: surprise",
    );
  });
});

describe("spaceProblem", () => {
  it("adds up what goes to the same disk", () => {
    const disk = (free: number) => () => ({ id: 7, freeBytes: free });
    const needs = [
      { folder: "/a", bytes: 3e9 },
      { folder: "/b", bytes: 1e9 },
    ];
    expect(spaceProblem(needs, disk(4e9))).toBeUndefined();
    expect(spaceProblem(needs, disk(3.9e9))).toBe(
      "the disk of /a, /b has 3.9 GB free, and the build needs about 4.0 GB there",
    );
  });

  it("looks at each disk on its own", () => {
    const disks = (name: string) => (name === "/a" ? { id: 1, freeBytes: 5e9 } : { id: 2, freeBytes: 1e8 });
    const needs = (bytes: number) => [
      { folder: "/a", bytes: 4e9 },
      { folder: "/b", bytes },
    ];
    expect(spaceProblem(needs(1e8), disks)).toBeUndefined();
    expect(spaceProblem(needs(2e8), disks)).toContain("/b has 0.1 GB free");
  });

  it("asks the real disk of a folder that is not there yet", () => {
    const missing = path.join(folder, "not", "there");
    const { bavail, bsize } = fs.statfsSync(folder);
    expect(spaceProblem([{ folder: missing, bytes: bavail * bsize * 2 }])).toContain(missing);
    expect(spaceProblem([{ folder: missing, bytes: 1 }])).toBeUndefined();
  });

  it("prints gigabytes", () => expect(gigabytes(4_040_000_000)).toBe("4.0 GB"));
});

describe("versions", () => {
  it("reads what pulumi prints, and nothing else", () => {
    expect(parsePulumiVersion("v3.250.0\n")).toBe("3.250.0");
    expect(parsePulumiVersion("3.250.0-dev.0")).toBe("3.250.0-dev.0");
    expect(parsePulumiVersion("")).toBeUndefined();
    expect(parsePulumiVersion("v3.250.0; rm -rf /")).toBeUndefined();
    expect(parsePulumiVersion("3.250")).toBeUndefined();
  });

  it("accepts >=3.208 <4", () => {
    expect(["3.208.0", "3.1000.0"].map(isAcceptedVersion)).toEqual([true, true]);
    expect(["3.207.9", "4.0.0", "2.250.0"].map(isAcceptedVersion)).toEqual([false, false, false]);
  });

  it("reads what Go prints", () => {
    expect(parseGoVersion("go version go1.26.8 linux/amd64")).toBe("1.26.8");
    expect(parseGoVersion("go version go1.26 linux/arm64")).toBe("1.26");
    expect(parseGoVersion("go version go1.27rc1 linux/arm64")).toBe("1.27");
    expect(parseGoVersion("go version devel go1.28-abc linux/amd64")).toBe("1.28");
    expect(parseGoVersion("gccgo 12")).toBeUndefined();
  });

  it("compares releases by number", () => {
    expect(isAtLeast("1.26.8", "1.25.11")).toBe(true);
    expect(isAtLeast("1.25.11", "1.25.11")).toBe(true);
    expect(isAtLeast("1.25.9", "1.25.11")).toBe(false);
    expect(isAtLeast("1.9", "1.25")).toBe(false);
    expect(isAtLeast("2.0", "1.25.11")).toBe(true);
  });
});

describe("the committed module", () => {
  it("pins the version that is built, and forces no other Go", () => {
    expect(GO_MOD).toContain(`github.com/pulumi/pulumi/pkg/v3 v${BUILT_VERSION}\n`);
    expect(GO_MOD).not.toMatch(/^toolchain/m);
    expect(isAtLeast("1.26", requiredGoVersion(GO_MOD))).toBe(true);
  });
});
