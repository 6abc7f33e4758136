import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Output } from "@pulumi/pulumi";
import type { HostKeyPair } from "../../../cloudinit";
import { generateHostKey } from "../../../components/host-key";
import { ensureEngine } from "../../../lab/engine/engine";
import { startProviders, type RunningProviders } from "../../../lab/engine/providers";
import { ensureHostsReady, Hosts, ssh, waitForSsh, type SshResult, type SshTarget } from "../../../lab/hosts";
import { LAB_FOLDER_VARIABLE, openLab, type Lab } from "../../../lab/identity";
import { operatorKey, type OperatorKey } from "../../../lab/keys";
import { createProgress } from "../../../lab/progress";
import { openStack, type LabStack, type OperationOptions, type Outcome } from "../../../lab/stack";

/** How a host is made. */
export interface HostOptions {
  /** Files that are there before anything starts: path and content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Shell commands as root at the end of the first boot, such as `systemctl start nginx`. */
  readonly commands?: readonly string[];
  /** Whether the first boot has to be over. Default `true`. */
  readonly booted?: boolean;
}

/** A run of the engine: what came of it, and every word that was shown. */
export interface EngineRun extends Outcome {
  readonly text: string;
  /** The messages of errors. */
  readonly errors: string;
  readonly warnings: string;
}

/** A program of the engine; what it returns are the outputs. */
export type Program = () => Record<string, unknown>;

const PROJECT = "name: existing-servers\nruntime: nodejs\n";

/** An nginx on port 80 with the backlog of its configuration, or its own 511. */
export function nginxSite(backlog?: number): Readonly<Record<string, string>> {
  const listen = backlog === undefined ? "listen 80;" : `listen 80 backlog=${backlog};`;
  return {
    "/etc/nginx/sites-available/default": `server { ${listen} location / { return 200 "ok\\n"; } }\n`,
  };
}

/** A lab in a folder of its own: hosts that exist before the program runs, and a stack of the real engine. */
export class ExistingHosts {
  private program: Program = () => ({});
  private count = 0;

  private constructor(
    private readonly folder: string,
    readonly lab: Lab,
    readonly hosts: Hosts,
    /** The key with which everybody logs in as `admin`, who may do anything with sudo. */
    readonly key: OperatorKey,
    readonly stack: LabStack,
    private readonly providers: RunningProviders,
  ) {}

