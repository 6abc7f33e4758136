import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  composeUserData,
  readUserData,
  relistenScript,
  SYSCTL_FILE,
  UserDataError,
  type RelistenStep,
  type TuningPart,
} from "../../cloudinit";
import { earlyCommands, renderHostScript } from "../../cloudinit/host-script";
import { tuningParts } from "../../cloudinit/part";
import { cleanFileName, scriptNameBehind } from "../../cloudinit/script-name";
import { shellQuote } from "../../cloudinit/shell-quote";
import { generateHostKey } from "../../components/host-key";

const HOST_KEY = generateHostKey();
const PART: TuningPart = {
  settings: [
    { key: "net.core.somaxconn", value: "8192" },
    { key: "net.ipv4.ip_local_port_range", value: "32768 60999" },
  ],
  relisten: [
    { unit: "nginx.service", how: "reload" },
    { unit: "api.service", how: "restart" },
  ],
  hostKey: HOST_KEY,
};
const FILE_TEXT =
  "# Written by listen-backlog: change the declaration, not this file.\n" +
  "net.core.somaxconn = 8192\nnet.ipv4.ip_local_port_range = 32768 60999\n";

function contentsOf(part: TuningPart): string[] {
  return tuningParts(part).map((of) => ("content" in of ? of.content : ""));
}
const configOf = (part: TuningPart) => parse(contentsOf(part)[0] ?? "") as Record<string, unknown>;

describe("our parts of the user data", () => {
  it("are a cloud-config and a script, named so that they come last", () => {
    expect(tuningParts(PART)).toMatchObject([
      { contentType: "text/cloud-config", fileName: "99-zz-listen-backlog.cfg" },
      { contentType: "text/x-shellscript", fileName: "zz-listen-backlog.sh" },
    ]);
    for (const text of contentsOf(PART)) {
      expect(Buffer.byteLength(text)).toBe(text.length);
    }
  });

  it("say exactly what cloud-init does on the host", () => {
    expect(contentsOf(PART)[0]?.startsWith("#cloud-config\n{")).toBe(true);
    expect(configOf(PART)).toEqual({
      merge_how: [
        { name: "list", settings: ["append"] },
        { name: "dict", settings: ["no_replace", "recurse_list"] },
      ],
      bootcmd: [
        "listen_backlog=$?",
        "cloud-init-per instance listen-backlog-net.core.somaxconn-8192 " +
          "sysctl -e -q -w 'net.core.somaxconn=8192' >/dev/null 2>&1 || :",
        "cloud-init-per instance listen-backlog-net.ipv4.ip-local-port-range-32768-60999 " +
          "sysctl -e -q -w 'net.ipv4.ip_local_port_range=32768 60999' >/dev/null 2>&1 || :",
        "(exit $listen_backlog)",
      ],
      write_files: [{ path: SYSCTL_FILE, owner: "root:root", permissions: "0644", content: FILE_TEXT }],
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: HOST_KEY.privateKey, ed25519_public: HOST_KEY.publicKey },
    });
  });

  it("leave out what is not asked for", () => {
    expect(Object.keys(configOf({ ...PART, hostKey: undefined }))).toEqual([
      "merge_how",
      "bootcmd",
      "write_files",
    ]);
    expect(Object.keys(configOf({ ...PART, hostKey: undefined, early: false }))).toEqual([
      "merge_how",
      "write_files",
    ]);
    expect(Object.keys(configOf({ ...PART, hostKey: undefined, settings: [] }))).toEqual([
      "merge_how",
      "write_files",
    ]);
  });

  it("leave nothing unknown to our own reader", () => {
    const relisten: RelistenStep[] = [...PART.relisten, { unit: "own.socket", how: "restart" }];
    const { live, persisted, conflicts, unknown } = readUserData(
      composeUserData(undefined, { ...PART, relisten }),
    );
    expect({ conflicts, unknown }).toEqual({ conflicts: [], unknown: [] });
    const values = PART.settings.map(({ key, value }) => ({ key, value }));
    expect(live).toMatchObject(values.map((setting) => ({ ...setting, runtimeOnly: false })));
    expect(persisted).toMatchObject(values.map((setting) => ({ ...setting, file: SYSCTL_FILE })));
  });

  it("write the file under the name that is given", () => {
    const part = { ...PART, fileName: "99-zzz-own.conf" };
    expect(configOf(part).write_files).toMatchObject([{ path: "/etc/sysctl.d/99-zzz-own.conf" }]);
    expect(contentsOf(part)[1]).toContain("sysctl -e -p '/etc/sysctl.d/99-zzz-own.conf'");
  });

  it("quote every word for the shell", () => {
    const word = 'a\'b "$(touch /x)" \\ `c`\n';
    const ran = spawnSync("dash", ["-c", `printf %s ${shellQuote(word)}`], { encoding: "utf8" });
    expect(ran.stdout).toBe(word);
  });
});

