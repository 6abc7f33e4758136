import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveDeclaration } from "../../backlog";
import { parseReport, probeArguments, probeScript } from "../../probe";

const DECLARATION = resolveDeclaration({
  services: [
    { name: "nginx", port: 1, backlog: 4096 },
    { name: "php-fpm", path: "/run/nobody/has/this.sock", backlog: 511 },
  ],
  settings: { tcpSyncookies: 1 },
});
const ARGS = probeArguments(DECLARATION, {
  host: "web",
  mode: "at-least",
  waitSeconds: 0,
  settleSeconds: 0,
});

/** What sshd gives to every command. Where SHELL is missing, bash asks for the user's own, and glibc a name service for that. */
const ENVIRONMENT = { PATH: process.env.PATH, HOME: "/", SHELL: "/bin/sh", USER: "root", LOGNAME: "root" };

/** Root listens on the declared port while the command runs, so that there is a process to look for. */
const LISTENER =
  "import socket,subprocess,sys; s=socket.socket(); s.bind(('',1)); s.listen(5); sys.exit(subprocess.call(sys.argv[1:]))";

/** Runs the probe on this machine, in a network namespace of its own, and gives every system call of these kinds. */
function traced(shell: string, calls: string, uid = 0): string[] {
  const folder = mkdtempSync(join(tmpdir(), "listen-backlog-trace-"));
  try {
    const trace = join(folder, "trace");
    const argv = [
      "unshare",
      "--net",
      ...["python3", "-c", LISTENER],
      "strace",
      "-f",
      "-qq",
      "-s",
      "200",
      "-e",
      `trace=${calls}`,
      "-o",
      trace,
      ...(uid === 0 ? [] : ["setpriv", "--reuid", String(uid), "--clear-groups"]),
    ];
    const ran = spawnSync(argv[0] ?? "", [...argv.slice(1), ...shell.split(" "), "-s", "--", ...ARGS], {
      input: probeScript(),
      encoding: "utf8",
      env: ENVIRONMENT,
    });
    expect(ran.error, "unshare and strace are needed by this test").toBeUndefined();
    expect(parseReport(ran.stdout).verdict).toBe("not-as-declared");
    return readFileSync(trace, "utf8").split("\n").filter(Boolean);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(["dash", "bash", "busybox sh"])("the probe under %s", (shell) => {
  it.each([0, 65534])("starts at most 12 processes, itself among them, for user %d", (uid) => {
    const started = traced(shell, "fork,vfork,clone,clone3", uid).filter((line) => / = \d+$/.test(line));
    // It did start some, so that the trace was one.
    expect(started.length).toBeGreaterThan(4);
    expect(1 + started.length).toBeLessThanOrEqual(12);
  });

  it("opens nothing for writing, changes no name, and talks to nobody but the kernel", () => {
    const lines = traced(
      shell,
      "open,openat,openat2,creat,truncate,ftruncate,rename,renameat,renameat2,link,linkat,symlink,symlinkat," +
        "unlink,unlinkat,mkdir,mkdirat,rmdir,mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat," +
        "utime,utimes,utimensat,setxattr,mount,umount2,swapon,sethostname,kill,tkill,ptrace,socket,connect,bind",
    );
    const opened = lines.filter((line) => /\bopen(?:at|at2)?\(/.test(line));
    expect(opened.length).toBeGreaterThan(50);
    const writing = opened.filter((line) => /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/.test(line));
    expect(writing.filter((line) => !line.includes('"/dev/null"') && !line.includes('"/dev/tty"'))).toEqual(
      [],
    );
    const others = lines.filter(
      (line) => !/\bopen(?:at|at2)?\(/.test(line) && !/^\d+ +(?:\+\+\+|---|<\.\.\. )/.test(line),
    );
    // The sockets of ss, through which the kernel lists sockets.
    expect(others.filter((line) => !/AF_NETLINK/.test(line))).toEqual([]);
  });
});
