import { LabError } from "../errors";
import { requiredGoVersion } from "./version";

/** What a failed `go build` needs to be explained. */
export interface FailedBuild {
  /** All that Go said. */
  readonly output: string;
  /** How it ended: `exit code 1`, `signal SIGKILL`. */
  readonly ended: string;
  /** The content of go.mod. */
  readonly goMod: string;
  /** Where the build wrote to. */
  readonly folders: readonly string[];
}

const OR_INSTALL = "or install the Pulumi CLI (https://www.pulumi.com/docs/install/)";

interface Explanation {
  readonly seen: RegExp;
  readonly what: string;
  readonly fix: (build: FailedBuild) => string;
}

/** Most specific first: a full disk also breaks downloads, and a registry's refusal also mentions its address. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    seen: /no space left on device|disk quota exceeded/i,
    what: "the disk is full",
    fix: (build) =>
      `free about 4 GB on the disk of ${build.folders.join(", ")} (\`go clean -cache\` empties Go's build cache), then try again`,
  },
  {
    seen: /requires go >= |requires Go \d|invalid go version|language version|is not in (?:std|GOROOT)|unknown directive: toolchain/,
    what: "the installed Go is too old",
    fix: (build) =>
      `install Go ${requiredGoVersion(build.goMod)} or later (https://go.dev/dl/), ${OR_INSTALL}`,
  },
  {
    seen: /SECURITY ERROR|checksum mismatch/,
    what: "a downloaded module is not the one that go.sum pins",
    fix: () =>
      `run \`go clean -modcache\` and try again; if it comes back, the module proxy serves altered modules, ${OR_INSTALL}`,
  },
  {
    seen: /no such host|connection refused|connection reset|i\/o timeout|TLS handshake|network is unreachable|no route to host|server misbehaving|proxyconnect|context deadline exceeded|x509:/,
    what: "the Go module proxy cannot be reached",
    fix: () =>
      `check the network and the proxy (\`go env GOPROXY HTTPS_PROXY\`), then try again; ${OR_INSTALL}`,
  },
  {
    seen: /: (?:4\d\d|5\d\d) [A-Z][A-Za-z ]+|module lookup disabled by GOPROXY=off|unrecognized import path|unknown revision/,
    what: "the Go module proxy refused a module",
    fix: () => `point GOPROXY at a proxy that serves all modules of lab/engine/go.mod, ${OR_INSTALL}`,
  },
  {
    seen: /signal: killed|signal SIGKILL|cannot allocate memory|out of memory/,
    what: "the build was killed, most likely because memory ran out",
    fix: () =>
      `give the machine about 2 GB of free memory, or set GOMAXPROCS=1 to build one package at a time, ${OR_INSTALL}`,
  },
];

/** Turns what Go said into an error that names the cause and the way out, with Go's own words at the end. */
export function explainFailedBuild(build: FailedBuild): LabError {
  const text = `${build.output}\n${build.ended}`;
  const explanation = EXPLANATIONS.find(({ seen }) => seen.test(text));
  const what = explanation?.what ?? `go build ended with ${build.ended}`;
  return new LabError(`the Pulumi engine cannot be built: ${what}${quote(build.output, explanation?.seen)}`, {
    fix:
      explanation?.fix(build) ??
      `read Go's message above, and try again after \`go clean -cache -modcache\`; ${OR_INSTALL}`,
  });
}

/** The line that gave it away, or the last ones: Go's downloads alone are hundreds of lines. */
function quote(output: string, seen: RegExp | undefined): string {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !line.startsWith("go: downloading "));
  const telling = seen && lines.filter((line) => seen.test(line)).slice(0, 1);
  const shown = telling?.length ? telling : lines.slice(-5);
  return shown.length ? `\n  ${shown.map((line) => line.slice(0, 400)).join("\n  ")}` : "";
}