describe("the script on the host", () => {
  const script = contentsOf(PART)[1] ?? "";
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "listen-backlog-part-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs it in a network namespace of its own, where the keys exist and may be written, with a systemctl that only answers. */
  function run({ settings, relisten }: TuningPart, content: string, sysctlConf = "", systemctl = "exit 3") {
    const [file, conf, bin] = ["own.conf", "sysctl.conf", "systemctl"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    rmSync(file, { force: true });
    writeFileSync(conf, sysctlConf);
    writeFileSync(bin, `#!/bin/sh\necho "$*" >> ${folder}/asked\n${systemctl}\n`, { mode: 0o755 });
    writeFileSync(join(folder, "asked"), "");
    const text = renderHostScript({ path: file, content }, settings, relisten).replaceAll(
      "/etc/sysctl.conf 2>",
      `${conf} 2>`,
    );
    const ran = spawnSync("unshare", ["-n", "dash", "-c", text], {
      encoding: "utf8",
      env: { PATH: `${folder}:${process.env.PATH ?? ""}` },
    });
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    // write_files may have failed before it came to our file.
    expect(readFileSync(file, "utf8")).toBe(content);
    return { lines: ran.stdout.trimEnd().split("\n"), asked: readFileSync(join(folder, "asked"), "utf8") };
  }
  const only = (key: string, value: string): TuningPart => ({ settings: [{ key, value }], relisten: [] });

  it.each([
    ["dash", ["-n"]],
    ["bash", ["-n"]],
    // What systemctl names is several words.
    ["shellcheck", ["--shell=sh", "--exclude=SC2086", "-"]],
  ])("passes %s", (tool, args) => {
    const early = `#!/bin/sh\n${earlyCommands(PART.settings).join("\n")}\n`;
    for (const input of [
      script,
      early,
      `#!/bin/sh\n${relistenScript([...PART.relisten, { unit: "own.socket", how: "restart" }])}`,
    ]) {
      const ran = spawnSync(tool, args, { input, encoding: "utf8" });
      expect(ran.error, `${tool} is needed: apt-get install ${tool}`).toBeUndefined();
      expect(ran.stdout + ran.stderr).toBe("");
      expect(ran.status).toBe(0);
    }
  });

  it("applies the file that we write, and logs each value that is now live", () => {
    expect(run({ ...PART, relisten: [] }, FILE_TEXT).lines).toEqual([
      "listen-backlog: net.core.somaxconn = 8192",
      "listen-backlog: net.ipv4.ip_local_port_range = 32768 60999",
    ]);
  });

  it("says what the kernel refused, what is missing, and goes on", () => {
    const settings = [
      { key: "net.core.somaxconn", value: "-5" },
      { key: "net.core.no_such_key", value: "1" },
      { key: "net.ipv4.tcp_syncookies", value: "2" },
    ];
    const text = settings.map(({ key, value }) => `${key} = ${value}\n`).join("");
    expect(run({ settings, relisten: [] }, text).lines).toEqual([
      expect.stringMatching(/^listen-backlog: net\.core\.somaxconn is \d+, wanted -5$/),
      "listen-backlog: net.core.no_such_key is missing, wanted 1",
      "listen-backlog: net.ipv4.tcp_syncookies = 2",
    ]);
  });

  it.each([
    ["net.core.somaxconn=1\n", true],
    ["a=b\n -net/core/somaxconn = 1\n", true],
    ["\tnet.core.somaxconn\t=1", true],
    ["#net.core.somaxconn=1\n; net.core.somaxconn=1\n", false],
    ["net.core.somaxconn_x=1\nnetXcoreXsomaxconn=1\n", false],
  ])("looks for the key in /etc/sysctl.conf: %j", (sysctlConf, said) => {
    const { lines } = run(only("net.core.somaxconn", "4096"), "net.core.somaxconn = 4096\n", sysctlConf);
    expect(lines.slice(1)).toEqual(
      said
        ? [
            "listen-backlog: net.core.somaxconn is also in /etc/sysctl.conf, which sysctl --system reads last: remove it there",
          ]
        : [],
    );
  });

  it("lets a running unit listen again, and touches no other", () => {
    const { relisten } = PART;
    const active = "case $1 in is-active) echo active;; restart) exit 1;; esac";
    expect(run({ settings: [], relisten }, "", "", active)).toEqual({
      lines: ["listen-backlog: nginx.service: reload done", "listen-backlog: api.service: restart failed"],
      asked: "is-active nginx.service\nreload nginx.service\nis-active api.service\nrestart api.service\n",
    });
    expect(run({ settings: [], relisten }, "", "", "echo activating; exit 3")).toEqual({
      lines: [
        "listen-backlog: nginx.service is activating: no reload",
        "listen-backlog: api.service is activating: no restart",
      ],
      asked: "is-active nginx.service\nis-active api.service\n",
    });
  });

  it("lets a socket unit listen again with the service that it serves stopped, and starts what was active", () => {
    const relisten: RelistenStep[] = [
      { unit: "own.socket", how: "restart" },
      { unit: "own.socket", how: "reload" },
    ];
    const socket = (accept: string, triggers: string) =>
      `case "$*" in "is-active own.socket") echo active;; *" idle.service") exit 3;; *Accept*) echo Accept=${accept};;` +
      ` *Triggers*) echo Triggers=${triggers};; *RequiredBy*) printf 'RequiredBy=needs.service idle.service\\n\\nBoundBy=\\n';; esac`;
    const asked = (name: string, rest: string) =>
      `is-active own.socket\nshow -p Accept own.socket\n${rest}`.replaceAll("SERVED", name).repeat(2);
    const dependents = "-q is-active needs.service\n-q is-active idle.service\n";
    expect(run({ settings: [], relisten }, "", "", socket("no", "own.service"))).toEqual({
      lines: Array(2).fill("listen-backlog: own.socket: restart done"),
      asked: asked(
        "own.service",
        "show -p Triggers own.socket\nshow -p RequiredBy -p BoundBy -p ConsistsOf own.socket SERVED\n" +
          `-q is-active SERVED\n${dependents}stop own.socket SERVED\nstart own.socket SERVED needs.service\n`,
      ),
    });
    // Each connection has a service of its own, which would be cut off.
    expect(run({ settings: [], relisten }, "", "", socket("yes", "own@1.service")).asked).toBe(
      asked(
        "",
        `show -p RequiredBy -p BoundBy -p ConsistsOf own.socket\n${dependents}stop own.socket\nstart own.socket needs.service\n`,
      ),
    );
    expect(run({ settings: [], relisten }, "", "", "echo failed; exit 3")).toEqual({
      lines: Array(2).fill("listen-backlog: own.socket is failed: no restart"),
      asked: "is-active own.socket\n".repeat(2),
    });
  });

  it("lets units listen again by itself, and is empty where there are none", () => {
    expect(relistenScript([])).toBe("");
    writeFileSync(join(folder, "systemctl"), "#!/bin/sh\necho active\n", { mode: 0o755 });
    const ran = spawnSync("/bin/dash", ["-c", relistenScript(PART.relisten)], {
      encoding: "utf8",
      env: { PATH: folder },
    });
    expect([ran.status, ran.stdout, ran.stderr]).toEqual([
      0,
      "listen-backlog: nginx.service: reload done\nlisten-backlog: api.service: restart done\n",
      "",
    ]);
  });

  it("keeps the exit code of the user's bootcmd before it, whatever becomes of ours", () => {
    for (const code of [0, 3]) {
      const early = earlyCommands(PART.settings).join("\n");
      const ran = spawnSync("/bin/dash", ["-c", `(exit ${code})\n${early}`], {
        encoding: "utf8",
        env: { PATH: folder },
      });
      expect([ran.status, ran.stdout, ran.stderr]).toEqual([code, "", ""]);
    }
  });

  it.each([
    [{ unit: "nginx.service", how: "restart; touch /tmp/x" }],
    [{ unit: "--version", how: "restart" }],
    [{ unit: "nginx.service; reboot", how: "reload" }],
  ])("refuses %j, which root would run", (step) => {
    const relisten = [step as RelistenStep];
    expect(() => composeUserData(undefined, { settings: [], relisten })).toThrow(UserDataError);
  });
});

describe("the name of the script", () => {
  it.each<[string[], string]>([
    [[], "zz-listen-backlog.sh"],
    [["part-001", "zz", "zz-a.sh", "zz-listen-backlog.s"], "zz-listen-backlog.sh"],
    [["zz-listen-backlog.sh"], "zzz-listen-backlog.sh"],
    [["zz-listen-backlog.sh.old"], "zzz-listen-backlog.sh"],
    [["zzz"], "zzz-listen-backlog.sh"],
    [["zzzz.sh", "b"], "zzzzz-listen-backlog.sh"],
    [["z".repeat(230)], `${"z".repeat(230)}-listen-backlog.sh`],
  ])("is behind %j", (others, name) => {
    expect(scriptNameBehind(others)).toBe(name);
    for (const other of others) {
      expect([other, name].sort()).toEqual([other, name]);
    }
  });

  it("is refused where none is left", () => {
    expect(() => scriptNameBehind(["z".repeat(255)])).toThrow(UserDataError);
  });

  it("is compared with names as cloud-init cleans them", () => {
    expect(cleanFileName("../zz/\u00e9 b~c(1)_x-y.sh\n")).toBe(".._zz_bc(1)_x-y.sh");
  });
});
