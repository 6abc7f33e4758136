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
  const ran = spawnSync("python3", [join(__dirname, "split_mime.py")], {
    input: JSON.stringify(documents),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ran.status !== 0) {
    throw new Error(`python3 is needed by this test: ${ran.error?.message ?? ran.stderr}`);
  }
  const all = JSON.parse(ran.stdout) as [string, string | null, string][][];
  return all.map((parts) =>
    parts.map(([contentType, fileName, base64]) => ({
      contentType,
      fileName,
      content: Buffer.from(base64, "base64").toString("utf8"),
    })),
  );
}
