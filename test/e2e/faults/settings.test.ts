import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FaultLab, OURS, type FaultHost, type Wanted } from "../support/fault-lab";
import { NGINX_SITE, nginxListening } from "../support/fault-services";

// One host, whose settings are harmed and put right again. Before each test it is tuned to 8192, and right.

let lab: FaultLab;
let web: FaultHost;

const nginx = { name: "nginx", backlog: 8192 };
const wanted: Wanted = { services: [nginx] };
const tuning: Wanted = { services: [{ ...nginx, relisten: "restart" }] };

beforeAll(async () => {
  lab = await FaultLab.open();
  web = await lab.host("web", {
    files: { [NGINX_SITE]: nginxListening("80 backlog=8192") },
    commands: ["systemctl start nginx redis-server"],
  });
  expect((await web.tune(tuning)).verdict).toBe("changed");
  await web.remember();
});
afterAll(() => lab.close());
beforeEach(async () => {
  await web.restore();
  expect(await web.look(wanted)).toMatchObject({ code: 0, errors: [] });
});

const live = (value: string) => ({
  rule: "live-setting",
  subject: "net.core.somaxconn (live)",
  wanted: "8192",
  got: value,
});
const persisted = (value: string) => ({
  rule: "persisted-setting",
  subject: "net.core.somaxconn (next boot)",
  wanted: "8192",
  got: value,
});
const containing = (text: string): unknown => expect.stringContaining(text);
const somaxconn = () => web.sh("cat /proc/sys/net/core/somaxconn");

async function expectHealed(steps: readonly string[]): Promise<void> {
  expect((await web.tune(tuning)).steps).toEqual(steps);
  expect(await web.look(wanted)).toMatchObject({ code: 0, errors: [] });
}

describe("another file that sets the key", () => {
  const later = "/etc/sysctl.d/99-zzz.conf";

  it("and is read later wins at the next boot: the line to remove is named", async () => {
    await web.write(later, "# tuning of last year\nnet.core.somaxconn=1024\n");
    const found = await web.look(wanted);
    expect(found).toMatchObject({
      code: 1,
      line: "not as declared: web: net.core.somaxconn (next boot): wanted 8192, got 1024",
      errors: [
        {
          ...persisted("1024"),
          cause: `${later} line 2 is the last to set it.`,
          fix: `remove line 2 from ${later}`,
        },
      ],
    });
    expect(found.report.settings[0]).toMatchObject({
      file: later,
      line: 2,
      losers: [{ file: OURS, value: "8192" }],
    });
    // So it is: this is what a boot runs.
    await web.sh("systemctl restart systemd-sysctl");
    expect(await somaxconn()).toBe("1024");
    expect((await web.look(wanted)).errors).toMatchObject([
      { ...live("1024"), cause: `${later} line 2 sets 1024.` },
      persisted("1024"),
    ]);

    // Somebody else's file is not ours to change: tuning helps until the next boot, and the rest is said again.
    expect((await web.tune(tuning)).steps).toEqual(["set net.core.somaxconn from 1024 to 8192"]);
    expect((await web.look(wanted)).errors).toMatchObject([
      { ...persisted("1024"), fix: `remove line 2 from ${later}` },
    ]);
    await web.sh(`sed -i 2d ${later}`);
    await expectHealed([]);
  });

  it("to more is right where at least is asked for, is not lowered, and is wrong where exact is", async () => {
    await web.write(later, "net.core.somaxconn = 65535\n");
    await web.sh(`sysctl -q -p ${later}`);
    expect(await web.look(wanted)).toMatchObject({ code: 0, errors: [] });
    expect((await web.tune(tuning)).verdict).toBe("changed");
    expect(await web.sh(`grep -v '^#' ${OURS}`)).toBe("net.core.somaxconn = 65535");
    expect(await somaxconn()).toBe("65535");
    expect((await web.look({ ...wanted, mode: "exact" })).errors).toMatchObject([
      live("65535"),
      { ...persisted("65535"), fix: `remove line 1 from ${later}` },
    ]);
  });

  it("/etc/sysctl.conf, is warned of while ours wins, and found when somebody lets it win", async () => {
    await web.write("/etc/sysctl.conf", "vm.swappiness = 10\nnet.core.somaxconn = 1024\n");
    const warned = await web.look(wanted);
    expect(warned).toMatchObject({ code: 0, errors: [] });
    expect(warned.findings).toContainEqual(
      expect.objectContaining({
        rule: "sysctl-conf-agrees",
        severity: "warning",
        subject: "/etc/sysctl.conf line 2",
        wanted: "net.core.somaxconn = 8192",
        got: "1024",
        cause: containing("sysctl --system and sysctl -p read this file last"),
        fix: "remove line 2 from /etc/sysctl.conf",
      }),
    );
    // A boot does not read it after ours; `sysctl --system` does. Its exit code is that of the key that a lab host must not set.
    await web.sh("systemctl restart systemd-sysctl");
    expect(await somaxconn()).toBe("8192");
    await web.sh("sysctl --system >/dev/null 2>&1 || :");
    expect((await web.look(wanted)).errors).toMatchObject([
      { ...live("1024"), cause: containing("changed by hand"), fix: `sudo sysctl -p ${OURS}` },
    ]);
    await expectHealed(["set net.core.somaxconn from 1024 to 8192"]);
  });
});

