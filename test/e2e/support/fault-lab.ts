import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "vitest";
import { applyArguments, applyScript, parseApplyReport, type ApplyReport } from "../../../apply";
import {
  resolveDeclaration,
  validateDeclaration,
  type Finding,
  type ResolvedDeclaration,
  type ServiceDeclaration,
  type SettingsDeclaration,
} from "../../../backlog";
import type { HostSshArgs } from "../../../components";
import type { OperationOptions } from "../../../lab/stack";
import {
  judge,
  parseReport,
  probeArguments,
  probeCommand,
  probeScript,
  type ProbeReport,
  type VerifyMode,
} from "../../../probe";
import { FaultSession } from "./fault-session";
import {
  ExistingHosts,
  type EngineRun,
  type ExistingHost,
  type HostOptions,
  type Program,
} from "./existing-host";

/** Our file, as the components name it. */
export const OURS = "/etc/sysctl.d/99-zz-listen-backlog.conf";

/** What a host is asked for. */
export interface Wanted {
  readonly services: readonly ServiceDeclaration[];
  readonly settings?: SettingsDeclaration;
  /** Default `at-least`, as for hosts that exist. */
  readonly mode?: VerifyMode;
  /** Most seconds to wait for cloud-init. Default 0. */
  readonly wait?: number;
  /** Most seconds to wait for a service that does not listen. Default 0. */
  readonly settle?: number;
  /** Whether something that is not our file is in its place. Default `false`. */
  readonly expectForeign?: boolean;
  /** Who looks. Default: `root`, who sees most, looks, and `admin` with sudo tunes. */
  readonly user?: "root" | "admin";
}

/** What the probe said on a host, and what was made of it. */
export interface Look {
  /** 0 as declared, 1 not as declared, 2 could not look. */
  readonly code: number | undefined;
  /** The line for people. */
  readonly line: string;
  readonly report: ProbeReport;
  /** Every finding, the host's own and what follows from its facts. */
  readonly findings: readonly Finding[];
  /** Those that make the host wrong, the host's own alone. */
  readonly errors: readonly Finding[];
}

/** A private key under a passphrase: what must never come out again. */
export interface PlantedKey {
  readonly privateKey: string;
  readonly passphrase: string;
  readonly publicKey: string;
  /** The unencrypted key's file, for the tests' own logins. */
  readonly file: string;
}

/** A lab whose hosts are harmed: every run of the engine in it is searched for the planted secrets. */
export class FaultLab {
  private readonly hosts: FaultHost[] = [];

  private constructor(
    readonly all: ExistingHosts,
    readonly planted: PlantedKey,
  ) {}

  /** @param env more environment variables for the engine */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<FaultLab> {
    const all = await ExistingHosts.open(env);
    return new FaultLab(all, plantKey(all.lab.dir));
  }

  close(): Promise<void> {
    this.hosts.forEach((host) => host.close());
    return this.all.close();
  }

  /** Boots a host that the planted key opens, for root as well. */
  async host(name: string, options: HostOptions = {}): Promise<FaultHost> {
    const host = await this.all.host(name, options);
    const key = this.planted.publicKey;
    await host.sh(
      `mkdir -p /root/.ssh && echo '${key}' >/root/.ssh/authorized_keys && echo '${key}' >>/home/admin/.ssh/authorized_keys`,
    );
    const made = new FaultHost(name, host, this.planted);
    this.hosts.push(made);
    return made;
  }

  /** `pulumi up` of a program. */
  async up(program: Program, options: OperationOptions = {}): Promise<EngineRun> {
    return this.searched(await this.all.up(program, options));
  }

  async destroy(): Promise<EngineRun> {
    return this.searched(await this.all.destroy());
  }

  /** Nothing planted may be in what a run showed, in its errors, or in the state. */
  searched(run: EngineRun): EngineRun {
    const said = run.text + JSON.stringify(run.diagnostics);
    expectNothingPlanted(said, this.planted);
    expectNothingPlanted(this.all.stateFiles(), this.planted);
    return run;
  }
}

/** No line of the key, and not its passphrase, in plain text, in JSON or in base64. */
export function expectNothingPlanted(text: string, { privateKey, passphrase }: PlantedKey): void {
  const lines = privateKey.split("\n").filter((line) => line.length > 20);
  const needles = [...lines, passphrase, Buffer.from(passphrase).toString("base64").replace(/=+$/, "")];
  expect(needles.length).toBeGreaterThan(4);
  // Not by toContain, whose failure would print what must not be printed.
  expect(needles.filter((needle) => text.includes(needle)).length, "planted secrets that were found").toBe(0);
}

/** A host to be harmed, and put right again by {@link restore}. */
export class FaultHost {
  private readonly sessions: { readonly root: FaultSession; readonly admin: FaultSession };

  constructor(
    readonly name: string,
    readonly host: ExistingHost,
    private readonly planted: PlantedKey,
  ) {
    const session = (user: string) =>
      new FaultSession(host.address, user, fs.readFileSync(planted.file, "utf8"), host.hostKey);
    this.sessions = { root: session("root"), admin: session("admin") };
  }

  /** Ends the logins of the tests. */
  close(): void {
    this.sessions.root.close();
    this.sessions.admin.close();
  }

  get address(): string {
    return this.host.address;
  }

  /** How a program reaches it: with the planted key, as a user without privileges of its own. */
  get ssh(): HostSshArgs {
    const { privateKey, passphrase } = this.planted;
    return { user: "admin", privateKey, privateKeyPassword: passphrase, hostKey: this.host.hostKey };
  }

