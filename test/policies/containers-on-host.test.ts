import { describe, expect, it } from "vitest";
import { said } from "./support/analyzer";

const HOST = `  - path: /etc/sysctl.d/60-web.conf
    content: |
      net.core.somaxconn = 8192
`;
/** What is said of an instance with this user data, up to the cause. */
async function saidOf(userData: string, services = "nginx:80:8192") {
  const props = {
    ami: "ami-0a",
    userDataReplaceOnChange: true,
    userData,
    tags: { "listen-backlog:services": services },
  };
  const lines = await said({ type: "aws:ec2/instance:Instance", props });
  return lines.map((line) => line.replace(/ Cause: .*$/, ""));
}
/** A host that is set up, and one or more Compose files that are brought up on it. */
const composed = (...files: readonly (readonly [name: string, text: string])[]) =>
  `#cloud-config
packages: [docker.io, docker-compose-v2]
write_files:
${HOST}${files
    .map(
      ([name, text]) =>
        `  - path: /opt/shop/${name}\n    content: |\n${text.replace(/^(?=.)/gm, "      ")}\n`,
    )
    .join("")}runcmd:
  - sysctl -p /etc/sysctl.d/60-web.conf
  - [docker, compose, --project-directory, /opt/shop, up, -d]
`;
const run = (...options: readonly string[]) =>
  `#cloud-config
write_files:
${HOST}runcmd:
  - sysctl -p /etc/sysctl.d/60-web.conf
${options.map((option) => `  - docker run -d --restart always ${option}\n`).join("")}`;
const web = (...lines: readonly string[]) =>
  `services:\n  web:\n    image: nginx:1.27\n${lines.map((line) => `    ${line}\n`).join("")}`;
const NEEDS = (name: string, needed: number, has: number) =>
  `containers-set-their-own: web: ${name}: wanted net.core.somaxconn >= ${needed} in its own network namespace, got ${has}.`;

describe("a container that is started on a host", () => {
  it.each<[string, string, readonly string[]]>([
    ["publishes the port", run("-p 80:80 nginx"), [NEEDS("nginx", 8192, 4096)]],
    ["sets too little", run("-p 80:80 --sysctl net.core.somaxconn=1024 nginx"), [NEEDS("nginx", 8192, 1024)]],
    ["sets too little, and publishes nothing", run("--sysctl net.core.somaxconn=1024 nginx"), [NEEDS("nginx", 8192, 1024)]], // prettier-ignore
    ["sets enough", run("-p 80:80 --sysctl net.core.somaxconn=8192 nginx"), []],
    ["is on the network of the host", run("--network host -p 80:80 nginx"), []],
    ["publishes another port", run("-p 9100:9100 prom/node-exporter"), []],
    [
      "sets little, on another port",
      run("-p 9100:9100 --sysctl net.core.somaxconn=1024 prom/node-exporter"),
      [],
    ],
  ])("by docker run, and %s", async (_, userData, lines) => {
    expect(await saidOf(userData)).toEqual(lines);
  });

  it.each<[string, string, readonly string[]]>([
    ["publishes the port", web('ports: ["80:80"]'), [NEEDS("nginx", 8192, 4096)]],
    [
      "sets too little",
      web('ports: ["80:80"]', "sysctls:", "  - net.core.somaxconn=1024"),
      [NEEDS("nginx", 8192, 1024)],
    ],
    [
      "sets too little, and publishes nothing",
      web("sysctls:", "  net.core.somaxconn: 1024"),
      [NEEDS("nginx", 8192, 1024)],
    ],
    ["sets enough", web('ports: ["80:80"]', "sysctls:", "  net.core.somaxconn: 8192"), []],
    ["is on the network of the host", web('ports: ["80:80"]', "network_mode: host"), []],
    ["publishes another port", web('ports: ["9100:9100"]'), []],
    [
      "sets little, on another port",
      web('ports: ["9100:9100"]', "sysctls:", "  net.core.somaxconn: 1024"),
      [],
    ],
  ])("by Compose, and %s", async (_, file, lines) => {
    expect(await saidOf(composed(["docker-compose.yml", file]))).toEqual(lines);
    expect(await saidOf(composed(["compose.yaml", file]))).toEqual(lines);
  });

  it("is no host: what the host has does not count against one that sets enough", async () => {
    const userData = run("-p 80:80 --sysctl net.core.somaxconn=8192 nginx").replace("= 8192", "= 5000");
    expect(await saidOf(userData)).toEqual([]);
    const file = composed([
      "compose.yaml",
      web('ports: ["80:80"]', "sysctls:", "  net.core.somaxconn: 8192"),
    ]);
    expect(await saidOf(file.replace("= 8192", "= 5000"))).toEqual([]);
  });

  it("is judged by itself beside services of the host, and of other containers", async () => {
    const beside = run("-p 80:80 --sysctl net.core.somaxconn=1024 nginx");
    expect(await saidOf(beside, "nginx:80:1024, redis:6379:8192, api:8000:8192")).toEqual([]);
    expect(await saidOf(beside, "nginx:80:2048, redis:6379:8192, api:8000:8192")).toEqual([
      NEEDS("nginx", 2048, 1024),
    ]);
    const two = composed([
      "compose.yaml",
      `services:
  web:
    image: nginx
    ports: ["80:80"]
    sysctls: { net.core.somaxconn: 8192 }
  api:
    image: api
    ports: ["8000:8000"]
`,
    ]);
    expect(await saidOf(two, "nginx:80:8192, api:8000:8192")).toEqual([NEEDS("api", 8192, 4096)]);
  });

  it("may have its sysctl from an override of its file", async () => {
    const override = "services:\n  web:\n    sysctls:\n      net.core.somaxconn: 8192\n";
    expect(
      await saidOf(
        composed(["docker-compose.yml", web('ports: ["80:80"]')], ["docker-compose.override.yml", override]),
      ),
    ).toEqual([]);
  });

  it("has what all files of its folder give it", async () => {
    const tunedBase = web("sysctls: { net.core.somaxconn: 8192 }");
    const port = "services:\n  web:\n    ports: ['80:80']\n";
    expect(
      await saidOf(composed(["docker-compose.yml", tunedBase], ["docker-compose.prod.yml", port])),
    ).toEqual([]);
    expect(
      await saidOf(
        composed(
          ["docker-compose.yml", tunedBase.replace("8192", "1024")],
          ["docker-compose.prod.yml", port],
        ),
      ),
    ).toEqual([NEEDS("nginx", 8192, 1024)]);
    expect(
      await saidOf(
        composed(
          ["docker-compose.yml", web('ports: ["80:80"]')],
          [
            "docker-compose.override.yml",
            "services:\n  web:\n    network_mode: host\n    ports: !reset []\n",
          ],
        ),
      ),
    ).toEqual([]);
  });

  it("may publish a range", async () => {
    const needs = [NEEDS("api", 8192, 4096)];
    expect(await saidOf(run("-p 8000-8010:8000-8010 api"), "api:8005:8192")).toEqual(needs);
    const file = composed(["compose.yaml", web('ports: ["8000-8010:8000-8010"]')]);
    expect(await saidOf(file, "api:8005:8192")).toEqual(needs);
    expect(await saidOf(file, "api:8011:8192")).toEqual([]);
  });
});