describe("a value that somebody changed", () => {
  it("live is found, with the file that has it right, and set again without a restart", async () => {
    const pid = await web.sh("systemctl show -p MainPID --value nginx");
    await web.sh("sysctl -q -w net.core.somaxconn=1024");
    expect((await web.look(wanted)).errors).toMatchObject([
      {
        ...live("1024"),
        cause: expect.stringMatching(
          /changed by hand after it had been applied: .*99-zz-listen-backlog\.conf line \d+ has the right value/,
        ) as unknown,
        fix: `sudo sysctl -p ${OURS}`,
      },
    ]);
    await expectHealed(["set net.core.somaxconn from 1024 to 8192"]);
    expect(await web.sh("systemctl show -p MainPID --value nginx")).toBe(pid);
  });

  it("by deleting our file is found, and the file written again without a restart", async () => {
    const pid = await web.sh("systemctl show -p MainPID --value nginx");
    await web.sh(`rm ${OURS}`);
    expect((await web.look(wanted)).errors).toMatchObject([
      { ...persisted("nothing"), cause: containing("a reboot loses it"), fix: containing(OURS) },
    ]);
    await expectHealed([`wrote ${OURS}`]);
    expect(await web.sh("systemctl show -p MainPID --value nginx")).toBe(pid);
  });

  it("by editing our file is found, and put right", async () => {
    await web.sh(`sed -i 's/= 8192/= 512/' ${OURS}`);
    expect((await web.look(wanted)).errors).toMatchObject([
      { ...persisted("512"), cause: containing(`${OURS} line`) },
    ]);
    await expectHealed([`wrote ${OURS}`]);
  });

  it("to 0, which the kernel takes: every new socket has room for one, and that is found on each", async () => {
    await web.sh("echo 0 >/proc/sys/net/core/somaxconn && systemctl restart nginx");
    expect(await somaxconn()).toBe("0");
    const found = await web.look(wanted);
    expect(found.errors).toMatchObject([
      live("0"),
      {
        rule: "effective-backlog",
        subject: "nginx on 0.0.0.0:80",
        wanted: "8192",
        got: "0",
        cause: containing("cut it to net.core.somaxconn, which is 0 now"),
        fix: "sudo sysctl -w net.core.somaxconn=8192, then sudo systemctl restart nginx.service",
      },
    ]);
    await expectHealed([
      "set net.core.somaxconn from 0 to 8192",
      "restart of nginx.service: nginx on port 80 had 0, has 8192",
    ]);
  });
});

