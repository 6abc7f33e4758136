import { describe, expect, it } from "vitest";
import { CATALOGUE, findSoftware, resolveDeclaration, type BacklogDeclaration } from "../../backlog";
import { MINIMUM_SOMAXCONN } from "../../backlog/resolve";

const somaxconnOf = (declaration: BacklogDeclaration) => resolveDeclaration(declaration).somaxconn;

describe("resolveDeclaration", () => {
  it("fills in what the catalogue knows of the software", () => {
    expect(resolveDeclaration({ services: [{ name: "redis" }] })).toEqual({
      services: [
        {
          name: "redis",
          entry: findSoftware("redis"),
          port: 6379,
          address: undefined,
          backlog: 511,
          backlogIsDefault: true,
          defaultBacklog: 511,
          unit: "redis-server.service",
          relisten: "none",
          directive: "tcp-backlog 511",
        },
      ],
      somaxconn: 4096,
      settings: [{ key: "net.core.somaxconn", value: "4096" }],
    });
  });

  it("lets the declaration win over the catalogue", () => {
    const [service] = resolveDeclaration({
      services: [
        {
          name: "front",
          software: "nginx",
          port: 8080,
          address: "::1",
          backlog: 16384,
          unit: "front.service",
          relisten: "restart",
        },
      ],
    }).services;
    expect(service).toEqual({
      name: "front",
      entry: findSoftware("nginx"),
      port: 8080,
      address: "::1",
      backlog: 16384,
      backlogIsDefault: false,
      defaultBacklog: 511,
      unit: "front.service",
      relisten: "restart",
      directive: "listen 8080 backlog=16384;",
    });
  });

  it("takes a Unix socket for a port, and says where the directive goes", () => {
    const place = (software: string) => {
      const [service] = resolveDeclaration({
        services: [{ name: "app", software, path: "/run/app.sock", backlog: 1024 }],
      }).services;
      return [service?.port, service?.path, service?.directive];
    };
    const at = [undefined, "/run/app.sock"];
    expect(place("nginx")).toEqual([...at, "listen unix:/run/app.sock backlog=1024;"]);
    expect(place("php-fpm")).toEqual([...at, "listen.backlog = 1024"]);
    expect(place("tomcat")).toEqual([...at, "acceptCount 1024 for the listener on /run/app.sock"]);
    expect(
      resolveDeclaration({ services: [{ name: "api", path: "/run/api.sock", backlog: 1 }] }).services,
    ).toMatchObject([{ name: "api", path: "/run/api.sock", port: undefined }]);
  });

  it("knows nothing of software outside the catalogue but what is declared", () => {
    expect(resolveDeclaration({ services: [{ name: "api", port: 8000, backlog: 1024 }] }).services).toEqual([
      {
        name: "api",
        entry: undefined,
        port: 8000,
        address: undefined,
        backlog: 1024,
        backlogIsDefault: false,
        defaultBacklog: undefined,
        unit: undefined,
        relisten: "none",
        directive: undefined,
      },
    ]);
  });

  it.each<[string, BacklogDeclaration, number]>([
    ["no less than the kernel's own default", { services: [{ name: "a", port: 1, backlog: 1 }] }, 4096],
    [
      "the largest declared backlog",
      { services: [{ name: "a", port: 1, backlog: 4097 }, { name: "nginx" }] },
      4097,
    ],
    [
      "what is set, even below a declared backlog",
      { services: [{ name: "a", port: 1, backlog: 4097 }], settings: { somaxconn: 128 } },
      128,
    ],
    ["what is set, even below the default", { services: [{ name: "nginx" }], settings: { somaxconn: 1 } }, 1],
    [
      "the minimum where the software follows somaxconn",
      { services: [{ name: "go", port: 80 }] },
      MINIMUM_SOMAXCONN,
    ],
    ["the largest of all", { services: [{ name: "a", port: 1, backlog: 2147483647 }] }, 2147483647],
  ])("sets somaxconn to %s", (_, declaration, somaxconn) => {
    expect(somaxconnOf(declaration)).toBe(somaxconn);
  });

  it("gives software that follows somaxconn the somaxconn that is set", () => {
    const { services } = resolveDeclaration({
      services: [{ name: "go", port: 80 }],
      settings: { somaxconn: 65535 },
    });
    expect(services[0]).toMatchObject({ backlog: 65535, defaultBacklog: 65535, backlogIsDefault: true });
  });

  it("lists every setting, somaxconn first and other keys in byte order", () => {
    const { settings } = resolveDeclaration({
      services: [{ name: "nginx" }],
      settings: {
        extra: {
          "net.ipv4.tcp_rmem": "4096 87380 6291456",
          "fs.aio-max-nr": 1048576,
          "net.core.rmem_max": 0,
        },
        tcpSyncookies: 0,
        tcpMaxSynBacklog: 8192,
        somaxconn: 8192,
      },
    });
    expect(settings).toEqual([
      { key: "net.core.somaxconn", value: "8192" },
      { key: "net.ipv4.tcp_max_syn_backlog", value: "8192" },
      { key: "net.ipv4.tcp_syncookies", value: "0" },
      { key: "fs.aio-max-nr", value: "1048576" },
      { key: "net.core.rmem_max", value: "0" },
      { key: "net.ipv4.tcp_rmem", value: "4096 87380 6291456" },
    ]);
  });

  it.each(CATALOGUE.map((entry) => [entry.software, entry] as const))(
    "resolves %s of the catalogue",
    (software, entry) => {
      const [service] = resolveDeclaration({
        services: [{ name: software, port: 1234, backlog: 77 }],
      }).services;
      expect(service?.entry).toBe(entry);
      expect(service?.directive).toMatch(/^[\x20-\x7e]+$/);
      expect(service?.directive).not.toMatch(/\{backlog\}|\{port\}/);
    },
  );

  it("refuses what was not validated rather than to guess", () => {
    expect(() => resolveDeclaration({ services: [{ name: "api" }] })).toThrow(
      new TypeError("the declaration of api was not validated"),
    );
  });

  it("does not raise somaxconn for a number that software derives by itself", () => {
    const { somaxconn, services } = resolveDeclaration({ services: [{ name: "haproxy", port: 80 }] });
    expect(somaxconn).toBe(4096);
    expect(services).toMatchObject([{ backlog: 4096, backlogIsDefault: true }]);
  });
});
