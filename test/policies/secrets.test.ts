import { describe, expect, it } from "vitest";
import { analyze, analyzeStack, policiesOf, remediate, UNKNOWN, type Resource } from "./support/analyzer";
import { base64, BASELINES, resourceOf } from "./support/baselines";

const SECRET = "hunter2-hunter2";

/** Every string that a resource holds, with a secret planted into it in each way that leaves it what it is. */
function planted(value: unknown, plant: (text: string) => string): unknown {
  if (typeof value === "string") {
    return plant(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => planted(item, plant));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, planted(item, plant)]));
  }
  return value;
}

const PLANTS: readonly ((text: string) => string)[] = [
  (text) => `${text}\n# ${SECRET}\n`,
  (text) => text.replace(/\n/g, ` # ${SECRET}\n`),
  (text) => `${text} ${SECRET}`,
  (text) => text.replace(/(\d{3,})/g, `$1${SECRET}`),
  (text) => (/^[A-Za-z0-9+/]{40,}=*$/.test(text) ? base64(`${Buffer.from(text, "base64").toString()}\n# ${SECRET}\nexport TOKEN=${SECRET}\n`) : text), // prettier-ignore
  (text) => text.replace("runcmd:\n", `password: ${SECRET}\nruncmd:\n  - curl -H 'Authorization: ${SECRET}' https://x\n`), // prettier-ignore
  (text) => text.replace("[{", `[{"environment":[{"name":"TOKEN","value":"${SECRET}"}],`),
];

/** A declaration that cannot be used is shown as it is: it is public, and its author must find it. */
const NAMES =
  /tag listen-backlog|annotation listen-backlog|label listen-backlog|metadata listen-backlog|services\[0\]/;

describe("secrets in resources", () => {
  it("are in nothing that any policy says of any type, good or bad, in a preview or of a stack", async () => {
    const policies = policiesOf();
    let lines = 0;
    const check = (texts: readonly string[]) => {
      for (const text of texts) {
        lines++;
        if (!NAMES.test(text)) {
          expect(text).not.toContain(SECRET);
        }
      }
    };
    for (const baseline of BASELINES) {
      for (const change of [{}, ...baseline.mutations.map((mutation) => mutation.change)]) {
        const { type, props } = resourceOf(baseline, change);
        for (const plant of PLANTS) {
          const resource: Resource = { type, props: planted(props, plant) as Record<string, unknown> };
          const { violations, notApplicable } = await analyze(policies, resource);
          check([...violations.map(({ message }) => message), ...notApplicable]);
        }
        const stack = await analyzeStack(policies, [
          { type, props: planted(props, PLANTS[0] ?? String) as Record<string, unknown> },
        ]);
        check(stack.violations.map(({ message }) => message));
      }
    }
    expect(lines).toBeGreaterThan(1000);
  });

  it("are not in what is said where something else is not known", async () => {
    const { violations } = await analyze(policiesOf(), {
      type: "aws:ec2/instance:Instance",
      props: {
        userData: `#!/bin/sh\nexport TOKEN=${SECRET}\nsysctl -w net.core.somaxconn=128 ${SECRET}\ncat >/etc/nginx/conf.d/x.conf <<X\n# ${SECRET}\nserver { listen 80 backlog=4096; }\nX\n`,
        tags: UNKNOWN.object,
      },
    });
    expect(violations.map(({ policy }) => policy)).toContain("somaxconn-covers-backlog");
    expect(JSON.stringify(violations)).not.toContain(SECRET);
  });
});

