import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** A part of user data as Python's email package, and so cloud-init, sees it. */
export interface PythonPart {
  readonly contentType: string;
  readonly fileName: string | null;
  readonly content: string;
}

/** The leaf parts of each document. One Python for all of them. */
export function splitByPython(documents: readonly string[]): PythonPart[][] {
  const all = runPython("split_mime.py", documents) as [string, string | null, string][][];
  return all.map((parts) =>
    parts.map(([contentType, fileName, base64]) => ({
      contentType,
      fileName,
      content: Buffer.from(base64, "base64").toString("utf8"),
    })),
  );
}

/** The value that PyYAML makes of each text, as `load_yaml.py` shows it; null where it refuses it. */
export function loadByPython(texts: readonly string[]): (readonly unknown[] | null)[] {
  return runPython("load_yaml.py", texts) as (readonly unknown[] | null)[];
}

function runPython(script: string, input: unknown): unknown {
  // Debian's, which has the modules that cloud-init uses, and not one that happens to be first on PATH.
  const ran = spawnSync("/usr/bin/python3", [join(__dirname, script)], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ran.status !== 0) {
    throw new Error(`python3, with PyYAML, is needed by this test: ${ran.error?.message ?? ran.stderr}`);
  }
  return JSON.parse(ran.stdout);
}
