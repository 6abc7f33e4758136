import * as fs from "node:fs/promises";
import { isIP } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { formatProblem, showGiven } from "../../backlog/finding";
import { shellQuote } from "../../cloudinit/shell-quote";
import { LabError } from "../errors";
import { runCommand } from "./command";
import { isPublicKey } from "./grammar";

/** Where to log in, and as whom. */
export interface SshTarget {
  /** An IP address, or a host name. */
  readonly address: string;
  /** Default 22. */
  readonly port?: number;
  /** Default `admin`. */
  readonly user?: string;
  /** A private key without a passphrase. */
  readonly identityFile: string;
  /**
   * The only host key that is accepted, as one line of an OpenSSH public key; or `accept-any`, which checks nothing: only for
   * a host that was given no key.
   */
  readonly hostKey: string;
}

export interface SshRun extends SshTarget {
  /** Words are quoted for the remote shell; a string is handed to it as it is. */
  readonly command: string | readonly string[];
  readonly input?: string | Buffer;
  /** For everything together. Milliseconds, default 30,000. */
  readonly timeout?: number;
}

/** What came back. `code` is undefined when the time was over, and 255 when OpenSSH itself failed: `stderr` says why. */
export interface SshResult {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host key argument that accepts whatever key the host shows. */
export const ACCEPT_ANY = "accept-any";

const DEFAULT_TIMEOUT = 30_000;

/** Runs one command on a host over OpenSSH: never asks anything, ignores the user's own SSH configuration, keys and agent. */
export async function ssh(options: SshRun): Promise<SshResult> {
  requireTarget(options);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "listen-backlog-ssh-"));
  try {
    const knownHosts = path.join(folder, "known_hosts");
    await fs.writeFile(knownHosts, knownHostsLine(options), { mode: 0o600 });
    const { code, stdout, stderr } = await runCommand(
      "ssh",
      [
        ...sshArguments(options, knownHosts),
        "-T",
        "-l",
        options.user ?? "admin",
        "--",
        options.address,
        remoteCommand(options.command),
      ],
      {
        timeout: options.timeout ?? DEFAULT_TIMEOUT,
        ...(options.input !== undefined && { input: options.input }),
      },
    );
    return { code, stdout, stderr };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/**
 * Waits until a host lets this key log in.
 *
 * @param limit how long at most. Milliseconds.
 * @throws LabError with OpenSSH's last words when it never did; at once when the host shows another host key.
 */
export async function waitForSsh(target: SshTarget, limit: number): Promise<void> {
  const deadline = Date.now() + limit;
  for (;;) {
    const left = deadline - Date.now();
    const result = await ssh({
      ...target,
      command: ["true"],
      timeout: Math.max(1_000, Math.min(5_000, left)),
    });
    if (result.code === 0) {
      return;
    }
    const words = result.stderr.trim().split("\n").at(-1) || "it does not answer";
    if (/host key verification failed|REMOTE HOST IDENTIFICATION/i.test(result.stderr)) {
      throw new LabError(
        `the host at ${target.address} shows another host key than the one it was given: refused`,
        {
          fix: "check who answers at this address; if the host was made anew, use its new key",
        },
      );
    }
    if (Date.now() >= deadline) {
      throw new LabError(
        `the host at ${target.address} did not let ${target.user ?? "admin"} log in within ${limit / 1_000} s: ${words}`,
        {
          fix: "see its console: console.log in its folder below hosts/ of the lab folder",
        },
      );
    }
    await sleep(50);
  }
}

/** The options that {@link ssh} uses, for an interactive session with a known_hosts file of the caller. */
export function sshArguments(target: SshTarget, knownHostsFile: string): string[] {
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "5",
    ServerAliveInterval: "5",
    ServerAliveCountMax: "3",
    StrictHostKeyChecking: target.hostKey === ACCEPT_ANY ? "no" : "yes",
    // OpenSSH splits this at spaces, and expands `%` in it.
    UserKnownHostsFile: `"${knownHostsFile.replace(/%/g, "%%")}"`,
    GlobalKnownHostsFile: "/dev/null",
    UpdateHostKeys: "no",
    CheckHostIP: "no",
    IdentitiesOnly: "yes",
    IdentityAgent: "none",
    ForwardAgent: "no",
    ControlPath: "none",
    LogLevel: "ERROR",
  };
  return [
    ...["-F", "none", "-p", String(target.port ?? 22), "-i", target.identityFile],
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
}

/** The line of known_hosts for a target; nothing for one that accepts any key. */
export function knownHostsLine(target: SshTarget): string {
  if (target.hostKey === ACCEPT_ANY) {
    return "";
  }
  const [type = "", data = ""] = target.hostKey.split(" ");
  const { port = 22 } = target;
  return `${port === 22 ? target.address : `[${target.address}]:${port}`} ${type} ${data}\n`;
}

/** One string for the remote shell, in which every word stays one word. */
export function remoteCommand(command: string | readonly string[]): string {
  return typeof command === "string" ? command : command.map(shellQuote).join(" ");
}

function requireTarget(target: SshTarget): void {
  const hostname = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
  const { port = 22, user = "admin" } = target;
  const problems = [
    isIP(target.address) === 0 &&
      !hostname.test(target.address) && {
        path: "address",
        given: showGiven(target.address),
        allowed: "an IP address or a host name",
        fix: "10.140.7.10",
      },
    (!Number.isInteger(port) || port < 1 || port > 65_535) && {
      path: "port",
      given: showGiven(port),
      allowed: "1 to 65535",
      fix: "22",
    },
    !/^[a-z_][a-z0-9_-]{0,31}$/.test(user) && {
      path: "user",
      given: showGiven(user),
      allowed: "a Linux user name: a-z, 0-9, _ and -, at most 32 characters",
      fix: "admin",
    },
    target.hostKey !== ACCEPT_ANY &&
      !isPublicKey(target.hostKey) && {
        path: "hostKey",
        given: showGiven(target.hostKey),
        allowed: "one line of an OpenSSH public key",
        fix: "the content of ssh_host_ed25519_key.pub, without its line end",
      },
  ].filter((problem) => problem !== false);
  if (problems.length > 0) {
    throw new LabError(`cannot log in: ${problems.map(formatProblem).join("; ")}`, {
      fix: problems.map((problem) => `${problem.path}: ${problem.fix}`).join("; "),
    });
  }
}
