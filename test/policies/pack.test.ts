import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import type { AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { afterEach, describe, expect, it } from "vitest";

const PACK = join(__dirname, "../../policies");
/** What `pulumi preview --policy-pack policies` runs. It checks the types of the pack and of all that it imports. */
const RUNNER = join(
  dirname(createRequire(__filename).resolve("@pulumi/pulumi/package.json")),
  "cmd/run-policy-pack",
);

describe("the policy pack", () => {
  let pack: ChildProcess | undefined;
  afterEach(async () => {
    if (pack?.exitCode === null && pack.signalCode === null) {
      const ended = new Promise((resolve) => pack?.once("close", resolve));
      pack.kill("SIGKILL");
      await ended;
    }
  });

  it(
    "starts as the engine starts it, and has its policies with their levels",
    { timeout: 120_000 },
    async () => {
      const started = spawn(process.execPath, [RUNNER, "127.0.0.1:1", PACK], {
        cwd: PACK,
        stdio: ["ignore", "pipe", "pipe"],
      });
      pack = started;
      let output = "";
      started.stderr.on("data", (data: Buffer) => (output += data.toString()));
      const port = await new Promise<string>((resolve, reject) => {
        createInterface({ input: started.stdout }).on("line", (line) => {
          output += `${line}\n`;
          if (/^\d+$/.test(line)) {
            resolve(line);
          }
        });
        started.once("exit", (code) => {
          reject(new Error(`the pack ended with ${String(code)}: ${output}`));
        });
      });

      const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const info = await new Promise<AnalyzerInfo>((resolve, reject) => {
        client.getAnalyzerInfo(new Empty(), (error, found) => {
          if (error) {
            reject(error);
          } else {
            resolve(found);
          }
        });
      });
      client.close();

      expect([info.getName(), info.getVersion()]).toEqual(["listen-backlog", "0.1.0"]);
      expect(
        info.getPoliciesList().map((policy) => [policy.getName(), policy.getEnforcementlevel()]),
      ).toEqual([
        ["backlog-can-be-judged", 0],
        ["somaxconn-covers-backlog", 1],
        ["backlog-reaches-the-service", 0],
        ["backlog-survives-reboot", 1],
        ["backlog-applied-at-first-boot", 0],
        ["sysctl-files-agree", 1],
        ["changed-user-data-takes-effect", 0],
        ["syn-flood-protection", 1],
        ["backlog-within-limits", 1],
        ["somaxconn-keeps-kernel-default", 0],
        ["containers-set-their-own", 1],
        ["backlog-is-verified", 0],
        ["exemptions-are-reviewed", 0],
      ]);
      for (const policy of info.getPoliciesList()) {
        expect(policy.getDescription()).toMatch(/^[A-Z].*\.$/);
        expect(policy.getDisplayname()).not.toBe("");
        expect(policy.getRemediationSteps()).toMatch(/\.$/);
        expect(policy.getUrl()).toBe(`RULES.md#${policy.getName()}`);
        expect(policy.getSeverity()).toBeGreaterThan(0);
        expect(policy.getTagsList()).toContain("listen-backlog");
      }
    },
  );
});
