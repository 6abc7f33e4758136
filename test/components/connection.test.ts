import { describe, expect, it } from "vitest";
import type { SshArgs } from "../../components";
import { connectionTo } from "../../components/connection";

describe("the connection to a server", () => {
  it("has safe defaults, and the host key always", () => {
    expect(connectionTo("10.0.0.1", "ssh-ed25519 A", {})).toEqual({
      host: "10.0.0.1",
      hostKey: "ssh-ed25519 A",
      user: "admin",
      port: 22,
      privateKey: undefined,
      dialErrorLimit: 40,
      perDialTimeout: 15,
      proxy: undefined,
    });
  });

  it("has everything that is given, and a bastion with a host key of its own", () => {
    const ssh: SshArgs = {
      user: "ec2-user",
      privateKey: "KEY",
      port: 2222,
      dialErrorLimit: -1,
      perDialTimeout: 3,
      bastion: { host: "bastion", hostKey: "ssh-ed25519 B", user: "jump", port: 22022, privateKey: "OTHER" },
    };
    expect(connectionTo("host", "ssh-ed25519 A", ssh)).toEqual({
      host: "host",
      hostKey: "ssh-ed25519 A",
      user: "ec2-user",
      port: 2222,
      privateKey: "KEY",
      dialErrorLimit: -1,
      perDialTimeout: 3,
      proxy: {
        host: "bastion",
        hostKey: "ssh-ed25519 B",
        user: "jump",
        port: 22022,
        privateKey: "OTHER",
        dialErrorLimit: -1,
        perDialTimeout: 3,
      },
    });
  });

  it("goes through a bastion as the user of the server, with the key of the server", () => {
    const ssh: SshArgs = {
      user: "u",
      privateKey: "KEY",
      port: 2222,
      bastion: { host: "b", hostKey: "ssh-ed25519 B" },
    };
    expect(connectionTo("host", "ssh-ed25519 A", ssh).proxy).toMatchObject({
      user: "u",
      privateKey: "KEY",
      port: 22,
    });
  });

  it("passes on no field that it does not know, because the provider would print it all", () => {
    const ssh = { user: "u", password: "SECRET", bastion: { host: "b", hostKey: "k", password: "SECRET" } };
    expect(JSON.stringify(connectionTo("host", "ssh-ed25519 A", ssh))).not.toContain("SECRET");
  });
});
