import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Makes a folder and those above it that are missing, each with mode 0700. Not by `mkdirSync(..., { recursive: true })`, which
 * tries forever where the kernel answers ENOENT although the folder above is there (`/proc/x`).
 */
export function makeFolders(folder: string): void {
  if (fs.existsSync(folder)) {
    if (!fs.statSync(folder).isDirectory()) {
      throw new Error(`${folder} is not a folder`);
    }
    return;
  }
  makeFolders(path.dirname(folder));
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have been faster.
    if (!fs.existsSync(folder)) {
      throw error;
    }
  }
}
