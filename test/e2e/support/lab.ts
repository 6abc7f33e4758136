import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ssh, type SshResult } from "../../../lab/hosts";
import { LAB_FOLDER_VARIABLE } from "../../../lab/identity";
import type { StackServer } from "../../../lab/servers";

const CHECKOUT = path.resolve(__dirname, "../../..");

/** What a command of the lab said. */
export interface LabRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A lab in a folder of its own, driven as a person drives it: through its command line. */
export class TestLab {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-lab-"));

  /** Runs `npm run lab -- ARGS` without npm. */
  run(...args: string[]): Promise<LabRun> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(args);
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** The same with stdout and stderr as one text, as a terminal shows them. */
  runAsOne(...args: string[]): Promise<{ code: number | null; output: string }> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(args);
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  /** Starts a command in a process group of its own, so that a test can kill all of it. */
  spawn(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    return spawn(process.execPath, ["--import", "tsx", path.join(CHECKOUT, "lab/main.ts"), ...args], {
      cwd: CHECKOUT,
      env: { ...process.env, ...env, [LAB_FOLDER_VARIABLE]: this.folder },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** Runs a command with `--json` and parses the one document that must be on stdout, which the test takes for a `T`. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- it names what the test expects
  async json<T>(...args: string[]): Promise<{ code: number | null; document: T; stderr: string }> {
    const { code, stdout, stderr } = await this.run("--json", ...args);
    return { code, stderr, document: JSON.parse(stdout) as T };
  }

  /** Runs a command on a server over SSH, past every report of ours. */
  async on(server: Pick<StackServer, "address" | "hostKey">, command: string): Promise<SshResult> {
    return ssh({
      address: server.address,
      hostKey: server.hostKey,
      identityFile: path.join(this.folder, "operator-key"),
      command,
    });
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
