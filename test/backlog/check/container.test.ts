import { describe, expect, it } from "vitest";
import { checkNamespace, CONTAINER_RULES, isUnsafeSetting, type NamespaceFacts } from "../../../backlog";

const S = { key: "net.core.somaxconn", value: "8192" };
const good: NamespaceFacts = { name: "pod", isHost: false, settings: [S] };
const rules = (changes: Partial<NamespaceFacts>) =>
  checkNamespace({ ...good, ...changes }).map(({ rule, got }) => `${rule}: ${got}`);

describe("a namespace of containers", () => {
  it("may set what is its own", () => {
    expect(rules({})).toEqual([]);
    expect(rules({ settings: [] })).toEqual([]);
    expect(rules({ allowedUnsafe: ["net.core.somaxconn"] })).toEqual([]);
    expect(rules({ allowedUnsafe: ["kernel.msg*", "net.*"] })).toEqual([]);
    expect(rules({ settings: [{ key: "net.ipv4.tcp_syncookies", value: "1" }], allowedUnsafe: [] })).toEqual(
      [],
    );
  });

  it("may not set what is the host's", () => {
    expect(rules({ isHost: true })).toEqual([
      "container-settings-have-own-namespace: the network of the host, and net.core.somaxconn",
    ]);
    expect(rules({ isHost: true, settings: [] })).toEqual([]);
    expect(rules({ isHost: true, settings: [{ key: "kernel.shm_rmid_forced", value: "1" }] })).toEqual([]);
    // What the node allows is no longer the question.
    expect(rules({ isHost: true, allowedUnsafe: [] })).toHaveLength(1);
  });

  it("has one value, whoever sets it", () => {
    const of = (container: string, value: string) => ({ ...S, value, container });
    expect(rules({ settings: [of("a", "8192"), of("b", "8192")] })).toEqual([]);
    expect(rules({ settings: [of("a", "8192"), of("b", "1024")] })).toEqual([
      "containers-of-a-namespace-agree: 8192 in a, 1024 in b",
    ]);
  });

  it("may set what its node allows, by name or by prefix", () => {
    expect(rules({ allowedUnsafe: [] })).toEqual(["node-allows-setting: none"]);
    expect(rules({ allowedUnsafe: ["net.ipv4.*", "net.core.somax"] })).toEqual([
      "node-allows-setting: net.ipv4.*, net.core.somax",
    ]);
  });

  it("needs a platform that takes settings", () => {
    expect(
      checkNamespace({ ...good, platformWithout: { name: "Fargate 1.3.0", instead: "use 1.4.0" } }),
    ).toEqual([
      {
        rule: "platform-takes-container-settings",
        severity: "error",
        subject: "pod",
        wanted: "a platform on which a container can have its own net.core.somaxconn",
        got: "Fargate 1.3.0",
        cause: "It takes no settings of containers.",
        fix: "use 1.4.0",
      },
    ]);
  });

  it("has rules that are described in sentences", () => {
    expect(CONTAINER_RULES.map(({ severity }) => severity)).toEqual(CONTAINER_RULES.map(() => "error"));
    for (const { id, title, why } of CONTAINER_RULES) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
      expect(title).toMatch(/^[A-Z][\x20-\x7e]*[^.]$/);
      expect(why).toMatch(/^[\x20-\x7e]*\.$/);
    }
  });

  it.each([
    ["net.core.somaxconn", true],
    ["net.ipv4.tcp_max_syn_backlog", true],
    ["net.ipv4.tcp_syncookies", false],
    ["kernel.shm_rmid_forced", false],
  ])("knows whether Kubernetes counts %s as unsafe: %s", (key, unsafe) => {
    expect(isUnsafeSetting(key)).toBe(unsafe);
  });
});
