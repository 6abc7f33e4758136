import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXTRA_KEYS_OUTSIDE_NET, SETTINGS, validateExtraSetting } from "../../../backlog/settings";

const PATH = "settings.extra";

describe("validateExtraSetting: keys", () => {
  it.each([
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.ip_local_port_range",
    "net.core.rmem_max",
    "net.netfilter.nf_conntrack_max",
    "net.unix.max_dgram_qlen",
    ...EXTRA_KEYS_OUTSIDE_NET,
  ])("takes %s", (key) => {
    expect(validateExtraSetting(key, 1, PATH)).toBeUndefined();
  });

  it.each([
    "kernel.core_pattern",
    "kernel.modprobe",
    "kernel.hotplug",
    "kernel.sysrq",
    "fs.binfmt_misc.register",
    "fs.suid_dumpable",
    "vm.drop_caches",
    "net.ipv4.route.flush",
    "netx.core.y",
    "net.ipv4.tcp_fastopen_key",
    "net.ipv6.conf.all.stable_secret",
  ])("refuses %s: it runs, acts, weakens or is a secret, or is none of ours", (key) => {
    expect(validateExtraSetting(key, 1, PATH)).toMatchObject({ path: PATH, given: JSON.stringify(key) });
  });

  it.each([
    "",
    "net",
    "net.",
    ".net.core.x",
    "net..core",
    "net.core.x ",
    "-net.core.x",
    "net.core.*",
    "net.core.x=1",
    "net.core.x\n",
    "net.core.x\0",
    "net.core.x#",
    "net.core.х", // the last letter is Cyrillic
    `net.core.${"x".repeat(300)}`,
  ])("refuses %j: it is no key", (key) => {
    expect(validateExtraSetting(key, 1, PATH)?.path).toBe(PATH);
  });

  const BY_NAME = SETTINGS.filter(({ name }) =>
    ["somaxconn", "tcpMaxSynBacklog", "tcpSyncookies"].includes(name),
  );
  it.each(BY_NAME)("refuses $key, in both spellings: it has a name of its own", ({ key, name }) => {
    expect(validateExtraSetting(key, 1, PATH)?.fix).toBe(`settings.${name}`);
    expect(validateExtraSetting(key.replaceAll(".", "/"), 1, PATH)?.fix).toBe(`settings.${name}`);
  });

  const BY_KEY = SETTINGS.filter((setting) => !BY_NAME.includes(setting));
  it.each(BY_KEY)(
    "takes $key within its range, as a number and as text, and nothing beyond it",
    (setting) => {
      const { key, min, max } = setting;
      for (const value of [min, String(min)]) {
        expect(validateExtraSetting(key, value, PATH)).toBeUndefined();
      }
      for (const value of [min - 1, String(min - 1), max + 1, "many"]) {
        expect(validateExtraSetting(key, value, PATH)?.path).toBe(PATH);
      }
    },
  );

  it("asks for the dotted spelling, so that one key has one value", () => {
    expect(validateExtraSetting("net/ipv4/tcp_fin_timeout", 1, PATH)?.fix).toBe("net.ipv4.tcp_fin_timeout");
  });
});

describe("validateExtraSetting: values", () => {
  const key = "net.ipv4.tcp_fin_timeout";

  it.each([0, 30, -1, Number.MAX_SAFE_INTEGER, "30", "bbr", "32768 60999", "4096 87380 6291456"])(
    "takes %j",
    (value) => {
      expect(validateExtraSetting(key, value, PATH)).toBeUndefined();
    },
  );

  it.each([
    "",
    " 1",
    "1 ",
    "1  2",
    "1\t2",
    "1\n2",
    "1\0",
    "1 # x",
    "1;2",
    "a=b",
    "$(id)",
    "`id`",
    "|sh",
    "１",
    "1 2 3 4 5 6 7 8 9",
    1.5,
    NaN,
    Infinity,
    2 ** 60,
    null,
    undefined,
    true,
    [1, 2],
  ])("refuses %j", (value) => {
    expect(validateExtraSetting(key, value, PATH)?.path).toBe(PATH);
  });

  it("lets nothing through that could change its line in a file", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (anyKey, value) => {
        if (validateExtraSetting(`net.${anyKey}`, 1, PATH) === undefined) {
          expect(anyKey).toMatch(/^[\x21-\x7e]+$/);
          expect(anyKey).not.toMatch(/[#;=*'"\\]/);
        }
        if (validateExtraSetting(key, value, PATH) === undefined) {
          expect(value).toMatch(/^[\x20-\x7e]+$/);
          expect(value).not.toMatch(/[#;=*'"\\$`|]/);
        }
      }),
    );
  });
});
