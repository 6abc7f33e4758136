import { describe, expect, it } from "vitest";
import { composeServices } from "../../../cloudinit/read/backlogs/compose-file";

const nothing = () => undefined;
/** The ports and the somaxconn of each service that is told. */
const told = (...lines: readonly string[]) =>
  composeServices([lines.join("\n")], nothing).map(({ ports, somaxconn }) => [ports, somaxconn]);
/** A service of this name with an image and these lines. */
const service = (...lines: readonly string[]) =>
  told("services:", "  web:", "    image: nginx:1.27", ...lines.map((line) => `    ${line}`));

describe("a service of a Compose file", () => {
  it.each<[string, readonly number[], readonly string[]]>([
    ["short", [80], ['ports: ["80:80"]']],
    ["unquoted", [8080], ["ports:", "  - 8080:80"]],
    ["on an address", [80], ['ports: ["127.0.0.1:80:8080"]']],
    ["on an address of IPv6", [80], ['ports: ["[::1]:80:8080/tcp"]']],
    ["long", [443], ["ports:", "  - target: 8443", '    published: "443"']],
    ["long, as a number", [443], ["ports:", "  - { target: 8443, published: 443, protocol: tcp }"]],
    ["as a range", [8000, 8001, 8002], ['ports: ["8000-8002:9000-9002"]']],
    ["not privileged", [80], ['ports: ["80:80"]', "privileged: false"]],
    ["of no profile", [80], ['ports: ["80:80"]', "profiles: []"]],
    ["several", [80, 443], ['ports: ["80:80", "443:443/tcp", "53:53/udp", "9000"]']],
  ])("is told by its published ports: %s", (_, ports, lines) => {
    expect(service(...lines)).toEqual([[ports, undefined]]);
  });

  it.each<[string, string, readonly string[]]>([
    ["as a map", "8192", ['ports: ["80:80"]', "sysctls:", "  net.core.somaxconn: 8192"]],
    ["as a text", "8192", ['ports: ["80:80"]', "sysctls:", '  net.core.somaxconn: "8192"']],
    ["as a list", "1024", ['ports: ["80:80"]', "sysctls:", "  - net.core.somaxconn=1024"]],
  ])("has the sysctl that it sets %s", (_, somaxconn, lines) => {
    expect(service(...lines)).toEqual([[[80], somaxconn]]);
  });

  it("is started without the sysctl where it sets others", () => {
    expect(service('ports: ["80:80"]', "sysctls: [net.ipv4.tcp_syncookies=1]")).toEqual([[[80], undefined]]);
  });

  it.each<[string, readonly string[]]>([
    ["publishes nothing", ['expose: ["80"]']],
    ["gets any port of the host", ['ports: ["80"]']],
    ["publishes UDP", ['ports: ["53:53/udp"]']],
    ["publishes a port that a variable decides", ['ports: ["${PORT:-80}:80"]']],
    ["publishes any one of a range", ['ports: ["8000-8010:80"]']],
    ["publishes ranges that do not fit", ['ports: ["8000-8010:80-81", "90-80:90-80"]']],
    ["publishes nearly all", ['ports: ["1024-65535:1024-65535"]']],
    ["is on the network of the host", ['ports: ["80:80"]', "network_mode: host"]],
    ["is on the network of another", ['ports: ["80:80"]', 'network_mode: "service:vpn"']],
    ["is on a network that a variable decides", ['ports: ["80:80"]', "network_mode: ${MODE}"]],
    ["is that of another file", ['ports: ["80:80"]', "extends: { file: base.yml, service: web }"]],
    ["is started on demand", ['ports: ["80:80"]', "profiles: [debug]"]],
    ["may set anything", ['ports: ["80:80"]', "privileged: true"]],
    ["has sysctls that a variable decides", ['ports: ["80:80"]', "sysctls:", "  - ${SYSCTL}"]],
    [
      "has a value that a variable decides",
      ['ports: ["80:80"]', "sysctls:", "  net.core.somaxconn: ${SOMAXCONN:-8192}"],
    ],
    ["sets it in its command", ['ports: ["80:80"]', "command: sh -c 'sysctl -w net.core.somaxconn=8192'"]],
  ])("is left out where it %s", (_, lines) => {
    expect(service(...lines)).toEqual([]);
  });

  it("has what it takes from an anchor", () => {
    expect(
      told(
        "x-tuned: &tuned",
        "  sysctls: { net.core.somaxconn: 4096 }",
        "services:",
        "  web:",
        "    <<: *tuned",
        "    ports: ['80:80']",
        "  api:",
        "    ports: ['8000:8000']",
      ),
    ).toEqual([
      [[80], "4096"],
      [[8000], undefined],
    ]);
  });
});

