import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TunedHost, type HostSshArgs, type TunedHostArgs } from "../../components";
import { generateHostKey } from "../../components/host-key";
import { ExistingHosts, nginxSite, type ExistingHost, type Program } from "./support/existing-host";

const OURS = "99-zz-listen-backlog.conf";
let all: ExistingHosts;
let web: ExistingHost;
let folder: string;
/** A key with a passphrase that makes every shell stumble that it reaches. */
let sealed: HostSshArgs;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "listen-backlog-restore-"));
  all = await ExistingHosts.open();
  web = await all.host("web", { files: nginxSite(8192), commands: ["systemctl start nginx"] });
  const file = path.join(folder, "key");
  const privateKeyPassword = "pass 'word\"$(id)";
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-C", "sealed", "-N", privateKeyPassword, "-f", file]);
  const publicKey = fs.readFileSync(`${file}.pub`, "utf8").trim();
  await web.sh(`echo '${publicKey}' >>/home/admin/.ssh/authorized_keys`);
  sealed = { ...web.ssh, privateKey: fs.readFileSync(file, "utf8"), privateKeyPassword };
});
afterAll(async () => {
  fs.rmSync(folder, { recursive: true });
  await all.close();
});
beforeEach(async () => {
  await web.sh(
    `rm -f /etc/sysctl.d/*listen-backlog*; sysctl -q -w net.core.somaxconn=1024 net.ipv4.tcp_fin_timeout=60`,
  );
});

function tuned(args: Partial<TunedHostArgs> = {}): Program {
  return () => {
    const host = new TunedHost("web", {
      services: [{ name: "nginx", backlog: 8192, relisten: "restart" }],
      settings: { extra: { "net.ipv4.tcp_fin_timeout": "90" } },
      host: web.address,
      ssh: web.ssh,
      restoreOnDestroy: true,
      ...args,
    });
    return { verdict: host.verdict };
  };
}

const values = () => web.sh("sysctl -n net.core.somaxconn net.ipv4.tcp_fin_timeout | tr '\\n' ' '");

async function up(program: Program): Promise<void> {
  expect(await all.up(program)).toMatchObject({ ok: true, errors: "" });
}