  /** @param env more environment variables for the engine and its providers */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<ExistingHosts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-existing-"));
    const lab = openLab({ ...process.env, [LAB_FOLDER_VARIABLE]: path.join(folder, "lab") });
    const progress = createProgress(process.stderr);
    const engine = await ensureEngine(lab, progress);
    await ensureHostsReady(lab, progress);
    const providers = await startProviders(lab, ["command"]);
    try {
      const stack = await openStack(lab, engine, {
        program: () => Promise.resolve(all.program()),
        project: PROJECT,
        config: "config: {}\n",
        env: { ...providers.env, ...env },
      });
      const all: ExistingHosts = new ExistingHosts(
        folder,
        lab,
        new Hosts(lab),
        operatorKey(lab),
        stack,
        providers,
      );
      return all;
    } catch (error) {
      await providers.stop();
      throw error;
    }
  }

  /** Ends and removes everything. */
  async close(): Promise<void> {
    await this.providers.stop();
    await this.hosts.destroyAll();
    fs.rmSync(this.folder, { recursive: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Boots a host with a host key of its own. */
  async host(
    hostname: string,
    { files = {}, commands = [], booted = true }: HostOptions = {},
  ): Promise<ExistingHost> {
    const hostKey = generateHostKey();
    const userData = {
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
      write_files: Object.entries(files).map(([file, content]) => ({ path: file, content })),
      runcmd: commands,
      // Every connection leaves a line, also one that never logs in.
      bootcmd: ["echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/20-verbose.conf"],
    };
    const { instanceId, address } = await this.hosts.create({
      instanceId: `i-${(++this.count).toString(16).padStart(17, "0")}`,
      hostname,
      userData: Buffer.from(`#cloud-config\n${JSON.stringify(userData)}\n`),
      publicKeys: [this.key.publicKey],
    });
    const host = new ExistingHost(this, instanceId, address, hostKey.publicKey);
    await waitForSsh(host.target, 90_000);
    if (booted) {
      await host.sh("cloud-init status --wait >/dev/null");
    }
    return host;
  }

  /** Sets the program, and runs `pulumi up`. */
  async up(program: Program, options: OperationOptions = {}): Promise<EngineRun> {
    this.program = program;
    return this.run((more) => this.stack.up({ ...options, ...more }));
  }

  async preview(program: Program = this.program): Promise<EngineRun> {
    this.program = program;
    return this.run((more) => this.stack.preview(more));
  }

  async destroy(): Promise<EngineRun> {
    return this.run((more) => this.stack.destroy(more));
  }

  outputs(): Promise<Record<string, unknown>> {
    return this.stack.outputs();
  }

  /** The state as it lies on the disk, secrets encrypted. */
  stateFiles(): string {
    const state = path.join(this.lab.dir, "pulumi", "state");
    return fs
      .readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
  }

  private async run(operation: (more: OperationOptions) => Promise<Outcome>): Promise<EngineRun> {
    let text = "";
    const outcome = await operation({ onOutput: (chunk) => (text += chunk) });
    const said = (severity: string) =>
      outcome.diagnostics
        .filter((diagnostic) => diagnostic.severity === severity)
        .map(({ message }) => message)
        .join("\n");
    return { ...outcome, text, errors: said("error"), warnings: said("warning") };
  }
}

/** A host that nobody tuned yet. */
export class ExistingHost {
  /** Logins of the test itself. */
  private own = 0;
  /** What the host shows at the moment, which the program under test need not know. */
  private shown: string;

  constructor(
    private readonly all: ExistingHosts,
    readonly instanceId: string,
    readonly address: string,
    /** The key that the host was made with. */
    readonly hostKey: string,
  ) {
    this.shown = hostKey;
  }

  /** How to log in past the program under test. */
  get target(): SshTarget {
    return { address: this.address, hostKey: this.shown, identityFile: this.all.key.file };
  }

  /** Gives the host another SSH host key, as if another host had its address by now. Only the test itself learns of it. */
  async changeHostKey({ privateKey, publicKey }: HostKeyPair): Promise<void> {
    const file = "/etc/ssh/ssh_host_ed25519_key";
    await this.sh(
      `printf '%s' '${privateKey}' >${file}; echo '${publicKey}' >${file}.pub; systemctl restart ssh`,
    );
    this.shown = publicKey;
  }

  /** How a program reaches it. */
  get ssh(): { user: string; privateKey: string; hostKey: string } {
    return { user: "admin", privateKey: this.all.key.privateKey, hostKey: this.hostKey };
  }

  /** The key that the host shows now. */
  currentHostKey(): string {
    return this.shown;
  }

  /** Runs a command as root. */
  run(command: string): Promise<SshResult> {
    this.own++;
    return ssh({ ...this.target, command: ["sudo", "sh", "-c", command] });
  }

  /** The same; it must succeed. @returns what it printed, without white space around it */
  async sh(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(command);
    if (code !== 0) {
      throw new Error(`${command} ended with ${String(code)}: ${stderr}`);
    }
    return stdout.trim();
  }

  /** The effective backlog of every socket on a port. */
  async effective(port: number): Promise<number[]> {
    const lines = await this.sh(`ss -Hltn "sport = :${port}"`);
    return lines.split("\n").flatMap((line) => (line === "" ? [] : [Number(line.trim().split(/ +/)[2])]));
  }

  somaxconn(): Promise<string> {
    return this.sh("cat /proc/sys/net/core/somaxconn");
  }

  /** Our file, or what the shell says where it is not there. */
  async file(name = "99-zz-listen-backlog.conf"): Promise<string> {
    const { stdout, stderr } = await this.run(`cat /etc/sysctl.d/${name}`);
    return stdout || stderr;
  }

  /** Names in /etc/sysctl.d that are not the image's: our file, and whatever was left behind. */
  async sysctlFiles(): Promise<string[]> {
    const names = await this.sh("ls -A /etc/sysctl.d");
    return names.split("\n").filter((name) => name.includes("listen-backlog"));
  }

  /** When a unit was started, as a number that every start makes larger. */
  started(unit: string): Promise<string> {
    return this.sh(`systemctl show -p ExecMainStartTimestampMonotonic --value ${unit}`);
  }

  /** How many SSH connections have reached this host since it booted, those of `run` and `sh` left out. */
  async connections(): Promise<number> {
    const seen = await this.sh("journalctl -b -q -t sshd -o cat | grep -c '^Connection from' || :");
    return Number(seen) - this.own;
  }
}

/** What the outputs of a component come to in a stack's outputs. */
export type Outputs<T> = { readonly [K in keyof T]: T[K] extends Output<infer V> ? V : never };