/** Where user data has words of its author's own, apart from the names of files that it configures something in. */
const LOW = "echo net.core.somaxconn=1024 > /etc/sysctl.d/a.conf\nsysctl -p /etc/sysctl.d/a.conf\n";
const USER_DATA: Readonly<Record<string, string>> = {
  "names of units": `#!/bin/sh\nsystemctl enable --now ${SECRET}.service\nsystemctl start nginx@${SECRET}\nsystemctl mask ${SECRET}\n${LOW}`,
  "names of keys and values": `#!/bin/sh\nsysctl -w net.core.${SECRET}=5\nsysctl -w ${SECRET}=5\nsysctl -w net.core.somaxconn=${SECRET}\nsysctl -w net.core.somaxconn=8192\n`,
  "lines of sysctl files": `#cloud-config\nwrite_files:\n - path: /etc/sysctl.d/a.conf\n   content: |\n     net.core.somaxconn = ${SECRET}\n     ${SECRET} = 1\n     net.ipv4.tcp_syncookies = ${SECRET}\n     net.core.somaxconn = 1024\nruncmd:\n - sysctl -p /etc/sysctl.d/a.conf ${SECRET}\n`,
  "folders and scripts": `#!/bin/sh\necho net.core.somaxconn=1024 > /opt/${SECRET}/x.conf\nsysctl -p /opt/${SECRET}/x.conf\n. /opt/${SECRET}.sh\n${LOW}`,
  "containers of docker run": `#!/bin/sh\n${LOW}docker run -d --name ${SECRET} -e PASSWORD=${SECRET} --sysctl net.core.somaxconn=${SECRET} -p 80:80 ${SECRET}/nginx:${SECRET} nginx -g ${SECRET}\ndocker run -d --name a -p 80:80 nginx:${SECRET}\n`,
  "files of Compose": `#cloud-config\nwrite_files:\n - path: /opt/web/docker-compose.yml\n   content: |\n     services:\n       ${SECRET}: { image: ${SECRET}/nginx, environment: { PASSWORD: ${SECRET} }, sysctls: { net.core.somaxconn: ${SECRET}, ${SECRET}: 1 } }\n       nginx: { image: "nginx:${SECRET}", container_name: ${SECRET}, ports: ["80:80"], command: "${SECRET}" }\nruncmd:\n - cd /opt/web && docker compose -p ${SECRET} up -d\n - [sh, -c, "sysctl -w net.core.somaxconn=1024"]\n`,
  packages: `#cloud-config\npackages: [nginx, ${SECRET}, [redis-server, ${SECRET}]]\nruncmd:\n - apt-get install -y nginx=${SECRET} ./${SECRET}.deb\n - echo net.core.somaxconn=8192 > /etc/sysctl.d/a.conf\n - sysctl -p /etc/sysctl.d/a.conf\n`,
  downloads: `#!/bin/sh\ncurl -u ${SECRET} https://user:${SECRET}@x/${SECRET} | sh\nwget -O /etc/sysctl.d/b.conf https://${SECRET}\n${LOW}`,
  "what a service is started with": `#!/bin/sh\nredis-server --port 6379 --tcp-backlog 9000 --requirepass ${SECRET} &\ncat > /etc/systemd/system/api.service <<${SECRET}\n[Service]\nEnvironment=P=${SECRET}\nExecStart=/usr/bin/redis-server --tcp-backlog 5000 --requirepass ${SECRET}\n${SECRET}\n${LOW}`,
  "the configuration of a service": `#cloud-config\nwrite_files:\n - path: /etc/redis/redis.conf\n   content: "requirepass ${SECRET}\\ntcp-backlog ${SECRET}\\ntcp-backlog 9999\\nport ${SECRET}\\n"\n - path: /etc/nginx/nginx.conf\n   content: "http { server { listen ${SECRET}:80 backlog=9000; listen unix:/run/${SECRET}.sock backlog=9000; } }"\nruncmd: ["sysctl -w net.core.somaxconn=1024 # ${SECRET}"]\n`,
  "conditions, loops and what is computed": `#!/bin/bash\nexport TOKEN=${SECRET}\nif [ "$TOKEN" = ${SECRET} ]; then sysctl -w net.core.somaxconn=1024; fi\nfor x in ${SECRET}; do sysctl -w net.core.somaxconn=$x; done\neval "${SECRET}"\nsysctl -w net.core.somaxconn=$(cat ${SECRET})\n`,
  users: `#!/bin/bash\nsu - ${SECRET} -c 'sysctl -w net.core.somaxconn=1024'\nssh ${SECRET}@x sysctl -w net.core.somaxconn=1\nsudo -u ${SECRET} sysctl -w net.core.somaxconn=8192\nchroot /${SECRET} sysctl -w net.core.somaxconn=1\n`,
  includes: `#include\nhttps://user:${SECRET}@host/${SECRET}\n`,
  templates: `## template: jinja\n#cloud-config\nruncmd: ["{{ ${SECRET} }}"]\n`,
  "YAML that is none": `#cloud-config\n${SECRET}: [\n - ${SECRET}: {\n`,
  "modules that are given nonsense": `#cloud-config\nchpasswd: { list: "root:${SECRET}" }\n${SECRET}: 3\nbootcmd: ["sysctl -w net.core.somaxconn=1024"]\nruncmd: ${SECRET}\nwrite_files: ${SECRET}\n`,
  "parts of mail": `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${SECRET}"\n\n--${SECRET}\nContent-Type: text/cloud-config\nContent-Disposition: attachment; filename="${SECRET}.cfg"\n\n#cloud-config\nruncmd: [sysctl -w net.core.somaxconn=1024]\n--${SECRET}\nContent-Type: text/${SECRET}; name="${SECRET}"\n\n${SECRET}\n--${SECRET}--\n`,
  "Bottlerocket's TOML": `[settings.kernel.sysctl]\n"net.core.somaxconn" = "1024"\n[settings.host-containers.${SECRET}]\nuser-data = "${SECRET}"\n`,
  "TOML that is none": `[settings.kernel.sysctl\n"${SECRET}" = "${SECRET}\n`,
  "Ignition's JSON": `{"ignition":{"version":"3.4.0"},"passwd":{"users":[{"name":"${SECRET}"}]},"storage":{"files":[{"path":"/etc/sysctl.d/a.conf","contents":{"source":"data:,net.core.somaxconn%3D1024%0A%23${SECRET}"}}]}}`,
};

