import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { SYSCTL_FILE, type TuningPart } from "../../cloudinit";
import { renderTuningPart } from "../../cloudinit/part";

const PART: TuningPart = {
  settings: [
    { key: "net.core.somaxconn", value: "8192" },
    { key: "net.ipv4.ip_local_port_range", value: "32768 60999" },
  ],
  relisten: [
    { unit: "nginx.service", how: "reload" },
    { unit: "api.service", how: "restart" },
  ],
  hostKey: { privateKey: "-----BEGIN\nkey\n-----END\n", publicKey: "ssh-ed25519 AAAA" },
};

interface Rendered {
  readonly runcmd: readonly (readonly string[])[];
  readonly write_files: readonly { readonly content: string }[];
}
const read = (part: TuningPart) => parse(renderTuningPart(part)) as Rendered;

describe("our part of the user data", () => {
  it("is a cloud-config that says exactly what happens on the host", () => {
    const text = renderTuningPart(PART);
    expect(text.startsWith("#cloud-config\n{")).toBe(true);
    expect(Buffer.byteLength(text)).toBe(text.length);
    const pairs = ["net.core.somaxconn=8192", "net.ipv4.ip_local_port_range=32768 60999"];
    expect(parse(text)).toEqual({
      merge_how: [
        { name: "list", settings: ["append"] },
        { name: "dict", settings: ["no_replace", "recurse_list"] },
      ],
      bootcmd: [["cloud-init-per", "instance", "listen-backlog", "sysctl", "-e", "-w", ...pairs]],
      write_files: [
        {
          path: "/etc/sysctl.d/99-zz-listen-backlog.conf",
          owner: "root:root",
          permissions: "0644",
          content:
            "# Written by listen-backlog: change the declaration, not this file.\n" +
            "net.core.somaxconn = 8192\nnet.ipv4.ip_local_port_range = 32768 60999\n",
        },
      ],
      runcmd: [
        ["sh", "-c", expect.any(String), "listen-backlog", SYSCTL_FILE, ...pairs],
        ["systemctl", "reload", "nginx.service"],
        ["systemctl", "try-restart", "api.service"],
      ],
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: "-----BEGIN\nkey\n-----END\n", ed25519_public: "ssh-ed25519 AAAA" },
    });
  });

  it("leaves the host keys alone where it is given none", () => {
    expect(Object.keys(read({ ...PART, hostKey: undefined }))).toEqual([
      "merge_how",
      "bootcmd",
      "write_files",
      "runcmd",
    ]);
  });
});

describe("the shell that applies the settings", () => {
  const words = read(PART).runcmd[0] ?? [];
  const script = words[2] ?? "";
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "listen-backlog-part-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs it in a network namespace of its own, where the keys exist and may be written. */
  function apply(sysctlFile: string, ...pairs: string[]) {
    const file = join(folder, "sysctl.conf");
    writeFileSync(file, sysctlFile);
    const ran = spawnSync("unshare", ["-n", "dash", "-c", script, "listen-backlog", file, ...pairs], {
      encoding: "utf8",
    });
    return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  }

  it.each([
    ["dash", ["-n"]],
    ["bash", ["-n"]],
    ["shellcheck", ["--shell=sh", "-"]],
  ])("passes %s", (tool, args) => {
    const ran = spawnSync(tool, args, { input: `#!/bin/sh\n${script}\n`, encoding: "utf8" });
    expect(ran.error, `${tool} is needed: apt-get install ${tool}`).toBeUndefined();
    expect(ran.stdout + ran.stderr).toBe("");
    expect(ran.status).toBe(0);
  });

  it("applies the file that we write, and logs each value that is now live", () => {
    const content = read(PART).write_files[0]?.content ?? "";
    expect(apply(content, ...words.slice(5))).toEqual({
      status: 0,
      stdout:
        "listen-backlog: net.core.somaxconn = 8192\nlisten-backlog: net.ipv4.ip_local_port_range = 32768 60999\n",
      stderr: "",
    });
  });

  it("says what the kernel refused, what is missing, and goes on", () => {
    const ran = apply(
      "net.core.somaxconn = -5\nnet.core.no_such_key = 1\nnet.ipv4.tcp_syncookies = 2\n",
      "net.core.somaxconn=-5",
      "net.core.no_such_key=1",
      "net.ipv4.tcp_syncookies=2",
    );
    expect(ran.status).toBe(0);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(
      /^listen-backlog: net\.core\.somaxconn is \d+, wanted -5\nlisten-backlog: net\.core\.no_such_key is missing, wanted 1\nlisten-backlog: net\.ipv4\.tcp_syncookies = 2\n$/,
    );
  });

  it("says so where the file is not there, and does not fail the boot", () => {
    const ran = spawnSync(
      "unshare",
      ["-n", "dash", "-c", script, "x", join(folder, "none"), "net.core.somaxconn=7"],
      {
        encoding: "utf8",
      },
    );
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(/^listen-backlog: net\.core\.somaxconn is \d+, wanted 7\n$/);
  });
});
