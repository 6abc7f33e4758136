// Builds the published package into dist/: compiled sources, and beside them the files that they read.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

const dist = path.join(__dirname, "dist");
fs.rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(path.join(__dirname, "node_modules", ".bin", "tsc"), ["-p", "tsconfig.build.json"], {
  cwd: __dirname,
  stdio: "inherit",
});
if (tsc.status !== 0) {
  process.exit(tsc.status ?? 1);
}
for (const file of [
  "probe/listen-backlog-probe.sh",
  "probe/report.schema.json",
  "apply/listen-backlog-apply.sh",
  "apply/listen-backlog-restore.sh",
]) {
  fs.copyFileSync(file, path.join(dist, file));
}
// The pack as users point `--policy-pack` at it: compiled, so it needs no TypeScript.
for (const name of ["PulumiPolicy.yaml", "package.json"]) {
  const text = fs.readFileSync(path.join("policies", name), "utf8").replaceAll("index.ts", "index.js");
  fs.writeFileSync(path.join(dist, "policies", name), text);
}