describe("several Compose files of a folder", () => {
  const base = (...lines: readonly string[]) =>
    ["services:", "  web:", "    image: nginx", ...lines.map((line) => `    ${line}`)].join("\n");
  const together = (...texts: readonly string[]) =>
    composeServices(texts, nothing).map(({ ports, somaxconn }) => [ports, somaxconn]);
  const published = base("ports: ['80:80']");
  const tuned = base("sysctls: { net.core.somaxconn: 8192 }");

  it("are one application: a service has what all of them say", () => {
    expect(together(tuned, published)).toEqual([[[80], "8192"]]);
    expect(together(published, tuned)).toEqual([[[80], "8192"]]);
    expect(together(published, base("ports: ['443:443']"))).toEqual([[[80, 443], undefined]]);
    expect(together(published, "services:\n  db:\n    image: postgres\n")).toEqual([[[80], undefined]]);
  });

  it("of which one decides the network, or takes something back, say nothing of the service", () => {
    expect(together(published, base("network_mode: host"))).toEqual([]);
    expect(together(published, base("ports: !reset []"))).toEqual([]);
    expect(together(published, base("profiles: [debug]"))).toEqual([]);
    expect(together(published, "include: [more.yml]")).toEqual([]);
  });

  it("may give it several values, of which it is the largest", () => {
    expect(together(tuned, base("sysctls: { net.core.somaxconn: 1024 }", "ports: ['80:80']"))).toEqual([
      [[80], "8192"],
    ]);
  });
});

describe("a Compose file", () => {
  it.each<[string, readonly string[]]>([
    ["includes another", ["include: [base.yml]", "services:", "  web: { ports: ['80:80'] }"]],
    ["is no YAML", ["services: ["]],
    ["is empty", [""]],
    ["has no services", ["version: '3.8'"]],
    ["has odd services", ["services: [web]"]],
    ["has an odd service", ["services:", "  web: nginx"]],
  ])("that %s says nothing", (_, lines) => {
    expect(told(...lines)).toEqual([]);
  });

  it("may have the network of the host by its name, as Swarm does", () => {
    const onNetwork = (networks: string, ...lines: readonly string[]) =>
      told("services:", "  web:", "    ports: ['80:80']", `    networks: ${networks}`, "networks:", ...lines);
    expect(onNetwork("[outside]", "  outside: { external: true, name: host }")).toEqual([]);
    expect(onNetwork("{ outside: {} }", "  outside: { external: { name: host } }")).toEqual([]);
    expect(onNetwork("[host]", "  host: { external: true }")).toEqual([]);
    expect(onNetwork("[front]", "  front: { external: true }", "  host: { external: true }")).toEqual([
      [[80], undefined],
    ]);
    expect(onNetwork("[host]", "  host: { driver: bridge }")).toEqual([[[80], undefined]]);
  });

  it("is paid for piece by piece", () => {
    let spent = 0;
    composeServices(["services:\n  web:\n    ports: ['80:80']\n"], () => {
      spent++;
    });
    expect(spent).toBeGreaterThan(10);
    expect(() =>
      composeServices(["services: {}\n"], () => {
        throw new RangeError("spent");
      }),
    ).toThrow("spent");
  });
});
