import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applyArguments, applyScript, renderSudoers } from "../../apply";
import { resolveDeclaration } from "../../backlog";
import { BacklogVerification, TunedHost } from "../../components";
import { ssh, type SshResult } from "../../lab/hosts";
import { probeCommand } from "../../probe";
import { ExistingHosts, nginxSite, type ExistingHost, type Program } from "./support/existing-host";

const OURS = "99-zz-listen-backlog.conf";
const SERVICES = [{ name: "nginx", backlog: 8192, relisten: "restart" } as const];
const DECLARED = resolveDeclaration({ services: SERVICES });
let all: ExistingHosts;
let web: ExistingHost;

beforeAll(async () => {
  all = await ExistingHosts.open();
  web = await all.host("web", { files: nginxSite(8192), commands: ["systemctl start nginx"] });
  await web.sh(
    "useradd -m -s /bin/sh tuner; cp -r /home/admin/.ssh /home/tuner/; chown -R tuner: /home/tuner/.ssh; " +
      "cp -r /home/admin/.ssh/authorized_keys /root/.ssh/",
  );
});
afterAll(() => all.close());
beforeEach(async () => {
  await web.sh(
    // The tests start it more often than systemd lets anybody who does not say so.
    "rm -f /etc/sudoers.d/tuner /etc/sysctl.d/*listen-backlog*; sysctl -q -w net.core.somaxconn=1024; " +
      "systemctl restart nginx; systemctl reset-failed nginx",
  );
});

function tuned(user: string, args: { mode?: string; restoreOnDestroy?: boolean } = {}): Program {
  return () => {
    const host = new TunedHost("web", {
      services: SERVICES,
      host: web.address,
      ssh: { ...web.ssh, user },
      ...args,
    });
    return { steps: host.steps, verdict: host.verdict };
  };
}

/** Gives `tuner` these lines, after visudo has looked at them. */
async function allow(sudoers: string): Promise<void> {
  await web.sh(
    `cat >/root/tuner <<'END'\n${sudoers}END\nvisudo -c -q -f /root/tuner && install -m 0440 /root/tuner /etc/sudoers.d/tuner`,
  );
}

/** Tunes as `tuner`: the same script and arguments as the component's, without a start of the engine. */
function apply(): Promise<SshResult> {
  const args = applyArguments(DECLARED, {
    host: "web",
    mode: "at-least",
    fileName: OURS,
    waitSeconds: 0,
    settleSeconds: 30,
  });
  return ssh({ ...web.target, user: "tuner", command: probeCommand(args), input: applyScript() });
}

const unchanged = async () => [await web.somaxconn(), await web.sysctlFiles(), await web.effective(80)];
const BEFORE = ["1024", [], [1024]];