  /** Runs a command as root, which must succeed. @returns what it printed, trimmed */
  async sh(command: string, input = ""): Promise<string> {
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; ";
    const { code, stdout, stderr } = await this.sessions.root.run(path + command, input);
    if (code !== 0) {
      throw new Error(`${command} ended with ${String(code)}: ${stderr}`);
    }
    return stdout.trim();
  }

  /** Writes a file whole. */
  async write(file: string, content: string, mode = "0644"): Promise<void> {
    await this.sh(`mkdir -p '${path.dirname(file)}' && cat >'${file}' && chmod ${mode} '${file}'`, content);
  }

  /** Keeps what {@link restore} puts back: the files of these folders, and the live somaxconn. */
  async remember(): Promise<void> {
    await this.sh(
      "cd / && { ls -d etc/sysctl.conf 2>/dev/null; echo etc/sysctl.d etc/nginx etc/redis etc/systemd/system; } | " +
        "xargs tar -cf /root/before.tar && cat /proc/sys/net/core/somaxconn >/root/before.somaxconn",
    );
  }

  /** The host as it was: files, live value, and its servers started anew under it. */
  async restore(): Promise<void> {
    await this.sh(
      "set -e; ! mountpoint -q /etc/sysctl.d || umount -l /etc/sysctl.d; mount -o remount,bind,rw /proc/sys/net; " +
        "systemctl -q stop app.socket app.service other.service 2>/dev/null || true; cd /etc; rm -rf sysctl.d sysctl.conf nginx redis systemd/system /home/admin/.bashrc; tar -C / -xf /root/before.tar; " +
        "cat /root/before.somaxconn >/proc/sys/net/core/somaxconn; systemctl daemon-reload; " +
        // Systemd takes only so many starts in a time; what a test does is no reason to refuse one.
        "systemctl reset-failed; systemctl restart nginx redis-server; systemctl reset-failed",
    );
  }

  /** Looks with the probe, over SSH, as a component does. */
  async look(wanted: Wanted): Promise<Look> {
    const { user = "root", mode = "at-least", wait = 0, settle = 0 } = wanted;
    const resolved = resolve(wanted);
    const args = probeArguments(resolved, {
      host: this.name,
      mode,
      waitSeconds: wait,
      settleSeconds: settle,
    });
    const { code, stdout, stderr } = await this.sessions[user].run(probeCommand(args), probeScript());
    if (code !== 0 && code !== 1) {
      throw new Error(`the probe ended with ${String(code)}: ${stdout}${stderr}`);
    }
    const report = parseReport(stdout);
    return {
      code,
      line: stdout.split("\n")[0] ?? "",
      report,
      findings: judge(resolved, report).findings,
      errors: report.findings,
    };
  }

  /**
   * Tunes as the component does, over SSH. Nothing may be half written after it, however it ends.
   *
   * @returns what it said, whether it worked or not
   */
  async tune(wanted: Wanted): Promise<ApplyReport> {
    const { user = "admin", mode = "at-least", wait = 0, settle = 2 } = wanted;
    const { code, stdout, stderr } = await this.sessions[user].run(
      probeCommand(
        applyArguments(resolve(wanted), {
          host: this.name,
          mode,
          fileName: path.basename(OURS),
          waitSeconds: wait,
          settleSeconds: settle,
        }),
      ),
      applyScript(),
    );
    const report = parseApplyReport(stdout);
    expect(code, stderr).toBe({ failed: 1, refused: 2 }[report.verdict as string] ?? 0);
    await this.expectNoDraft();
    if (wanted.expectForeign !== true) {
      await this.expectWholeFile();
    }
    return report;
  }

  /** Nothing that a write leaves which was cut off. */
  async expectNoDraft(): Promise<void> {
    expect(
      (await this.sysctlFiles()).filter((name) => name.startsWith(".") || name.endsWith(".new")),
    ).toEqual([]);
  }

  /** Our file is whole, or not there. */
  async expectWholeFile(): Promise<void> {
    const text = await this.sh(`[ ! -e ${OURS} ] || cat ${OURS}`);
    expect(text).toMatch(
      /^(?:# Written by listen-backlog[^\n]*\n(?:[^\n]* = [^\n]*\n|# owner: [^\n]*\n)*[^\n]* = [^\n]*)?$/,
    );
  }

  /** Names in /etc/sysctl.d, drafts and everything: what a cut-off write would leave is in here. */
  async sysctlFiles(): Promise<string[]> {
    return (await this.sh("ls -A /etc/sysctl.d")).split("\n");
  }
}

function resolve({ services, settings }: Wanted): ResolvedDeclaration {
  const { declaration, problems } = validateDeclaration({ services, settings });
  if (declaration === undefined) {
    throw new Error(`the test declares nonsense: ${JSON.stringify(problems)}`);
  }
  return resolveDeclaration(declaration);
}

function plantKey(folder: string): PlantedKey {
  const file = path.join(folder, "planted-key");
  const encrypted = path.join(folder, "planted-key-encrypted");
  const passphrase = `planted-${randomBytes(12).toString("hex")}`;
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "planted", "-f", file]);
  fs.copyFileSync(file, encrypted);
  fs.chmodSync(encrypted, 0o600);
  // One round: a passphrase for a test need not cost time to guess.
  execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-a", "1", "-f", encrypted]);
  return {
    privateKey: fs.readFileSync(encrypted, "utf8"),
    passphrase,
    publicKey: fs.readFileSync(`${file}.pub`, "utf8").trim(),
    file,
  };
}