describe("a value that cannot be set", () => {
  const key = "net.ipv4.tcp_congestion_control";

  it("because the kernel refuses it: everything is as it was, and the key and its value are named", async () => {
    const before = await web.sh(`cat ${OURS}`);
    const was = await web.sh(`sysctl -n ${key}`);
    const refused = { services: tuning.services, settings: { somaxconn: 16384, extra: { [key]: "nosuch" } } };
    const { verdict, reason, steps } = await web.tune(refused);
    expect({ verdict, steps }).toEqual({ verdict: "failed", steps: [] });
    expect(reason).toMatch(
      new RegExp(`the kernel did not take ${key} = nosuch, it is ${was}.*everything is as it was before$`),
    );
    expect(await web.sh(`cat ${OURS}`)).toBe(before);
    expect(await somaxconn()).toBe("8192");
    expect((await web.look({ ...refused, services: [nginx] })).errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ subject: `${key} (live)`, wanted: "nosuch", got: was }),
        expect.objectContaining({ subject: `${key} (next boot)`, wanted: "nosuch", got: "nothing" }),
      ]),
    );
    await expectHealed([]);
  });

  it("because this host does not have the key: refused before anything is changed", async () => {
    const { verdict, reason } = await web.tune({
      services: tuning.services,
      settings: { somaxconn: 16384, extra: { "net.core.rps_sock_flow_entries": "512" } },
    });
    expect(verdict).toBe("refused");
    expect(reason).toMatch(
      /does not show net\.core\.rps_sock_flow_entries; .*where the network namespace belongs/,
    );
    expect(await web.look(wanted)).toMatchObject({ code: 0, errors: [] });
  });

  it("because /proc/sys is read-only: found as it is, tuning undoes what it wrote, and the next one heals", async () => {
    await web.sh("sysctl -q -w net.core.somaxconn=1024; mount -o remount,bind,ro /proc/sys/net");
    expect((await web.look(wanted)).errors).toMatchObject([live("1024")]);
    const before = await web.sh(`cat ${OURS}`);
    const more = { services: tuning.services, settings: { somaxconn: 16384 } };
    const { verdict, reason } = await web.tune(more);
    expect(verdict).toBe("failed");
    expect(reason).toMatch(
      /the kernel did not take net\.core\.somaxconn = 16384, it is 1024 \(.*(?:permission denied|[Rr]ead-only).*\); everything is as it was before$/,
    );
    expect(await web.sh(`cat ${OURS}`)).toBe(before);
    // A first file of ours, too, is gone again.
    await web.sh(`rm ${OURS}`);
    expect((await web.tune(more)).verdict).toBe("failed");
    expect(await web.sysctlFiles()).not.toContain("99-zz-listen-backlog.conf");

    await web.sh("mount -o remount,bind,rw /proc/sys/net");
    await expectHealed([`wrote ${OURS}`, "set net.core.somaxconn from 1024 to 8192"]);
  });
});

describe("a file that cannot be written", () => {
  it.each([
    [
      "no block is free",
      "mount -t tmpfs -o size=8k,mode=755 tmpfs /etc/sysctl.d",
      "head -c 4096 /dev/zero >/etc/sysctl.d/full",
    ],
    ["no inode is free", "mount -t tmpfs -o nr_inodes=2,mode=755 tmpfs /etc/sysctl.d", ":"],
  ])(
    "because %s: nothing is half written, nothing is set, and the next one heals",
    async (_, mount, fill) => {
      const ours = await web.sh(`cat ${OURS}`);
      await web.sh(mount);
      await web.sh(`cat >${OURS}; ${fill}`, `${ours}\n`);
      await web.sh("sysctl -q -w net.core.somaxconn=1024");
      const { verdict, reason, steps } = await web.tune({ ...tuning, settings: { somaxconn: 16384 } });
      expect({ verdict, steps }).toEqual({ verdict: "failed", steps: [] });
      expect(reason).toMatch(
        /99-zz-listen-backlog\.conf could not be written: .*[Nn]o space.*everything is as it was before$/,
      );
      expect(await web.sh(`cat ${OURS}`)).toBe(ours);
      expect(await somaxconn()).toBe("1024");

      await web.sh("umount /etc/sysctl.d");
      await expectHealed(["set net.core.somaxconn from 1024 to 8192"]);
    },
  );

  it.each([
    ["a link", `ln -s /dev/null ${OURS}`, /is a link; remove it/],
    ["a folder", `mkdir ${OURS}`, /is not a file; move it away/],
    ["somebody else's", `echo net.core.somaxconn=1 >${OURS}`, /was not written by listen-backlog/],
  ])("because %s is in its place: refused, and left alone", async (_, make, said) => {
    await web.sh(`rm ${OURS} && ${make}`);
    const listing = () => web.sh(`ls -ld --time-style=full-iso ${OURS}`);
    const before = await listing();
    const report = await web.tune({ ...tuning, expectForeign: true });
    expect(report).toMatchObject({ verdict: "refused", reason: expect.stringMatching(said) as unknown });
    expect(await listing()).toBe(before);
    expect(await somaxconn()).toBe("8192");
    await web.sh(`rm -r ${OURS}`);
    await expectHealed([`wrote ${OURS}`]);
  });
});
