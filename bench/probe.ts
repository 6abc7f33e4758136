// npx tsx bench/probe.ts: what the probe costs on a real host over a real sshd, as a ratio to the least that a look can cost.
//
// The floor is `ssh HOST cat /proc/sys/net/core/somaxconn`. Both run in turns against the same host of the lab, so that what else
// the machine does hits both alike. Bound: 1.3 of the medians, as the user that deployments log in as and as root. Exits 1 above it.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { resolveDeclaration } from "../backlog";
import { composeUserData } from "../cloudinit";
import { generateHostKey } from "../components/host-key";
import { ensureHostsReady, Hosts, ssh, waitForSsh, type SshTarget } from "../lab/hosts";
import { LAB_FOLDER_VARIABLE, openLab } from "../lab/identity";
import { operatorKey } from "../lab/keys";
import { createProgress } from "../lab/progress";
import { parseReport, probeArguments, probeCommand, probeScript } from "../probe";

const ROUNDS = 60;
const BOUND = 1.3;
const DECLARATION = resolveDeclaration({
  services: [
    { name: "nginx", backlog: 4096 },
    { name: "sshd", backlog: 128 },
  ],
});
const USER_DATA = `#!/bin/sh
mkdir -p /root/.ssh && cp ~admin/.ssh/authorized_keys /root/.ssh/
printf 'server { listen 80 backlog=4096; }\\n' >/etc/nginx/conf.d/bench.conf
rm -f /etc/nginx/sites-enabled/default
systemctl enable nginx && systemctl restart nginx
`;

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-bench-"));
  const lab = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: path.join(folder, "lab") });
  await ensureHostsReady(lab, createProgress(process.stderr));
  const hosts = new Hosts(lab);
  try {
    const hostKey = generateHostKey();
    const { address } = await hosts.create({
      instanceId: "i-00000000000000001",
      hostname: "web",
      userData: Buffer.from(
        composeUserData(USER_DATA, { settings: DECLARATION.settings, relisten: [], hostKey }),
      ),
      publicKeys: [operatorKey(lab).publicKey],
    });
    const target = { address, hostKey: hostKey.publicKey, identityFile: operatorKey(lab).file };
    await waitForSsh(target, 60_000);
    await measure({ ...target, user: "admin" });
    await measure({ ...target, user: "root" });
  } finally {
    await hosts.destroyAll();
    fs.rmSync(folder, { recursive: true });
  }
}

async function measure(target: SshTarget): Promise<void> {
  const args = probeArguments(DECLARATION, {
    host: "web",
    mode: "exact",
    waitSeconds: 60,
    settleSeconds: 30,
  });
  const probe = { ...target, command: probeCommand(args), input: probeScript() };
  const floor = { ...target, command: ["cat", "/proc/sys/net/core/somaxconn"] };
  const { stdout, stderr } = await ssh({ ...probe, timeout: 120_000 });
  if (parseReport(stdout).verdict !== "as-declared") {
    throw new Error(`the host is not as declared, so that the probe did other work than usual: ${stderr}`);
  }
  const times = { probe: [] as number[], floor: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.floor.push(await seconds(() => ssh(floor)));
    times.probe.push(await seconds(() => ssh(probe)));
  }
  const ratio = median(times.probe) / median(times.floor);
  const over = ratio > BOUND;
  console.log(
    `probe / cat over SSH, as ${target.user ?? ""}: ${(median(times.probe) * 1000).toFixed(0)} ms / ` +
      `${(median(times.floor) * 1000).toFixed(0)} ms = ${ratio.toFixed(2)} (bound ${BOUND}; ${ROUNDS} rounds in turns, medians)` +
      (over ? "  OVER THE BOUND" : ""),
  );
  if (over) {
    process.exitCode = 1;
  }
}

async function seconds(run: () => Promise<{ code: number | undefined }>): Promise<number> {
  const start = performance.now();
  const { code } = await run();
  if (code !== 0) {
    throw new Error(`a run ended with ${String(code)}`);
  }
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