describe("restoreOnDestroy", () => {
  it("puts the earlier values back, those of before the first update, and removes the file", async () => {
    await up(tuned());
    await up(tuned({ settings: { somaxconn: 20000 } }));
    expect(await values()).toBe("20000 90");
    const gone = await all.destroy();
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(gone.text).toContain(
      "listen-backlog: restored: web: set net.core.somaxconn from 20000 to 1024; set net.ipv4.tcp_fin_timeout from 90 to 60; removed",
    );
    expect(await values()).toBe("1024 60");
    expect(await web.sysctlFiles()).toEqual([]);
    // Nothing was done to the service.
    expect(await web.effective(80)).toEqual([8192]);
  });

  it("puts back what stood in a file of ours before, as cloud-init had written it", async () => {
    const earlier =
      "# Written by listen-backlog: change the declaration, not this file.\nnet.core.somaxconn = 1024\n";
    await web.sh(`printf %s '${earlier}' >/etc/sysctl.d/${OURS}`);
    await up(tuned());
    expect(await web.file()).toContain("# before in this file: net.core.somaxconn = 1024\n");
    expect((await all.destroy()).ok).toBe(true);
    expect(await web.file()).toBe(earlier);
    expect(await values()).toBe("1024 60");
  });

  it("leaves the host tuned where it is taken back before the destroy", async () => {
    await up(tuned());
    await up(tuned({ restoreOnDestroy: false }));
    expect(await values()).toBe("8192 90");
    const before = await web.connections();
    expect((await all.destroy()).ok).toBe(true);
    expect(await values()).toBe("8192 90");
    expect(await web.connections()).toBe(before);
  });

  it("leaves the host tuned where the resource is replaced by another for the same host", async () => {
    await up(tuned());
    // Another name, as after a renaming without an alias.
    const { ssh } = web;
    await up(() => {
      new TunedHost("renamed", {
        services: [{ name: "nginx", backlog: 8192 }],
        host: web.address,
        ssh,
        restoreOnDestroy: true,
      });
      return {};
    });
    expect(await web.somaxconn()).toBe("8192");
    expect(await web.file()).toContain("net.core.somaxconn = 8192\n");
    expect((await all.destroy()).ok).toBe(true);
    expect(await values()).toBe("1024 60");
  });

  it("logs in with a key that has a passphrase, without any file of it", async () => {
    await up(tuned({ ssh: sealed }));
    expect((await all.destroy()).ok).toBe(true);
    expect(await values()).toBe("1024 60");
    expect(fs.readdirSync("/tmp").filter((name) => /^listen-backlog\.\w{6}$/.test(name))).toEqual([]);
  });

  it("says so where the host answers and does not let it log in, and can be run again", async () => {
    await up(tuned({ ssh: sealed }));
    const keys = "/home/admin/.ssh/authorized_keys";
    await web.sh(`cp -p ${keys} /root/; sed -i /sealed/d ${keys}`);
    const failed = await all.destroy();
    expect(failed.ok).toBe(false);
    expect(failed.errors).toContain(
      `listen-backlog: the values on ${web.address} could not be put back: it did not let admin log in (admin@${web.address}: Permission denied`,
    );
    expect(await values()).toBe("8192 90");
    await web.sh(`cp -p /root/authorized_keys ${keys}`);
    expect((await all.destroy()).ok).toBe(true);
    expect(await values()).toBe("1024 60");
  });

  it("leaves alone whoever answers with another host key", async () => {
    await up(tuned());
    await web.changeHostKey(generateHostKey());
    const gone = await all.destroy();
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(gone.text).toContain(
      `listen-backlog: nothing was restored on ${web.address}: it, or its bastion, showed another host key than the pinned one`,
    );
    expect(await values()).toBe("8192 90");
  });

  it("asks no key of a host where that was chosen by its full name, with a warning", async () => {
    const { user, privateKey } = web.ssh;
    const run = await all.up(tuned({ ssh: { user, privateKey, dangerouslyAcceptAnyHostKey: true } }));
    expect(run.ok).toBe(true);
    expect(run.warnings).toContain("dangerouslyAcceptAnyHostKey: anybody on the way can pose as this host");
    expect((await all.destroy()).ok).toBe(true);
    expect(await values()).toBe("1024 60");
  });

  it("takes no more from a host than an answer may be, and can be run again", async () => {
    await web.sh(
      "useradd -m -s /bin/sh noisy; echo 'noisy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/noisy; " +
        "cp -r /home/admin/.ssh /home/noisy/; chown -R noisy: /home/noisy/.ssh; " +
        "printf '#!/bin/sh\nyes noise | head -c 10000000\nexec /bin/sh \"$@\"\n' >/home/noisy/shell; chmod 0755 /home/noisy/shell",
    );
    await up(tuned({ ssh: { ...web.ssh, hostKey: web.currentHostKey(), user: "noisy" } }));
    await web.sh("usermod -s /home/noisy/shell noisy");
    const failed = await all.destroy();
    expect(failed.ok).toBe(false);
    expect(failed.errors).toContain(
      `listen-backlog: the values on ${web.address} could not be put back: it sent more than any answer has`,
    );
    expect(failed.text.length).toBeLessThan(20_000);
    expect(await values()).toBe("8192 90");
    await web.sh("usermod -s /bin/sh noisy");
    expect((await all.destroy()).ok).toBe(true);
    expect(await values()).toBe("1024 60");
  });

  it("reaches a host whose address has a zone", async () => {
    await web.sh(
      "sysctl -q -w net.ipv6.conf.host0.disable_ipv6=0; ip -6 addr add fe80::99/64 dev host0 nodad",
    );
    const host = `fe80::99%${all.lab.bridge}`;
    await up(tuned({ host, ssh: { ...web.ssh, hostKey: web.currentHostKey() } }));
    const gone = await all.destroy();
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(gone.text).toContain("listen-backlog: restored: web: ");
    expect(await values()).toBe("1024 60");
  });

  it("does not keep a stack from going whose host is gone", async () => {
    await up(tuned({ ssh: { ...web.ssh, hostKey: web.currentHostKey() } }));
    await all.hosts.stop(web.instanceId);
    const gone = await all.destroy();
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(gone.text).toContain(
      `listen-backlog: nothing was restored on ${web.address}: it cannot be reached (ssh: connect to host ${web.address} port 22:`,
    );
  });
});
