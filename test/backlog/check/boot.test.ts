import { describe, expect, it } from "vitest";
import { BOOT_RULES, checkBoot, type BootFacts, type Finding } from "../../../backlog";

/** What boots do, and what must be said of it: nothing, or exactly this. */
interface Row {
  readonly name: string;
  readonly facts: Partial<BootFacts>;
  readonly kernel?: string;
  readonly found?: Omit<Finding, "rule" | "severity">;
}

const S = "net.core.somaxconn";
const M = "net.ipv4.tcp_max_syn_backlog";
const C = "net.ipv4.tcp_syncookies";
const A = "/etc/sysctl.d/60-a.conf";
const Z = "/etc/sysctl.d/99-z.conf";
const OWN = "/etc/sysctl.d/99-zz-listen-backlog.conf";

const live = (value: string, more: object = {}) => ({ key: S, value, runtimeOnly: false, ...more });
const now = (value: string, more: object = {}) => live(value, { runtimeOnly: true, ...more });
const next = (value: string, more: object = {}) => ({
  key: S,
  value,
  by: "systemd-sysctl" as const,
  file: A,
  ...more,
});
const applied = (value: string) => next(value, { appliedBy: "sysctl -p" });

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  "setting-survives-reboot": [
    { name: "nothing set", facts: {} },
    { name: "a value of a file, applied", facts: { live: [live("8192")], persisted: [applied("8192")] } },
    {
      name: "a command that runs on every boot",
      facts: {
        live: [live("8192")],
        persisted: [next("8192", { by: "every-boot", appliedBy: "sysctl -w" })],
      },
    },
    { name: "a value that nobody can tell", facts: { live: [now("8192")], undecided: [S] } },
    { name: "the value that every kernel has", facts: { live: [now("1", { key: C })] } },
    { name: "the value that this kernel has", facts: { live: [now("4096")] }, kernel: "6.1" },
    { name: "a key that is none of ours", facts: { live: [now("1", { key: "vm.swappiness" })] } },
    { name: "a SYN backlog that the kernel does not look at", facts: { live: [now("8192", { key: M })] } },
    {
      name: "less now than after the next boot",
      facts: { live: [now("512")], persisted: [next("4096")] },
    },
    {
      name: "a value of the running kernel alone",
      facts: { live: [now("4096")] },
      found: {
        subject: S,
        wanted: "4096 after a reboot too",
        got: "set on the running kernel alone",
        cause: "Nothing in the user data sets it again at the next boot.",
        fix: `write "${S} = 4096" to ${OWN}, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "the same on a kernel of which it is not the default",
      facts: { live: [now("4096")] },
      kernel: "4.14.336",
      found: {
        subject: S,
        wanted: "4096 after a reboot too",
        got: "set on the running kernel alone",
        cause: "Nothing in the user data sets it again at the next boot.",
        fix: `write "${S} = 4096" to ${OWN}, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "less than the kernel may have by itself, and more than it may have",
      facts: { live: [now("1024")] },
      found: {
        subject: S,
        wanted: "4096 after a reboot too",
        got: "1024, set on the running kernel alone",
        cause:
          "Nothing in the user data sets it again at the next boot. 1024 is also below what the kernel has by itself.",
        fix: `write "${S} = 4096" to ${OWN}, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "what a document sets",
      facts: { live: [now("8192")], source: "the document" },
      found: {
        subject: S,
        wanted: "8192 after a reboot too",
        got: "set on the running kernel alone",
        cause: "Nothing in the document sets it again at the next boot.",
        fix: `write "${S} = 8192" to ${OWN}, and apply it with sysctl -p ${OWN}`,
      },
    },
    { name: "less than any kernel has by itself", facts: { live: [now("128")] } },
    { name: "what another finding mends", facts: { live: [now("8192")], mendedElsewhere: [S] } },
    {
      name: "two keys, one cause",
      facts: { live: [now("8192"), now("0", { key: C })] },
      found: {
        subject: `${S}, ${C}`,
        wanted: "8192, 0 after a reboot too",
        got: "set on the running kernel alone",
        cause: "Nothing in the user data sets it again at the next boot.",
        fix: `write "${S} = 8192" and "${C} = 0" to ${OWN}, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "more now than after the next boot",
      facts: { live: [now("8192")], persisted: [next("512")] },
      found: {
        subject: S,
        wanted: "8192 after a reboot too",
        got: `512 from ${A}`,
        cause: "8192 is set on the running kernel alone, and the next boot sets 512.",
        fix: `write "${S} = 8192" there instead`,
      },
    },
  ],
  "setting-applied-at-first-boot": [
    { name: "a reboot that applies it", facts: { persisted: [next("8192", { appliedBy: "reboot" })] } },
    {
      name: "a command that gives another value",
      facts: { live: [live("9999")], persisted: [next("8192")] },
    },
    { name: "the value that this kernel has", facts: { persisted: [next("4096")] }, kernel: "5.10" },
    { name: "a value that nobody can tell", facts: { persisted: [next("8192")], undecided: [S] } },
    {
      name: "a file that nothing applies",
      facts: { persisted: [next("8192")] },
      found: {
        subject: S,
        wanted: "8192 from the first boot on",
        got: `written to ${A}, and applied by nothing before a reboot`,
        cause: "systemd-sysctl has already run when cloud-init writes the file.",
        fix: `add "sysctl -p ${A}" to runcmd, before the services start`,
      },
    },
    {
      name: "two keys of one file",
      facts: { persisted: [next("8192"), next("2", { key: C })] },
      found: {
        subject: `${S}, ${C}`,
        wanted: "8192, 2 from the first boot on",
        got: `written to ${A}, and applied by nothing before a reboot`,
        cause: "systemd-sysctl has already run when cloud-init writes the file.",
        fix: `add "sysctl -p ${A}" to runcmd, before the services start`,
      },
    },
  ],
  "sysctl-lines-agree": [
    {
      name: "a value of the first boot that the next boot raises",
      facts: {
        live: [now("600", { line: 4 })],
        persisted: [next("4096")],
        conflicts: [
          {
            why: "changes-at-next-boot",
            subject: S,
            value: "600",
            where: { part: 2, line: 4 },
            by: { file: A, value: "4096" },
          },
        ],
      },
      found: {
        subject: S,
        wanted: `4096 from the first boot on, as ${A} says`,
        got: "600 from line 4 of part 2 of the user data until the next boot",
        cause: "Another value is set on the running kernel than the one that every later boot sets.",
        fix: `remove what sets 600 (line 4 of part 2 of the user data), and apply ${A} at the first boot too`,
      },
    },
    {
      name: "a value that the next boot lowers, which another rule tells of",
      facts: {
        live: [live("8192")],
        persisted: [next("512")],
        conflicts: [
          {
            why: "changes-at-next-boot",
            subject: S,
            value: "8192",
            where: { line: 4 },
            by: { file: A, value: "512" },
          },
        ],
      },
    },
    {
      name: "a line that another raises",
      facts: {
        live: [live("8192")],
        persisted: [applied("8192")],
        conflicts: [
          {
            why: "loses-at-boot",
            subject: S,
            value: "128",
            where: { file: A },
            by: { file: Z, value: "8192" },
          },
        ],
      },
    },
    {
      name: "a backup that nothing reads",
      facts: {
        live: [live("8192")],
        persisted: [applied("8192")],
        conflicts: [{ why: "not-read", subject: S, value: "8192", where: { file: `${A}.bak` } }],
      },
    },
    {
      name: "cookies, which have a rule of their own",
      facts: {
        live: [live("0", { key: C })],
        persisted: [{ ...applied("0"), key: C }],
        conflicts: [
          { why: "loses-at-boot", subject: C, value: "1", where: { file: A }, by: { file: Z, value: "0" } },
        ],
      },
    },
    {
      name: "a file that sorts later",
      facts: {
        live: [live("128")],
        persisted: [applied("128")],
        conflicts: [
          {
            why: "loses-at-boot",
            subject: S,
            value: "8192",
            where: { file: A },
            by: { file: Z, value: "128" },
          },
        ],
      },
      found: {
        subject: S,
        wanted: `8192, as ${A} says`,
        got: `128 from ${Z}`,
        cause:
          "Files are applied in the order of their names, /etc/sysctl.conf as 99-sysctl.conf, and the last line wins.",
        fix: `remove the line for ${S} from ${Z}, or write "${S} = 8192" to ${OWN}, which sorts last, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "two lines that lose: the one that asks for most",
      facts: {
        live: [live("128")],
        persisted: [applied("128")],
        conflicts: [
          {
            why: "loses-at-boot",
            subject: S,
            value: "512",
            where: { file: A },
            by: { file: Z, value: "128" },
          },
          {
            why: "loses-at-boot",
            subject: S,
            value: "8192",
            where: { file: A },
            by: { file: Z, value: "128" },
          },
          {
            why: "loses-at-boot",
            subject: S,
            value: "256",
            where: { file: A },
            by: { file: Z, value: "128" },
          },
        ],
      },
      found: {
        subject: S,
        wanted: `8192, as ${A} says`,
        got: `128 from ${Z}`,
        cause:
          "Files are applied in the order of their names, /etc/sysctl.conf as 99-sysctl.conf, and the last line wins.",
        fix: `remove the line for ${S} from ${Z}, or write "${S} = 8192" to ${OWN}, which sorts last, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "a part that a later part replaces",
      facts: {
        conflicts: [
          {
            why: "replaced-by-merge",
            subject: S,
            value: "8192",
            where: { part: 1, line: 3 },
            by: { part: 2, line: 2 },
          },
        ],
      },
      found: {
        subject: S,
        wanted: "8192, as line 3 of part 1 of the user data says",
        got: "nothing",
        cause: "A later part of the user data replaces it when cloud-init merges them.",
        fix: 'write "merge_how: list(append)+dict(no_replace,recurse_list)+str()" in the later part, or make one part of both',
      },
    },
    {
      name: "a name that systemd-sysctl does not read",
      facts: {
        conflicts: [{ why: "not-read", subject: S, value: "8192", where: { file: "/etc/sysctl.d/a.txt" } }],
      },
      found: {
        subject: S,
        wanted: "8192, as /etc/sysctl.d/a.txt says",
        got: "nothing",
        cause:
          "systemd-sysctl does not read that file: only names that end in .conf, in the folders of sysctl.d.",
        fix: `write "${S} = 8192" to ${OWN}, and apply it with sysctl -p ${OWN}`,
      },
    },
    {
      name: "a later command that a still later one makes good",
      facts: {
        live: [live("8192")],
        persisted: [applied("8192")],
        conflicts: [
          {
            why: "overwritten-live",
            subject: S,
            value: "8192",
            where: { part: 1, line: 3 },
            by: { part: 1, line: 9, value: "128" },
          },
        ],
      },
    },
    {
      name: "a later command",
      facts: {
        live: [live("128")],
        persisted: [applied("128")],
        conflicts: [
          {
            why: "overwritten-live",
            subject: S,
            value: "8192",
            where: { part: 1, line: 3 },
            by: { part: 1, line: 9, value: "128" },
          },
        ],
      },
      found: {
        subject: S,
        wanted: "8192, as line 3 of part 1 of the user data says",
        got: "128 from line 9 of part 1 of the user data",
        cause: "A later command gives the key another value.",
        fix: "remove the later command (line 9 of part 1 of the user data)",
      },
    },
  ],
  "kernel-takes-value": [
    {
      name: "a key that is none of ours",
      facts: { conflicts: [{ why: "refused", subject: "vm.swappiness", where: { file: A } }] },
    },
    {
      name: "a number that the kernel refuses",
      facts: { conflicts: [{ why: "refused", subject: S, value: "99999999999", where: { file: A } }] },
      found: {
        subject: S,
        wanted: "an integer from 1 to 2147483647",
        got: `99999999999 in ${A}`,
        cause: "The kernel refuses it and keeps the value that it has.",
        fix: "set it to 4096, or the largest declared backlog",
      },
    },
    {
      name: "text that is no number",
      facts: { conflicts: [{ why: "refused", subject: S, value: "4096hunter2", where: { file: A } }] },
      found: {
        subject: S,
        wanted: "an integer from 1 to 2147483647",
        got: `no number in ${A}`,
        cause: "The kernel refuses it and keeps the value that it has.",
        fix: "set it to 4096, or the largest declared backlog",
      },
    },
  ],
  "changed-user-data-runs": [
    {
      name: "a change that makes a new server",
      facts: { live: [live("8192")], persisted: [applied("8192")], change: "replaces" },
    },
    { name: "nothing set", facts: { change: "does-nothing" } },
    {
      name: "commands that run on every boot",
      facts: {
        live: [live("8192")],
        persisted: [next("8192", { by: "every-boot", appliedBy: "sysctl -w" })],
        change: "does-nothing",
      },
    },
    {
      name: "a change that costs a stop and a start",
      facts: { live: [live("8192")], persisted: [applied("8192")], change: "does-nothing" },
      found: {
        subject: "user data",
        wanted: "userDataReplaceOnChange: true",
        got: "false, the default",
        cause: "cloud-init runs user data once for each instance, so that a changed setting does nothing.",
        fix: "set userDataReplaceOnChange: true, or change the settings on the server by another way",
      },
    },
    {
      name: "a change that is not deployed",
      facts: { live: [live("8192")], persisted: [applied("8192")], change: "is-ignored" },
      found: {
        subject: "user data",
        wanted: "changes of it to be deployed",
        got: "ignoreChanges",
        cause: "A changed setting stays in the program and never reaches the server.",
        fix: "take the user data out of ignoreChanges, or change the settings on the server by another way",
      },
    },
  ],
};

const check = ({ facts, kernel }: Row) =>
  checkBoot({ live: [], persisted: [], conflicts: [], ...facts }, kernel);

describe.each(Object.entries(TABLE))("%s", (rule, rows) => {
  it.each(rows.map((row) => [row.name, row] as const))("%s", (_, row) => {
    const severity = BOOT_RULES.find(({ id }) => id === rule)?.severity;
    expect(check(row).findings).toEqual(row.found === undefined ? [] : [{ rule, severity, ...row.found }]);
  });
});

describe("checkBoot", () => {
  it("has a table of cases for each rule, and describes each in a sentence", () => {
    expect(BOOT_RULES.map(({ id }) => id)).toEqual(Object.keys(TABLE));
    for (const { title, why } of BOOT_RULES) {
      expect(title).toMatch(/^[A-Z][\x20-\x7e]*[^.]$/);
      expect(why).toMatch(/^[\x20-\x7e]*\.$/);
    }
  });

  it("says by how much a value that does not hold was meant, and nothing where all holds", () => {
    const beaten = { why: "loses-at-boot" as const, subject: S, where: { file: A } };
    const facts: Partial<BootFacts> = {
      live: [live("128")],
      persisted: [applied("128")],
      conflicts: ["512", "8192"].map((value) => ({ ...beaten, value, by: { file: Z, value: "128" } })),
    };
    expect(check({ name: "", facts }).meant).toEqual({ [S]: "8192" });
    expect(check({ name: "", facts: { live: [now("9000")] } }).meant).toEqual({ [S]: "9000" });
    expect(check({ name: "", facts: { live: [live("1")], persisted: [applied("1")] } }).meant).toEqual({});
  });
});