describe("a user without privileges", () => {
  it("cannot tune, and learns which command is missing before anything is changed", async () => {
    const run = await all.up(tuned("tuner"));
    expect(run.ok).toBe(false);
    expect(run.errors).toContain(
      `could not apply on web: this user is not root, and sudo does not let it run: rm -f /etc/sysctl.d/.${OURS}.new; add that to sudoers with NOPASSWD`,
    );
    expect(await unchanged()).toEqual(BEFORE);
  });

  it("cannot tune where one command is missing, whatever it is", async () => {
    const sudoers = renderSudoers(DECLARED, {
      user: "tuner",
      fileName: OURS,
    });
    const commands = sudoers.split("\n").filter((line) => line.startsWith("  /"));
    expect(commands).toHaveLength(9);
    for (const missing of commands.filter((line) => !line.includes("restorecon"))) {
      await allow(sudoers.replace(`${missing}\n`, missing.endsWith("\\") ? "" : "  /usr/bin/false\n"));
      const { code, stderr } = await apply();
      const [, command = ""] = /\/([^/]+ .*?)(?:, \\)?$/.exec(missing.replace(/\/usr\/s?bin\//, "/")) ?? [];
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`sudo does not let it run: ${command};`) as string,
      });
      expect(await unchanged()).toEqual(BEFORE);
    }
  });

  it("cannot tune where sudo wants a terminal, and learns that it is that", async () => {
    await allow(`${renderSudoers(DECLARED, { user: "tuner", fileName: OURS })}Defaults:tuner requiretty\n`);
    const { code, stderr } = await apply();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `could not apply on web: sudo lets this user run nothing without a terminal: rm -f /etc/sysctl.d/.${OURS}.new; add 'Defaults:tuner !requiretty' to sudoers, or connect as root\n`,
    });
    expect(await unchanged()).toEqual(BEFORE);
  });

  it("verifies all the same", async () => {
    await web.sh(
      `echo net.core.somaxconn=8192 >/etc/sysctl.d/${OURS}; sysctl -q -p /etc/sysctl.d/${OURS}; systemctl restart nginx`,
    );
    const run = await all.up(() => {
      const verification = new BacklogVerification("web", {
        services: SERVICES,
        host: web.address,
        ssh: { ...web.ssh, user: "tuner" },
      });
      return { verdict: verification.verdict };
    });
    expect(run).toMatchObject({ ok: true, errors: "" });
    expect(await all.outputs()).toEqual({ verdict: "as-declared" });
  });

  it("tunes and restores with exactly the commands of the sudoers lines", async () => {
    await allow(renderSudoers(DECLARED, { user: "tuner", fileName: OURS }));
    const run = await all.up(tuned("tuner", { restoreOnDestroy: true }));
    expect(run).toMatchObject({ ok: true, errors: "" });
    expect(await all.outputs()).toMatchObject({ verdict: "as-declared", steps: { length: 3 } });
    expect(await web.sh(`stat -c '%U %G %a' /etc/sysctl.d/${OURS}`)).toBe("root root 644");
    // What it may is what it needs.
    expect((await web.run("su tuner -c 'sudo -n systemctl stop nginx.service'")).code).toBe(1);
    const gone = await all.destroy();
    expect(gone).toMatchObject({ ok: true, errors: "" });
    expect(await web.somaxconn()).toBe("1024");
    expect(await web.sysctlFiles()).toEqual([]);
  });

  it("needs none where there is nothing to do", async () => {
    expect((await all.up(tuned("root"))).ok).toBe(true);
    expect(await all.up(tuned("tuner"))).toMatchObject({ ok: true, errors: "" });
    expect(await all.outputs()).toMatchObject({ verdict: "as-declared", steps: [] });
    expect((await all.destroy()).ok).toBe(true);
  });

  it.each([
    ["for everything", "tuner ALL=(ALL) ALL\n"],
    ["and none for something else", "tuner ALL=(ALL) ALL\ntuner ALL=(root) NOPASSWD: /usr/bin/true\n"],
    [
      "by a later line",
      renderSudoers(DECLARED, { user: "tuner", fileName: OURS }) + "tuner ALL=(ALL:ALL) PASSWD: ALL\n",
    ],
  ])("is not let in where sudo asks for a password %s: that is an answer", async (_, sudoers) => {
    await web.sh("echo tuner:secret | chpasswd");
    await allow(sudoers);
    const { code, stderr } = await apply();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        /sudo does not let it run: rm -f .*; add that to sudoers with NOPASSWD/,
      ) as string,
    });
    expect(await unchanged()).toEqual(BEFORE);
  });

  it.each([
    [
      "behind a line that asks for one",
      "tuner ALL=(ALL) ALL\n" + renderSudoers(DECLARED, { user: "tuner", fileName: OURS }),
    ],
    ["by way of a default", "Defaults:tuner !authenticate\ntuner ALL=(ALL) ALL\n"],
    ["for everything", "tuner ALL=(ALL) NOPASSWD: ALL\n"],
  ])("is let in where sudo asks for no password %s", async (_, sudoers) => {
    await allow(sudoers);
    expect(await apply()).toMatchObject({ code: 0, stderr: "" });
    expect(await unchanged()).toEqual(["8192", [OURS], [8192]]);
  });
});

describe("a host that will not be written", () => {
  it("keeps what it had where /proc/sys is read-only", async () => {
    // The next session of root gets a mount namespace of its own.
    await web.sh(
      'printf \'#!/bin/sh\nexec unshare -m sh -c "mount -o bind,ro /proc/sys /proc/sys; exec /bin/sh \\"\\$@\\"" sh "$@"\n\' >/root/shell; chmod 0755 /root/shell; usermod -s /root/shell root',
    );
    const run = await all.up(tuned("root"));
    await web.sh("usermod -s /bin/bash root");
    expect(run.ok).toBe(false);
    expect(run.errors).toMatch(
      /could not apply on web: the kernel did not take net\.core\.somaxconn = 8192, it is 1024 \(sysctl: permission denied on key "net.core.somaxconn"\); everything is as it was before/,
    );
    expect(await unchanged()).toEqual(BEFORE);
  });

  it("keeps what it had where the disk is full", async () => {
    await web.sh(
      "mount -t tmpfs -o size=4k tmpfs /etc/sysctl.d; head -c 4096 /dev/zero >/etc/sysctl.d/filler || :",
    );
    const run = await all.up(tuned("root"));
    expect(run.errors).toMatch(
      /could not apply on web: \/etc\/sysctl\.d\/\S+ could not be written: .*No space left on device.*; everything is as it was before/,
    );
    expect(await web.sysctlFiles()).toEqual([]);
    await web.sh("umount /etc/sysctl.d");
    expect(await unchanged()).toEqual(BEFORE);
    expect((await all.up(tuned("root"))).ok).toBe(true);
  });

  it("is not written over somebody else's file", async () => {
    await web.sh(`echo '# mine' >/etc/sysctl.d/${OURS}`);
    const run = await all.up(tuned("root", { mode: "exact" }));
    expect(run.errors).toContain(
      `could not apply on web: /etc/sysctl.d/${OURS} was not written by listen-backlog; give sysctlFileName another name, or move that file away`,
    );
    expect(await web.file()).toBe("# mine\n");
  });
});
