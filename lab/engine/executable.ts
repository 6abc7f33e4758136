import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** How a program that ran to its end, or could not start, ended. */
export interface Ended {
  /** Exit code; undefined when it could not start or was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The first executable file of that name on a PATH, with its absolute path. Relative entries of the PATH are passed over. */
export function findOnPath(name: string, searchPath: string | undefined): string | undefined {
  for (const folder of (searchPath ?? "").split(path.delimiter)) {
    if (path.isAbsolute(folder)) {
      const file = path.join(folder, name);
      if (isExecutableFile(file)) {
        return file;
      }
    }
  }
  return undefined;
}

export function isExecutableFile(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch (error) {
    // Whatever hides the file (missing, forbidden, a link to itself) means the same here: it cannot be run.
    return !(error instanceof Error);
  }
}

/** Runs a program that answers at once. It never throws: what went wrong is in the answer. Ends it after `timeout` milliseconds. */
export function ask(
  command: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; cwd?: string; timeout?: number },
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      {
        cwd: options.cwd,
        env: options.env,
        timeout: options.timeout ?? 60_000,
        killSignal: "SIGKILL",
        encoding: "utf8",
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
        resolve({ code, stdout, stderr: stderr || (code === undefined && error ? error.message : "") });
      },
    );
  });
}
