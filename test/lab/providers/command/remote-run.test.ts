import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { readConnection } from "../../../../lab/providers/command/connection";
import type { Job } from "../../../../lab/providers/command/job";
import { readPrivateKey } from "../../../../lab/providers/command/private-key";
import { runRemote } from "../../../../lab/providers/command/remote-run";
import { ProviderError } from "../../../../lab/providers/rpc/provider";
import type { Properties } from "../../../../lab/providers/rpc/value";
import { temporaryFolder } from "../fakes";
import { generateKey, sshServer } from "./ssh-server";

interface Said {
  readonly notes: string[];
  readonly warnings: string[];
  readonly complaints: string[];
}

/** Runs a command on a port of this machine; dials once unless told otherwise. */
function run(
  connection: Properties,
  more: Partial<Job> = {},
  said: Said = { notes: [], warnings: [], complaints: [] },
) {
  return runRemote(
    readConnection({ host: "127.0.0.1", user: "admin", password: "x", dialErrorLimit: 0, ...connection }),
    {
      command: "true",
      environment: {},
      onOutput: () => undefined,
      note: (message) => said.notes.push(message),
      warn: (message) => said.warnings.push(message),
      complain: (message) => said.complaints.push(message),
      signal: new AbortController().signal,
      ...more,
    },
  );
}

const silence = (): Said => ({ notes: [], warnings: [], complaints: [] });

describe("a remote command", () => {
  it("gets its input, gives back its output, and closes the connection", async () => {
    const { port, received, idle } = await sshServer({
      run: (channel) => {
        channel.stderr.write("err\n");
        channel.on("data", (chunk: Buffer) => channel.write(chunk));
        channel.on("end", () => {
          channel.exit(0);
          channel.end();
        });
      },
    });
    expect(await run({ port }, { command: "cat", stdin: "in\n\n" })).toEqual({
      stdout: "in\n",
      stderr: "err",
    });
    expect(received.commands).toEqual(["cat"]);
    await idle();
    expect(received.total).toBe(1);
  });

  // Each stream keeps its own order; between the two, packets that arrive together have none.
  it("fails with its status, the command and all that it wrote", async () => {
    const { port, idle } = await sshServer({
      run: (channel) => {
        channel.write("one\n", () => {
          channel.stderr.write("two\n", () => {
            channel.write("three\n", () => {
              channel.exit(3);
              channel.end();
            });
          });
        });
      },
    });
    await expect(run({ port }, { command: 'sh -c "x"' })).rejects.toThrow(
      /^Process exited with status 3: running "sh -c \\"x\\"":\n(?:one\ntwo\nthree|one\nthree\ntwo|two\none\nthree)\n$/,
    );
    await idle();
  });

  it("fails when it is killed, and when it ends without saying how", async () => {
    const killed = await sshServer({
      run: (channel) => {
        channel.exit("KILL", false, "");
        channel.end();
      },
    });
    await expect(run({ port: killed.port })).rejects.toThrow(
      "Process exited with status 137 from signal KILL: running",
    );
    const mute = await sshServer({ run: (channel) => channel.end() });
    await expect(run({ port: mute.port })).rejects.toThrow(
      "remote command exited without exit status or exit signal",
    );
  });

  it("stops when it is cancelled", async () => {
    const controller = new AbortController();
    const { port, idle } = await sshServer({ run: (channel) => channel.write("started") });
    const running = run(
      { port },
      { signal: controller.signal, onOutput: () => controller.abort(new ProviderError("context canceled")) },
    );
    await expect(running).rejects.toThrow("context canceled");
    await idle();
  });

  it("runs beside others, each on a connection of its own", async () => {
    const waiting: (() => void)[] = [];
    const { port, received, idle } = await sshServer({
      run: (channel) => {
        waiting.push(() => {
          channel.exit(0);
          channel.end();
        });
        if (waiting.length === 3) {
          waiting.forEach((end) => end());
        }
      },
    });
    await Promise.all([run({ port }), run({ port }), run({ port })]);
    expect(received.total).toBe(3);
    await idle();
  });
});

describe("the environment of a remote command", () => {
  it("arrives when the server accepts it, the output before included", async () => {
    const acceptEnv = ["A", "PULUMI_COMMAND_STDOUT"];
    const { port, received } = await sshServer({ acceptEnv });
    await run({ port }, { environment: { A: "a" }, previous: { stdout: "before", stderr: "" } });
    expect(received.environment).toEqual({ A: "a", PULUMI_COMMAND_STDOUT: "before" });
  });

  it("is a hard error when the server refuses it: the command does not run", async () => {
    const { port, received, idle } = await sshServer({ acceptEnv: ["A"] });
    const said = silence();
    await expect(run({ port }, { environment: { A: "a", B: "b" } }, said)).rejects.toThrow(
      'could not set environment variable "B": ssh: setenv failed',
    );
    expect(said.complaints).toEqual([
      expect.stringContaining("Unable to set 'B'. This only works if your SSH server"),
    ]);
    await idle();
    expect(received.commands).toEqual([]);
  });

  it("only warns when the output before is refused", async () => {
    const { port, received } = await sshServer();
    const said = silence();
    await run({ port }, { previous: { stdout: "before", stderr: "e" } }, said);
    expect(said.warnings).toHaveLength(2);
    expect(received.commands).toEqual(["true"]);
  });
});