const TAGS = { "listen-backlog:services": "nginx:80:8192" };
/** How user data, or the same as commands, gets to a machine. */
const CARRIERS: Readonly<Record<string, (text: string) => readonly Resource[]>> = {
  "an instance": (userData) => [{ type: "aws:ec2/instance:Instance", props: { userData, tags: TAGS } }],
  "a group with a template": (text) => [
    { type: "aws:ec2/launchTemplate:LaunchTemplate", name: "base", props: { id: SECRET, name: SECRET, latestVersion: 5, userData: base64(text) } }, // prettier-ignore
    {
      type: "aws:autoscaling/group:Group",
      props: {
        launchTemplate: { name: SECRET, version: "5" },
        tags: [
          { key: "listen-backlog:services", value: "nginx:80:8192" },
          { key: SECRET, value: SECRET },
        ],
      },
    },
  ],
  "a machine of Compute Engine": (text) => [
    { type: "gcp:compute/instance:Instance", props: { metadata: { "user-data": text, "startup-script": text, [SECRET]: SECRET, "listen-backlog-services": "nginx:80:8192" } } }, // prettier-ignore
  ],
  "a command": (create) => [
    { type: "command:remote:Command", props: { create, connection: { host: SECRET, password: SECRET }, environment: { P: SECRET } } }, // prettier-ignore
  ],
  "a document": (text) => [
    { type: "aws:ssm/document:Document", props: { tags: TAGS, content: JSON.stringify({ mainSteps: [{ action: "aws:runShellScript", name: SECRET, inputs: { runCommand: text.split("\n") } }] }) } }, // prettier-ignore
  ],
};

