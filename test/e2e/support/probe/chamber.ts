import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { TreeNode } from "../../../../backlog/sysctld";

/** A listening socket of a scenario. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly backlog: number;
  /** IPv6 that takes IPv4 as well. */
  readonly dual?: boolean;
  /** Bound to this network interface. */
  readonly device?: string;
  /** With SO_REUSEPORT. */
  readonly shared?: boolean;
  /** Held by no process in sight. */
  readonly hidden?: boolean;
}

/** A Unix socket of a scenario. */
export interface UnixListener {
  readonly path: string;
  readonly backlog: number;
  /** SOCK_SEQPACKET. */
  readonly packets?: boolean;
  /** A name of the abstract kind instead of a path. */
  readonly abstract?: boolean;
}

/** Another process that listens. */
export interface Child {
  readonly listeners: readonly Listener[];
  /** In a network namespace of its own, as a container. */
  readonly namespace?: boolean;
  readonly somaxconn?: number;
  /** What its command is called. */
  readonly name?: string;
  /** The user that it runs as, if not root. */
  readonly uid?: number;
  /** How many processes it forks that hold its sockets as well. */
  readonly workers?: number;
  /** Its limit of open files. */
  readonly files?: number;
}

/** One thing that is so on the host, taken in order: a `listen` gets the somaxconn of the `sysctl` before it. */
export type Step =
  | readonly ["sysctl", string, string]
  | readonly ["listen", Listener | UnixListener]
  | readonly ["child", Child]
  /** When a file was last changed, in seconds from now; without it, an hour ago. */
  | readonly ["change", string, number]
  | readonly ["file", string, string, number?]
  | readonly ["link", string, string]
  | readonly ["directory", string]
  | readonly ["hide", string]
  /** A script in the place of a command; the real one is in /tmp/real. */
  | readonly ["replace", string, string]
  /** What PID 1, which holds the sockets of every "listen", is called. */
  | readonly ["rename", string]
  /** Other users' processes are not shown. */
  | readonly ["hide-processes"]
  /** /proc/sys cannot be written. */
  | readonly ["protect-settings"]
  /** Another init than systemd runs, which every host has otherwise. */
  | readonly ["without-systemd"]
  /** The kernel does not answer ss. */
  | readonly ["without-diag"]
  /** Who may do what with a file or a directory. */
  | readonly ["mode", string, number]
  | readonly ["remove", string]
  | readonly ["after", number, Step]
  | readonly ["read-only"];

export interface Request {
  readonly steps: readonly Step[];
  readonly script: string;
  /** Each with its own PATH. */
  readonly runs: readonly { readonly argv: readonly string[]; readonly path: string }[];
  readonly uid?: number;
}

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answer {
  readonly runs: readonly Run[];
  /** What the runs wrote or changed: files, and sysctls. */
  readonly written: readonly string[];
}

/** The namespaces in which the probe runs. One process for a whole file of tests. */
export class Chamber {
  private readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly lines: AsyncIterator<string>;
  private errors = "";

  constructor() {
    requireCommands("unshare", "python3", "ip", "ss", "dash", "bash", "busybox", "mksh", "toybox", ...AWKS);
    this.process = spawn(
      "unshare",
      [
        ...[
          "--net",
          "--mount",
          "--pid",
          "--fork",
          "--kill-child",
          "--propagation",
          "private",
          "--mount-proc",
        ],
        ...["python3", join(__dirname, "chamber.py")],
      ],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    this.process.stderr.on("data", (data: Buffer) => (this.errors += data.toString()));
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async ask(request: Request): Promise<Answer> {
    this.process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.lines.next();
    if (line.done === true) {
      throw new Error(`the chamber ended; it needs root and namespaces: ${this.errors}`);
    }
    return JSON.parse(line.value) as Answer;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("close", resolve));
    this.process.stdin.end();
    await ended;
  }
}

/** The steps that put a tree of sysctl.d files there. */
export function stepsFor(tree: readonly TreeNode[]): Step[] {
  return tree.map((node): Step => {
    switch (node.kind) {
      case "file":
        return ["file", node.path, node.text];
      case "symlink":
        return ["link", node.path, node.target];
      case "directory":
        return ["directory", node.path];
      case "unreadable":
        return ["file", node.path, "", 0];
    }
  });
}

/** Each shell of the distributions that servers run, with the commands that come with it. */
export const USERLANDS: readonly {
  readonly name: string;
  readonly argv: readonly string[];
  readonly path: string;
}[] = [
  { name: "dash with mawk", argv: ["dash"], path: "/awk/mawk:/usr/bin" },
  { name: "bash with gawk", argv: ["bash"], path: "/awk/gawk:/bin" },
  { name: "busybox", argv: ["busybox", "sh"], path: "/busybox:/usr/bin" },
  { name: "mksh with original-awk and toybox", argv: ["mksh"], path: "/awk/original-awk:/toybox:/usr/bin" },
];

const AWKS = ["mawk", "gawk", "original-awk"];
const PACKAGES: Readonly<Record<string, string>> = {
  busybox: "busybox-static",
  ip: "iproute2",
  ss: "iproute2",
  unshare: "util-linux",
};

function requireCommands(...names: string[]): void {
  for (const name of names) {
    if (spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0) {
      throw new Error(`${name} is needed by this test: apt-get install ${PACKAGES[name] ?? name}`);
    }
  }
}