describe("the host key", () => {
  it("is checked when it is given", async () => {
    const { port, hostKey } = await sshServer();
    expect(await run({ port, hostKey })).toEqual({ stdout: "", stderr: "" });
    expect(await run({ port })).toEqual({ stdout: "", stderr: "" });
  });

  it("that is another one is refused, after as many tries as any other error", async () => {
    const { port, received, idle } = await sshServer();
    const said = silence();
    const wrong = run({ port, hostKey: generateKey().public, dialErrorLimit: 1 }, {}, said);
    await expect(wrong).rejects.toThrow(
      "after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
    expect(said.notes).toEqual(["Dial 1/1 failed: retrying"]);
    await idle();
    expect(received).toMatchObject({ commands: [], total: 2 });
  });

  it("decides which kind of key is asked for", async () => {
    const { port } = await sshServer();
    const blob = Buffer.concat([
      Buffer.from([0, 0, 0, 7]),
      Buffer.from("ssh-rsa"),
      Buffer.from([0, 0, 0, 1, 1]),
    ]);
    await expect(run({ port, hostKey: `ssh-rsa ${blob.toString("base64")}` })).rejects.toThrow(
      "ssh: no common algorithm for host key; client offered: [ssh-rsa]",
    );
  });

  it("that is no key fails before anything is dialled", async () => {
    const { port, received } = await sshServer();
    await expect(run({ port, hostKey: "nonsense", dialErrorLimit: -1 })).rejects.toThrow(
      "failed to parse host key",
    );
    expect(received.total).toBe(0);
  });
});

describe("logging in", () => {
  it("uses the private key, or the password", async () => {
    const key = generateKey();
    const { port } = await sshServer({
      login: (context) =>
        context.method === "publickey"
          ? context.key.algo === "ssh-ed25519"
          : context.method === "password" && context.password === "right",
    });
    await run({ port, privateKey: key.private });
    await run({ port, password: "right" });
    await expect(run({ port, password: "wrong" })).rejects.toThrow(
      "after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none password keyboard-interactive]",
    );
  });

  it("fails at once with a key that cannot be read, and shows nothing of it", async () => {
    const { port, received } = await sshServer();
    const bad = run({
      port,
      privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n",
      dialErrorLimit: -1,
    });
    await expect(bad).rejects.toThrow(/^ssh: no key found(?!.*hunter2)/s);
    expect(received.total).toBe(0);
  });

  it("reads RSA and ECDSA keys in PKCS#8 form, and says what to do with others", () => {
    const pem = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(readPrivateKey(pem(rsa.privateKey), undefined).type).toBe("ssh-rsa");
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(readPrivateKey(pem(ec.privateKey), undefined).type).toBe("ecdsa-sha2-nistp256");
    const ed = generateKeyPairSync("ed25519");
    expect(() => readPrivateKey(pem(ed.privateKey), undefined)).toThrow("give privateKey in OpenSSH form");
  });

  it("fails when there is no agent at the socket, before anything is dialled", async () => {
    const { port, received } = await sshServer();
    const agentSocketPath = path.join(temporaryFolder(), "agent");
    await expect(run({ port, agentSocketPath, dialErrorLimit: -1 })).rejects.toThrow(
      `dial unix ${agentSocketPath}: connect: no such file or directory`,
    );
    expect(received.total).toBe(0);
  });
});

describe("a host that does not answer", () => {
  /** A port that nobody listens on any more. */
  async function closedPort(): Promise<number> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
  }

  it("refuses the connection", async () => {
    const port = await closedPort();
    const said = silence();
    await expect(run({ port, dialErrorLimit: 2 }, {}, said)).rejects.toThrow(
      `after 2 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
    expect(said.notes).toHaveLength(2);
  });

  it("stays silent, or hangs up", async () => {
    const sockets: { destroy(): void }[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => {
      sockets.forEach((socket) => socket.destroy());
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    await expect(run({ port, perDialTimeout: 1 })).rejects.toThrow("ssh: handshake failed: i/o timeout");

    const rude = createServer((socket) => socket.destroy());
    rude.listen(0, "127.0.0.1");
    await once(rude, "listening");
    onTestFinished(() => {
      rude.close();
    });
    await expect(run({ port: (rude.address() as AddressInfo).port })).rejects.toThrow(
      "after 0 failed attempts: ssh: handshake failed",
    );
  });
});

describe("a bastion", () => {
  it("carries the connection, with its own key and credentials", async () => {
    const host = await sshServer();
    const bastion = await sshServer({ login: (context) => context.username === "jump" });
    const proxy = { host: "127.0.0.1", port: bastion.port, user: "jump", hostKey: bastion.hostKey };
    await run({ port: host.port, hostKey: host.hostKey, proxy });
    expect(host.received.commands).toEqual(["true"]);
    expect(bastion.received.commands).toEqual([]);
    await Promise.all([host.idle(), bastion.idle()]);
  });

  it("is checked like any host, and named in errors", async () => {
    const host = await sshServer();
    const bastion = await sshServer();
    const proxy = { host: "127.0.0.1", port: bastion.port, dialErrorLimit: 0 };
    await expect(run({ port: host.port, proxy: { ...proxy, hostKey: host.hostKey } })).rejects.toThrow(
      "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
    await expect(run({ port: host.port, hostKey: bastion.hostKey, proxy })).rejects.toThrow(
      "ssh: host key mismatch",
    );
    await expect(run({ port: 1, proxy })).rejects.toThrow("proxy: after 0 failed attempts: ssh: rejected:");
    await Promise.all([host.idle(), bastion.idle()]);
    expect(host.received.commands).toEqual([]);
  });
});