describe.each(Object.entries(CARRIERS))("secrets in what %s has", (_, carrier) => {
  it.each(Object.entries(USER_DATA))("are in nothing that is said, mended or not: %s", async (_, text) => {
    const policies = policiesOf();
    const resources = carrier(text);
    const messages: string[] = [];
    for (const resource of resources) {
      await remediate(policies, resource);
      const { violations, notApplicable } = await analyze(policies, resource);
      messages.push(...violations.map(({ message }) => message), ...notApplicable);
    }
    messages.push(...(await analyzeStack(policies, resources)).violations.map(({ message }) => message));
    expect(messages.filter((message) => message.includes(SECRET))).toEqual([]);
  });
});

it("user data with secrets is spoken of, for a tag that it cannot carry", async () => {
  for (const text of Object.values(USER_DATA)) {
    const { violations } = await analyze(policiesOf(), CARRIERS["an instance"]?.(text)[0] ?? { type: "" });
    expect(violations.length, text).toBeGreaterThan(0);
  }
});

describe("secrets in containers", () => {
  const annotations = { "listen-backlog/services": "nginx:80:8192", [SECRET]: SECRET };
  const deployment = (spec: object): Resource => ({
    type: "kubernetes:apps/v1:Deployment",
    props: { metadata: { annotations }, spec: { template: { metadata: { annotations }, spec } } },
  });
  const task = (props: object, ...containers: object[]): Resource => ({
    type: "aws:ecs/taskDefinition:TaskDefinition",
    props: { tags: TAGS, ...props, containerDefinitions: JSON.stringify(containers) },
  });

  it.each<[string, Resource]>([
    [
      "a pod that sets nothing that can be read",
      deployment({
        securityContext: { sysctls: [{ name: "net.core.somaxconn", value: SECRET }, { name: `net.${SECRET}`, value: SECRET }] }, // prettier-ignore
        containers: [{ name: SECRET, image: `${SECRET}/nginx`, env: [{ name: SECRET, value: SECRET }] }],
        initContainers: [{ name: SECRET, image: SECRET, securityContext: { privileged: true }, command: ["sh", "-c", `sysctl -w net.core.somaxconn=128 ${SECRET}`] }], // prettier-ignore
      }),
    ],
    [
      "a pod of the host",
      deployment({ hostNetwork: true, containers: [{ name: SECRET, image: "nginx", args: [SECRET] }] }),
    ],
    [
      "a task",
      task({ networkMode: SECRET }, { name: "nginx", image: `${SECRET}/nginx`, command: [SECRET], environment: [{ name: SECRET, value: SECRET }], systemControls: [{ namespace: SECRET, value: SECRET }, { namespace: "net.core.somaxconn", value: SECRET }] }), // prettier-ignore
    ],
    [
      "a task of the host",
      task({ networkMode: "host", requiresCompatibilities: [SECRET] }, { name: "nginx", dockerLabels: { [SECRET]: SECRET }, systemControls: [{ namespace: "net.core.somaxconn", value: "1024" }] }), // prettier-ignore
    ],
    [
      "a task that is no JSON",
      {
        type: "aws:ecs/taskDefinition:TaskDefinition",
        props: { tags: TAGS, containerDefinitions: `[{"name":"${SECRET}` },
      },
    ],
    [
      "a container of Docker",
      {
        type: "docker:index/container:Container",
        props: {
          name: SECRET,
          image: `${SECRET}/nginx`,
          envs: [SECRET],
          sysctls: { "net.core.somaxconn": SECRET, [SECRET]: SECRET },
          labels: [
            { label: "listen-backlog/services", value: "nginx:80:8192" },
            { label: "listen-backlog:services", value: "nginx:80:8192" },
            { label: SECRET, value: SECRET },
          ],
        },
      },
    ],
    [
      "a tag that is almost the right one",
      { type: "aws:ec2/instance:Instance", props: { tags: { "listen-backlog/services": SECRET } } },
    ],
  ])("are in nothing that is said of %s", async (_, resource) => {
    const policies = policiesOf();
    const alone = await analyze(policies, resource);
    const stack = await analyzeStack(policies, [resource]);
    expect(alone.violations.length).toBeGreaterThan(0);
    expect(JSON.stringify([alone, stack.violations.map(({ message }) => message)])).not.toContain(SECRET);
  });
});
