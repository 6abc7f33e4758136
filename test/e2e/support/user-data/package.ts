import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A Debian package and the index of a repository that has it alone: a lab host reaches no other repository. */
export interface Repository {
  readonly name: string;
  readonly deb: Buffer;
  readonly index: string;
}

/** @param postinst what runs when it is installed */
export function repositoryOf(name: string, postinst: string): Repository {
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: nothing but a script\n`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-package-"));
  try {
    const tree = path.join(folder, "tree");
    fs.mkdirSync(path.join(tree, "DEBIAN"), { recursive: true });
    fs.writeFileSync(path.join(tree, "DEBIAN", "control"), control);
    fs.writeFileSync(path.join(tree, "DEBIAN", "postinst"), `#!/bin/sh\n${postinst}\n`, { mode: 0o755 });
    const file = path.join(folder, "package.deb");
    execFileSync("dpkg-deb", ["--root-owner-group", "--build", tree, file], { stdio: "pipe" });
    const deb = fs.readFileSync(file);
    const sum = createHash("sha256").update(deb).digest("hex");
    return { name, deb, index: `${control}Filename: ./${name}.deb\nSize: ${deb.length}\nSHA256: ${sum}\n` };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
