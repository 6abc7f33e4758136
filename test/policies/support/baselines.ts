import { gzipSync } from "node:zlib";
import type { Resource } from "./analyzer";

/** One change of a good resource, and exactly what must be said of it: the policy, and the line up to the cause. */
export interface Mutation {
  readonly name: string;
  readonly change: Readonly<Record<string, unknown>>;
  readonly said: readonly string[];
  readonly ignoreChanges?: readonly string[];
}

/** A good resource of a type, with a declaration that it holds, and what can go wrong with it. */
export interface Baseline {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly mutations: readonly Mutation[];
  /** Properties that decide, and must each be missed where it is not known. */
  readonly decides: readonly (readonly string[])[];
}

export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const gzip64 = (text: string) => gzipSync(text).toString("base64");

/** User data that sets these and applies it. */
export const sets = (...lines: readonly string[]) =>
  [
    "#cloud-config",
    "write_files:",
    "  - path: /etc/sysctl.d/60-a.conf",
    "    content: |",
    ...lines.map((line) => `      ${line}`),
    "runcmd:",
    "  - sysctl -p /etc/sysctl.d/60-a.conf",
    "",
  ].join("\n");

const GOOD = sets("net.core.somaxconn = 8192");
const LOW = sets("net.core.somaxconn = 1024");
const NATIVE_SPECIFICATION = {
  userData: base64(GOOD),
  tagSpecifications: [
    { resourceType: "instance", tags: [{ key: "listen-backlog:services", value: "nginx:80:8192" }] },
  ],
};
const TAGS = { Name: "web", "listen-backlog:services": "nginx:80:8192" };

const CUT = (where = "") =>
  `somaxconn-covers-backlog: web: ${where}nginx: wanted net.core.somaxconn >= 8192, got 1024.`;
const RUNTIME = "#!/bin/sh\nsysctl -w net.core.somaxconn=8192\n";
const STARTED =
  "backlog-applied-at-first-boot: web: nginx: wanted a start after net.core.somaxconn is 8192 or more, got a start before, when it is 4096.";
const APPLY = "echo net.core.somaxconn=8192 > /etc/sysctl.d/60-a.conf\nsysctl -p /etc/sysctl.d/60-a.conf\n";
const LOST =
  "backlog-survives-reboot: web: net.core.somaxconn: wanted 8192 after a reboot too, got set on the running kernel alone.";
const ABSENT =
  "backlog-can-be-judged: web: cannot be judged: whether 8192 of nginx is covered: nothing here sets net.core.somaxconn, so that the image decides, and the kernel's default is 4096.";
const COOKIES = "syn-flood-protection: web: net.ipv4.tcp_syncookies: wanted 1, got 0.";

/** What goes wrong with user data, wherever it stands. */
function userDataMutations(
  carry: (text: string) => Readonly<Record<string, unknown>>,
  none: Readonly<Record<string, unknown>>,
): Mutation[] {
  return [
    { name: "somaxconn below the declaration", change: carry(LOW), said: [CUT()] },
    { name: "the running kernel alone", change: carry(RUNTIME), said: [LOST] },
    {
      name: "a service that starts before",
      change: carry(`#!/bin/sh\nsystemctl enable --now nginx\n${APPLY}`),
      said: [STARTED],
    },
    {
      name: "a service that starts before, and again",
      change: carry(`#!/bin/sh\nservice nginx start\n${APPLY}systemctl restart nginx.service\n`),
      said: [],
    },
    {
      name: "another service that starts before",
      change: carry(`#!/bin/sh\nsystemctl start cron\n${APPLY}`),
      said: [],
    },
    {
      name: "a file that nothing applies",
      change: carry(GOOD.replace(/runcmd:[\s\S]*/, "")),
      said: [
        "backlog-applied-at-first-boot: web: net.core.somaxconn: wanted 8192 from the first boot on, got written to /etc/sysctl.d/60-a.conf, and applied by nothing before a reboot.",
      ],
    },
    {
      name: "a later file that wins, and one line for it",
      change: carry(
        sets("net.core.somaxconn = 8192").replace(
          "runcmd:\n  - sysctl -p /etc/sysctl.d/60-a.conf",
          "  - path: /etc/sysctl.d/99-hardening.conf\n    content: net.core.somaxconn = 128\nruncmd:\n  - sysctl --system",
        ),
      ),
      said: [
        "sysctl-files-agree: web: net.core.somaxconn: wanted 8192, as /etc/sysctl.d/60-a.conf says, got 128 from /etc/sysctl.d/99-hardening.conf.",
      ],
    },
    {
      name: "cookies that are off",
      change: carry(sets("net.core.somaxconn = 8192", "net.ipv4.tcp_syncookies = 0")),
      said: [COOKIES],
    },
    {
      name: "cookies of a test",
      change: carry(sets("net.core.somaxconn = 8192", "net.ipv4.tcp_syncookies = 2")),
      said: ["syn-flood-protection: web: net.ipv4.tcp_syncookies: wanted 1, got 2."],
    },
    {
      name: "a configuration that gives less than is declared",
      change: carry(
        GOOD.replace(
          "runcmd:",
          "  - path: /etc/nginx/nginx.conf\n    content: listen 80 backlog=2048;\nruncmd:",
        ),
      ),
      said: [
        "backlog-reaches-the-service: web: nginx: wanted a backlog of 8192, got 2048 in its configuration.",
      ],
    },
    {
      name: "a configuration that asks for more than is declared",
      change: carry(
        GOOD.replace(
          "runcmd:",
          "  - path: /etc/nginx/nginx.conf\n    content: listen 80 backlog=16384;\nruncmd:",
        ),
      ),
      said: [
        "somaxconn-covers-backlog: web: nginx in /etc/nginx/nginx.conf: wanted net.core.somaxconn >= 16384, got 8192.",
      ],
    },
    {
      name: "a value that the kernel refuses",
      change: carry(sets("net.core.somaxconn = 99999999999")),
      said: [
        "backlog-can-be-judged: web: cannot be judged: whether 8192 of nginx is covered: nothing here sets net.core.somaxconn, so that the image decides, and the kernel's default is 4096.",
        "backlog-within-limits: web: net.core.somaxconn: wanted an integer from 1 to 2147483647, got 99999999999 in /etc/sysctl.d/60-a.conf.",
      ],
    },
    {
      name: "a condition that decides",
      change: carry("#!/bin/sh\nif [ -f /x ]; then sysctl -w net.core.somaxconn=8192; fi\n"),
      said: [
        "backlog-can-be-judged: web: cannot be judged: the user data, because a condition decides: write the values plainly, or verify the server.",
      ],
    },
    {
      name: "text that nobody can read",
      change: carry("settings: no known form\n"),
      said: [
        "backlog-can-be-judged: web: cannot be judged: the user data, because it is in no form that cloud-init knows: write the values plainly, or verify the server.",
      ],
    },
    { name: "no user data", change: none, said: [ABSENT] },
  ];
}

function tagMutations(
  change: (services: string) => Readonly<Record<string, unknown>>,
  where: string,
): Mutation[] {
  return [
    {
      name: "a declaration above 16 bits",
      change: change("nginx:80:8192, api:8000:65536"),
      said: [
        "somaxconn-covers-backlog: web: api: wanted net.core.somaxconn >= 65536, got 8192.",
        "backlog-within-limits: web: api: wanted a backlog of 65535 or less, got 65536.",
      ],
    },
    {
      name: "a declared backlog of 0",
      change: change("nginx:80:8192, api:8000:0"),
      said: [
        "backlog-within-limits: web: api: wanted an accept queue for 6 connections or more, or something that refuses, got 0.",
      ],
    },
    {
      name: "a raise that nobody asks for",
      change: change("redis:6379"),
      said: [
        "backlog-reaches-the-service: web: redis: wanted a declared backlog that uses net.core.somaxconn 8192, got 511, the default of the software.",
      ],
    },
    {
      name: "a backlog that no configuration reaches",
      change: change("nginx:80:8192, sshd:22:4096"),
      said: ["backlog-reaches-the-service: web: sshd: wanted a backlog of 4096, got 128."],
    },
    {
      name: "a declaration that cannot be read",
      change: change("ngnix:80"),
      said: [
        `somaxconn-covers-backlog: web: ${where}: wanted a program of the catalogue, or a name with both port and backlog, got "ngnix".`,
      ],
    },
  ];
}

const instance: Baseline = {
  type: "aws:ec2/instance:Instance",
  props: {
    ami: "ami-0abcdef1234567890",
    instanceType: "t3.small",
    userData: GOOD,
    userDataReplaceOnChange: true,
    tags: TAGS,
  },
  mutations: [
    ...userDataMutations((userData) => ({ userData }), {
      userData: undefined,
      userDataReplaceOnChange: undefined,
    }),
    ...userDataMutations((text) => ({ userData: undefined, userDataBase64: base64(text) }), {
      userData: undefined,
    }).slice(0, 2),
    {
      name: "somaxconn below the declaration, in gzip",
      change: { userData: undefined, userDataBase64: gzip64(LOW) },
      said: [CUT()],
    },
    {
      name: "the hash that an old provider kept",
      change: { userData: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
      said: [
        "backlog-can-be-judged: web: cannot be judged: the user data, because only its hash is known: write the values plainly, or verify the server.",
      ],
    },
    {
      name: "user data that a launch template brings",
      change: { userData: undefined, launchTemplate: { id: "lt-1" } },
      said: [
        "backlog-can-be-judged: web: cannot be judged: the user data, because its launch template brings it, which is judged by its own tag listen-backlog:services: write the values plainly, or verify the server.",
      ],
    },
    {
      name: "a change that does nothing",
      change: { userDataReplaceOnChange: undefined },
      said: [
        "changed-user-data-takes-effect: web: user data: wanted userDataReplaceOnChange: true, got false, the default.",
      ],
    },
    {
      name: "a change that is ignored",
      change: {},
      ignoreChanges: ["userData"],
      said: [
        "changed-user-data-takes-effect: web: user data: wanted changes of it to be deployed, got ignoreChanges.",
      ],
    },
    ...tagMutations(
      (services) => ({ tags: { "listen-backlog:services": services } }),
      "tag listen-backlog:services",
    ),
    {
      name: "a lowered somaxconn, with nothing declared",
      change: { userData: LOW, tags: { Name: "web" } },
      said: ["somaxconn-keeps-kernel-default: web: net.core.somaxconn: wanted 4096 or more, got 1024."],
    },
    {
      name: "a somaxconn of 0",
      change: { userData: sets("net.core.somaxconn = 0"), tags: {} },
      said: [
        "backlog-within-limits: web: net.core.somaxconn: wanted an integer from 1 to 2147483647 (connections per listening socket); with 0, every listener of the namespace gets an accept queue of one slot, got 0.",
      ],
    },
    {
      name: "a SYN backlog that is too small while cookies are off",
      change: {
        userData: sets(
          "net.core.somaxconn = 8192",
          "net.ipv4.tcp_syncookies = 0",
          "net.ipv4.tcp_max_syn_backlog = 1024",
        ),
      },
      said: [COOKIES],
    },
    {
      name: "two ports of one server, each as large as it may be",
      change: {
        userData: GOOD.replace(
          "runcmd:",
          "  - path: /etc/nginx/conf.d/a.conf\n    content: listen 80 backlog=8192; listen 443 ssl backlog=4096; listen [::]:443 ssl backlog=4096;\nruncmd:",
        ),
      },
      said: [],
    },
    {
      name: "two ports of one server, and one is cut",
      change: {
        userData: GOOD.replace(
          "runcmd:",
          "  - path: /etc/nginx/conf.d/a.conf\n    content: listen 80 backlog=8192; listen 443 ssl backlog=16384;\nruncmd:",
        ),
      },
      said: [
        "somaxconn-covers-backlog: web: nginx on port 443 in /etc/nginx/conf.d/a.conf: wanted net.core.somaxconn >= 16384, got 8192.",
      ],
    },
    {
      name: "a container that has what it needs, on a host that sets nothing",
      change: {
        userData: "#!/bin/sh\ndocker run -d --sysctl net.core.somaxconn=8192 -p 80:80 nginx\n",
      },
      said: [],
    },
    {
      name: "a container without a somaxconn of its own",
      change: { userData: GOOD.replace("runcmd:\n", "runcmd:\n  - docker run -d -e A=b -p 80:80 nginx\n") },
      said: [
        "containers-set-their-own: web: nginx: wanted net.core.somaxconn >= 8192 in its own network namespace, got 4096.",
      ],
    },
    {
      name: "containers that are not the service, or on the network of the host",
      change: {
        userData: GOOD.replace(
          "runcmd:\n",
          [
            "runcmd:",
            "  - docker run -d --network host nginx",
            "  - docker run -d --net=host -p 80:80 nginx",
            "  - docker run -dp 9100:9100 prom/node-exporter",
            "  - docker run -d -p 80:80/udp -p 127.0.0.1:8080:80 nginx",
            "  - docker run -d --rm nginx -p 80:80",
            "  - docker exec web nginx -p 80:80",
            "",
          ].join("\n"),
        ),
      },
      said: [],
    },
    {
      name: "a container with less than the declared backlog",
      change: {
        userData: GOOD.replace(
          "runcmd:\n",
          "runcmd:\n  - docker run --sysctl net.core.somaxconn=1024 -d nginx\n",
        ),
      },
      said: [
        "containers-set-their-own: web: nginx: wanted net.core.somaxconn >= 8192 in its own network namespace, got 1024.",
      ],
    },
  ],
  decides: [["userData"], ["tags"], ["tags", "listen-backlog:services"]],
};

const launchTemplate: Baseline = {
  type: "aws:ec2/launchTemplate:LaunchTemplate",
  props: {
    imageId: "ami-0abcdef1234567890",
    instanceType: "t3.small",
    userData: base64(GOOD),
    tagSpecifications: [
      { resourceType: "volume", tags: { "listen-backlog:services": "api:1:65535" } },
      { resourceType: "instance", tags: TAGS },
    ],
  },
  mutations: [
    ...userDataMutations((text) => ({ userData: base64(text) }), { userData: undefined }),
    { name: "somaxconn below, in gzip", change: { userData: gzip64(LOW) }, said: [CUT()] },
    {
      name: "a declaration in its own tags",
      change: { userData: base64(LOW), tagSpecifications: [], tags: TAGS },
      said: [CUT()],
    },
  ],
  decides: [["userData"], ["tagSpecifications", "1", "tags"], ["tagSpecifications"]],
};

const plain = (type: string, more: Readonly<Record<string, unknown>> = {}): Baseline => ({
  type,
  props: { userData: GOOD, tags: TAGS, ...more },
  mutations: userDataMutations((userData) => ({ userData }), { userData: undefined }),
  decides: [["userData"], ["tags"]],
});

const spotFleet: Baseline = {
  type: "aws:ec2/spotFleetRequest:SpotFleetRequest",
  props: {
    iamFleetRole: "arn:aws:iam::123456789012:role/fleet",
    targetCapacity: 2,
    launchSpecifications: [
      { ami: "ami-1", instanceType: "m5.large", userData: GOOD, tags: TAGS },
      { ami: "ami-2", instanceType: "m5.large", userData: base64(GOOD), tags: TAGS },
    ],
  },
  mutations: [
    {
      name: "somaxconn below the declaration in one of two",
      change: {
        launchSpecifications: [
          { ami: "ami-1", userData: GOOD, tags: TAGS },
          { ami: "ami-2", userData: base64(LOW), tags: TAGS },
        ],
      },
      said: [CUT("launchSpecifications[1]: ")],
    },
    {
      name: "one cause in the user data that two share",
      change: {
        launchSpecifications: [
          { ami: "ami-1", instanceType: "m5.large", userData: LOW, tags: TAGS },
          { ami: "ami-1", instanceType: "m6.large", userData: LOW, tags: TAGS },
        ],
      },
      said: [CUT("launchSpecifications[0], launchSpecifications[1]: ")],
    },
  ],
  decides: [["launchSpecifications"], ["launchSpecifications", "0", "userData"]],
};

const nativeTemplate: Baseline = {
  type: "aws-native:ec2:LaunchTemplate",
  props: {
    launchTemplateData: {
      userData: base64(GOOD),
      tagSpecifications: [
        { resourceType: "instance", tags: [{ key: "listen-backlog:services", value: "nginx:80:8192" }] },
      ],
    },
  },
  mutations: [
    {
      name: "somaxconn below the declaration",
      change: {
        launchTemplateData: {
          userData: base64(LOW),
          tagSpecifications: [
            { resourceType: "instance", tags: [{ key: "listen-backlog:services", value: "nginx:80:8192" }] },
          ],
        },
      },
      said: [CUT()],
    },
  ],
  decides: [["launchTemplateData", "userData"], ["launchTemplateData"]],
};

const control = (value: string) => ({
  systemControls: [{ namespace: "net.core.somaxconn", value }],
});
const containers = (...definitions: readonly object[]) => ({
  containerDefinitions: JSON.stringify(definitions),
});
const NEEDS = (got: string) =>
  `containers-set-their-own: web: nginx: wanted net.core.somaxconn >= 8192 in its own network namespace, got ${got}.`;

const task: Baseline = {
  type: "aws:ecs/taskDefinition:TaskDefinition",
  props: {
    family: "web",
    networkMode: "awsvpc",
    ...containers({ name: "nginx", image: "nginx", ...control("8192") }, { name: "log", image: "log" }),
    tags: TAGS,
  },
  mutations: [
    {
      name: "no systemControls",
      change: containers({ name: "nginx", image: "nginx" }),
      said: [NEEDS("4096")],
    },
    { name: "too little", change: containers({ name: "nginx", ...control("1024") }), said: [NEEDS("1024")] },
    {
      name: "two containers that share a namespace and differ",
      change: containers({ name: "nginx", ...control("8192") }, { name: "log", ...control("9000") }),
      said: [
        "containers-set-their-own: web: containerDefinitions: wanted one value of net.core.somaxconn, got 8192 in nginx, 9000 in log.",
      ],
    },
    {
      name: "the network of the host",
      change: { networkMode: "host" },
      said: [
        "backlog-can-be-judged: web: cannot be judged: whether 8192 is covered: it uses the network of its node, whose net.core.somaxconn decides.",
        "containers-set-their-own: web: containerDefinitions: wanted a network namespace of its own, got the network of the host, and net.core.somaxconn.",
      ],
    },
    {
      name: "Fargate, where nobody says the network mode",
      change: {
        networkMode: undefined,
        requiresCompatibilities: ["FARGATE"],
        ...containers({ name: "log", ...control("8192") }, { name: "nginx" }),
      },
      said: [],
    },
    {
      name: "another container than that of the service, which has a namespace of its own",
      change: {
        networkMode: "bridge",
        ...containers({ name: "log", ...control("8192") }, { name: "nginx" }),
      },
      said: [NEEDS("4096")],
    },
    {
      name: "bridge, and the container of the service is not named after it",
      change: {
        networkMode: "bridge",
        ...containers({ name: "log" }, { name: "proxy", ...control("8192") }),
      },
      said: [],
    },
    {
      name: "bridge, and two services on the same port, each in the container of its name",
      change: {
        networkMode: "bridge",
        tags: { "listen-backlog:services": "nginx:80:8192, api:80:9000" },
        ...containers({ name: "nginx", ...control("8192") }, { name: "api", ...control("8192") }),
      },
      said: [
        "containers-set-their-own: web: api: wanted net.core.somaxconn >= 9000 in its own network namespace, got 8192.",
      ],
    },
    {
      name: "two services on the same port of one network namespace",
      change: { tags: { "listen-backlog:services": "nginx:80:8192, api:80:8192" } },
      said: [
        'somaxconn-covers-backlog: web: tag listen-backlog:services: wanted one service for each address and port, got "* port 80".',
      ],
    },
    {
      name: "bridge, and two services on the same port of the only container",
      change: {
        networkMode: "bridge",
        tags: { "listen-backlog:services": "nginx:80:8192, api:80:8192" },
        ...containers({ name: "nginx", ...control("8192") }),
      },
      said: [
        'somaxconn-covers-backlog: web: tag listen-backlog:services: wanted one service for each address and port, got "* port 80".',
      ],
    },
    {
      name: "bridge, and two services each in the container of its name",
      change: {
        networkMode: "bridge",
        tags: { "listen-backlog:services": "nginx:80:8192, redis:6379" },
        ...containers({ name: "nginx", ...control("8192") }, { name: "redis" }),
      },
      said: [],
    },
    {
      name: "bridge, and too little in the container of one of two services",
      change: {
        networkMode: "bridge",
        tags: { "listen-backlog:services": "nginx:80:8192, api:8080:8192" },
        ...containers({ name: "nginx", ...control("1024") }, { name: "proxy", ...control("8192") }),
      },
      said: [NEEDS("1024")],
    },
    {
      name: "bridge, and one of two containers that are set up is set up for it",
      change: {
        networkMode: "bridge",
        ...containers({ name: "log", ...control("1024") }, { name: "proxy", ...control("8192") }),
      },
      said: [],
    },
    {
      name: "a value that is no number",
      change: containers({ name: "nginx", ...control("many") }),
      said: [
        "backlog-within-limits: web: net.core.somaxconn: wanted an integer from 1 to 2147483647 (connections per listening socket); with 0, every listener of the namespace gets an accept queue of one slot, got a value that is no number.",
        NEEDS("4096"),
      ],
    },
    {
      name: "cookies that are off in the container",
      change: containers({
        name: "nginx",
        systemControls: [
          ...control("8192").systemControls,
          { namespace: "net.ipv4.tcp_syncookies", value: "0" },
        ],
      }),
      said: [COOKIES],
    },
    {
      name: "definitions that are no JSON",
      change: { containerDefinitions: "[" },
      said: [
        "backlog-can-be-judged: web: cannot be judged: containerDefinitions, because it is no list in JSON.",
      ],
    },
  ],
  decides: [["containerDefinitions"], ["tags", "listen-backlog:services"]],
};

/** The same task of the other provider, in which everything is a list and nothing is JSON. */
const listed = (...definitions: readonly object[]) => ({ containerDefinitions: definitions });
const nativeTask: Baseline = {
  type: "aws-native:ecs:TaskDefinition",
  props: {
    family: "web",
    networkMode: "awsvpc",
    ...listed({ name: "nginx", image: "nginx", ...control("8192") }, { name: "log", image: "log" }),
    tags: [
      { key: "Name", value: "web" },
      { key: "listen-backlog:services", value: "nginx:80:8192" },
    ],
  },
  mutations: [
    { name: "no systemControls", change: listed({ name: "nginx" }), said: [NEEDS("4096")] },
    { name: "too little", change: listed({ name: "nginx", ...control("1024") }), said: [NEEDS("1024")] },
    {
      name: "another container than that of the service, which has a namespace of its own",
      change: { networkMode: "bridge", ...listed({ name: "log", ...control("8192") }, { name: "nginx" }) },
      said: [NEEDS("4096")],
    },
  ],
  decides: [["containerDefinitions"], ["containerDefinitions", "0", "systemControls"], ["tags"]],
};

const ecsService: Baseline = {
  type: "aws:ecs/service:Service",
  props: { launchType: "FARGATE", platformVersion: "1.4.0", tags: TAGS },
  mutations: [
    { name: "no version", change: { platformVersion: undefined }, said: [] },
    { name: "the latest", change: { platformVersion: "LATEST" }, said: [] },
    {
      name: "a platform without settings",
      change: { platformVersion: "1.3.0" },
      said: [
        "containers-set-their-own: web: platformVersion: wanted a platform on which a container can have its own net.core.somaxconn, got Fargate platform version 1.3.0.",
      ],
    },
  ],
  decides: [],
};

const ANNOTATED = { metadata: { annotations: { "listen-backlog/services": "nginx:80:8192" } } };
const podSpec = (spec: object) => ({
  containers: [{ name: "nginx", image: "nginx" }],
  securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "8192" }] },
  ...spec,
});
const NODES =
  'containers-set-their-own: web: cannot be judged: whether the nodes let it set net. keys: say what their kubelet allows in the configuration, such as allowedUnsafeSysctls: ["net.core.somaxconn"].';

/** A pod that sets it in a privileged container, which no node has to allow by name. */
const INIT = {
  securityContext: undefined,
  initContainers: [
    {
      name: "sysctl",
      image: "busybox",
      command: ["sh", "-c", "sysctl -w net.core.somaxconn=8192"],
      securityContext: { privileged: true },
    },
  ],
};

/** Where the one string of nested objects stands. */
function pathTo(value: unknown): string[] | undefined {
  if (typeof value === "string") {
    return [];
  }
  for (const [name, inner] of typeof value === "object" && value !== null ? Object.entries(value) : []) {
    const path = pathTo(inner);
    if (path !== undefined) {
      return [name, ...path];
    }
  }
  return undefined;
}

function workload(type: string, wrap: (pod: object) => Readonly<Record<string, unknown>>): Baseline {
  const pod = (spec: object) => wrap({ ...ANNOTATED, spec: podSpec(spec) });
  const wrapped = pathTo(wrap({ spec: "pod" })) ?? [];
  return {
    type,
    props: pod(INIT),
    mutations: [
      {
        name: "a setting that nodes must allow, and nobody says what they do",
        change: pod({}),
        said: [NODES],
      },
      { name: "no sysctl", change: pod({ securityContext: {} }), said: [NEEDS("4096")] },
      {
        name: "too little",
        change: pod({ securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "1024" }] } }),
        said: [NEEDS("1024"), NODES],
      },
      {
        name: "an init container without privileges",
        change: pod({ ...INIT, initContainers: [{ ...INIT.initContainers[0], securityContext: {} }] }),
        said: [NEEDS("4096")],
      },
      {
        name: "an init container that sets too little",
        change: pod({
          ...INIT,
          initContainers: [
            { ...INIT.initContainers[0], command: ["sysctl", "-w", "net.core.somaxconn=1024"] },
          ],
        }),
        said: [NEEDS("1024")],
      },
      {
        name: "the network of the node",
        change: pod({ hostNetwork: true }),
        said: [
          "backlog-can-be-judged: web: cannot be judged: whether 8192 is covered: it uses the network of its node, whose net.core.somaxconn decides.",
          "containers-set-their-own: web: pod: wanted a network namespace of its own, got the network of the host, and net.core.somaxconn.",
        ],
      },
      {
        name: "cookies that are off",
        change: pod({
          ...INIT,
          securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "0" }] },
        }),
        said: [COOKIES],
      },
    ],
    decides: [wrapped, [...wrapped, "initContainers"], [...wrapped, "hostNetwork"]],
  };
}

const AKS_CUT = (where = "") => CUT(where);
const sysctls = (netCoreSomaxconn: number) => ({ linuxOSConfig: { sysctls: { netCoreSomaxconn } } });
const classic = (netCoreSomaxconn: number) => ({ linuxOsConfig: { sysctlConfig: { netCoreSomaxconn } } });
const gke = (value: string) => ({
  nodeConfig: { linuxNodeConfig: { sysctls: { "net.core.somaxconn": value } } },
});

const LOWERED = (where: string) =>
  `somaxconn-keeps-kernel-default: web: ${where}net.core.somaxconn: wanted 4096 or more, got 1024.`;

const pools: readonly Baseline[] = [
  {
    type: "azure-native:containerservice:ManagedCluster",
    props: {
      agentPoolProfiles: [
        { name: "a", ...sysctls(8192) },
        { name: "b", ...sysctls(8192) },
      ],
      tags: TAGS,
    },
    mutations: [
      {
        name: "too little in one pool",
        change: {
          agentPoolProfiles: [
            { name: "a", ...sysctls(8192) },
            { name: "b", ...sysctls(1024) },
          ],
        },
        said: [AKS_CUT("agentPoolProfiles[1]: ")],
      },
    ],
    decides: [
      ["agentPoolProfiles", "0", "linuxOSConfig", "sysctls", "netCoreSomaxconn"],
      ["agentPoolProfiles"],
    ],
  },
  {
    type: "azure-native:containerservice:AgentPool",
    props: { ...sysctls(8192), tags: TAGS },
    mutations: [{ name: "too little", change: sysctls(1024), said: [CUT()] }],
    decides: [["linuxOSConfig"]],
  },
  {
    type: "azure:containerservice/kubernetesCluster:KubernetesCluster",
    props: { defaultNodePool: { name: "a", ...classic(8192) }, tags: TAGS },
    mutations: [
      {
        name: "too little",
        change: { defaultNodePool: { name: "a", ...classic(1024) } },
        said: [CUT("defaultNodePool: ")],
      },
    ],
    decides: [["defaultNodePool"], ["defaultNodePool", "linuxOsConfig"]],
  },
  {
    type: "azure:containerservice/kubernetesClusterNodePool:KubernetesClusterNodePool",
    props: { ...classic(8192), tags: TAGS },
    mutations: [{ name: "too little", change: classic(1024), said: [CUT()] }],
    decides: [["linuxOsConfig"]],
  },
  ...["gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"].map((type) => ({
    type,
    props: gke("8192"),
    mutations: [
      { name: "a lowered somaxconn", change: gke("1024"), said: [LOWERED("")] },
      ...(type.endsWith("Cluster")
        ? [
            {
              name: "a lowered somaxconn in another pool",
              change: { nodePools: [gke("8192"), gke("1024")] },
              said: [LOWERED("nodePools[1]: ")],
            },
          ]
        : []),
    ],
    decides: [],
  })),
];

const google = (type: string): Baseline => ({
  type,
  props: { metadata: { "user-data": GOOD, "listen-backlog-services": "nginx:80:8192" } },
  mutations: [
    ...userDataMutations(
      (text) => ({ metadata: { "user-data": text, "listen-backlog-services": "nginx:80:8192" } }),
      { metadata: { "listen-backlog-services": "nginx:80:8192" } },
    ),
    {
      name: "a startup script, which runs on every boot",
      change: { metadata: { "startup-script": RUNTIME, "listen-backlog-services": "nginx:80:8192" } },
      said: [],
    },
    {
      name: "a startup script that sets too little beside user data that sets nothing",
      change: {
        metadata: {
          "user-data": "#cloud-config\npackages: [nginx]\n",
          "startup-script": "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\n",
          "listen-backlog-services": "nginx:80:8192",
        },
      },
      said: [CUT()],
    },
    {
      name: "a startup script that installs something beside user data that sets too little",
      change: {
        metadata: { "user-data": LOW, "listen-backlog-services": "nginx:80:8192" },
        metadataStartupScript: "#!/bin/sh\napt-get install -y nginx\n",
      },
      said: [CUT()],
    },
    {
      name: "a startup script and user data, which set it in no order",
      change: {
        metadata: { "user-data": GOOD, "listen-backlog-services": "nginx:80:8192" },
        metadataStartupScript: "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\n",
      },
      said: [
        "backlog-can-be-judged: web: cannot be judged: the user data, because user data and a startup script both set it, in no order: write the values plainly, or verify the server.",
      ],
    },
    {
      name: "a startup script that sets too little",
      change: {
        metadata: { "listen-backlog-services": "nginx:80:8192" },
        metadataStartupScript: "#!/bin/sh\nsysctl -w net.core.somaxconn=1024\n",
      },
      said: [CUT()],
    },
  ],
  decides: [["metadata"], ["metadata", "user-data"], ["metadata", "listen-backlog-services"]],
});

const azureMachines: readonly Baseline[] = [
  ...[
    "azure:compute/linuxVirtualMachine:LinuxVirtualMachine",
    "azure:compute/linuxVirtualMachineScaleSet:LinuxVirtualMachineScaleSet",
  ].map((type) => ({
    type,
    props: { customData: base64(GOOD), tags: TAGS },
    mutations: [
      ...userDataMutations((text) => ({ customData: base64(text) }), { customData: undefined }),
      {
        name: "too little in user data, where there is no custom data",
        change: { customData: undefined, userData: base64(LOW) },
        said: [CUT()],
      },
      {
        name: "user data that custom data hides",
        change: { userData: base64(LOW) },
        said: [],
      },
    ],
    decides: [["customData"]],
  })),
  ...[
    "azure:compute/virtualMachine:VirtualMachine",
    "azure:compute/scaleSet:ScaleSet",
    "azure:compute/orchestratedVirtualMachineScaleSet:OrchestratedVirtualMachineScaleSet",
    "azure-native:compute:VirtualMachine",
    "azure-native:compute/v20240301:VirtualMachine",
    "azure-native_compute_v20240301:compute:VirtualMachine",
  ].map((type) => ({
    type,
    props: { osProfile: { customData: base64(GOOD) }, tags: TAGS },
    mutations: [
      { name: "too little", change: { osProfile: { customData: base64(LOW) } }, said: [CUT()] },
      { name: "none", change: { osProfile: {} }, said: [ABSENT] },
      {
        name: "Windows",
        change: { osProfile: { customData: base64(LOW), windowsConfiguration: {} } },
        said: [],
      },
    ],
    decides: [["osProfile"], ["osProfile", "customData"]],
  })),
  {
    type: "azure-native:compute:VirtualMachine",
    props: { osProfile: { customData: base64(GOOD) }, userData: base64(LOW), tags: TAGS },
    mutations: [],
    decides: [["osProfile"], ["osProfile", "customData"]],
  },
  {
    type: "azure-native:compute:VirtualMachineScaleSet",
    props: { virtualMachineProfile: { osProfile: { customData: base64(GOOD) } }, tags: TAGS },
    mutations: [
      {
        name: "too little",
        change: { virtualMachineProfile: { osProfile: { customData: base64(LOW) } } },
        said: [CUT()],
      },
      {
        name: "too little in user data",
        change: { virtualMachineProfile: { userData: base64(LOW) } },
        said: [CUT()],
      },
    ],
    decides: [["virtualMachineProfile"]],
  },
];

const imageData = (...commands: readonly string[]) =>
  [
    "name: tune",
    "schemaVersion: 1.0",
    "phases:",
    "  - name: build",
    "    steps:",
    "      - name: tune",
    "        action: ExecuteBash",
    "        inputs:",
    "          commands:",
    ...commands.map((command) => `            - ${JSON.stringify(command)}`),
    "",
  ].join("\n");

const RUN = "sudo sysctl -w net.core.somaxconn=8192";
const KEPT = `echo net.core.somaxconn=8192 | sudo tee /etc/sysctl.d/60-a.conf && sudo sysctl --system`;

/** What runs a command on a machine that is up. */
const commands: readonly Baseline[] = (
  [
    ["command:remote:Command", (create: string) => ({ create, connection: { host: "10.0.0.1" } })],
    [
      "aws:ssm/association:Association",
      (text: string) => ({ name: "AWS-RunShellScript", parameters: { commands: text } }),
    ],
    [
      "aws-native:ssm:Association",
      (text: string) => ({ name: "AWS-RunShellScript", parameters: { commands: [text] } }),
    ],
    [
      "azure:compute/virtualMachineRunCommand:VirtualMachineRunCommand",
      (text: string) => ({ source: { script: text } }),
    ],
    [
      "azure-native:compute:VirtualMachineRunCommandByVirtualMachine",
      (text: string) => ({ source: { script: text } }),
    ],
    [
      "azure:compute/extension:Extension",
      (text: string) => ({ type: "CustomScript", settings: JSON.stringify({ commandToExecute: text }) }),
    ],
    [
      "azure:compute/virtualMachineScaleSetExtension:VirtualMachineScaleSetExtension",
      (text: string) => ({ type: "CustomScript", settings: JSON.stringify({ commandToExecute: text }) }),
    ],
    [
      "azure-native:compute:VirtualMachineExtension",
      (text: string) => ({ type: "CustomScript", settings: { commandToExecute: text } }),
    ],
  ] as const
).map(([type, carry]) => ({
  type,
  props: carry(KEPT),
  mutations: [
    { name: "the running kernel alone", change: carry(RUN), said: [LOST] },
    { name: "something else", change: carry("apt-get install -y nginx"), said: [] },
    {
      name: "a service that starts before, on a machine whose somaxconn nobody knows",
      change: { ...carry(`systemctl start nginx; ${KEPT}`), tags: TAGS },
      said: [],
    },
  ],
  decides: [],
}));

const others: readonly Baseline[] = [
  "digitalocean:index/droplet:Droplet",
  "hcloud:index/server:Server",
  "openstack:compute/instance:Instance",
].map((type) => ({
  type,
  props: { userData: GOOD },
  mutations: [{ name: "the running kernel alone", change: { userData: RUNTIME }, said: [LOST] }],
  decides: [["userData"]],
}));

const THROUGH =
  "backlog-can-be-judged: web: cannot be judged: the user data, because its launch template brings it, which is judged by its own tag listen-backlog:services: write the values plainly, or verify the server.";

/** What has its user data from a template. */
const groups: readonly Baseline[] = (
  [
    ["aws:autoscaling/group:Group", [{ key: "listen-backlog:services", value: "nginx:80:8192" }]],
    ["aws:batch/computeEnvironment:ComputeEnvironment", TAGS],
    ["aws:ec2/fleet:Fleet", TAGS],
    ["aws:eks/nodeGroup:NodeGroup", TAGS],
    [
      "aws-native:autoscaling:AutoScalingGroup",
      [{ key: "listen-backlog:services", value: "nginx:80:8192", propagateAtLaunch: true }],
    ],
    ["aws-native:ec2:Ec2Fleet", [{ key: "listen-backlog:services", value: "nginx:80:8192" }]],
    ["aws-native:eks:Nodegroup", TAGS],
  ] as const
).map(([type, tags]) => ({
  type,
  props: { launchTemplate: { id: "lt-1" } },
  mutations: [{ name: "a tag that is not seen where the user data is", change: { tags }, said: [THROUGH] }],
  decides: [],
}));

const documents: readonly Baseline[] = [
  ...["aws:imagebuilder/component:Component", "aws-native:imagebuilder:Component"].map((type) => ({
    type,
    props: {
      platform: "Linux",
      version: "1.0.0",
      data: imageData("echo net.core.somaxconn=8192 > /etc/sysctl.d/60-a.conf"),
    },
    mutations: [
      {
        name: "a service that starts where the image is built",
        change: {
          data: imageData(
            "systemctl start nginx",
            "echo net.core.somaxconn=8192 > /etc/sysctl.d/60-a.conf",
            "sysctl --system",
          ),
          tags: TAGS,
        },
        said: [],
      },
      {
        name: "the running kernel of the machine that builds",
        change: { data: imageData("sysctl -w net.core.somaxconn=8192") },
        said: [LOST],
      },
    ],
    decides: [],
  })),
  {
    type: "aws-native:ssm:Document",
    props: {
      content: {
        schemaVersion: "2.2",
        mainSteps: [{ action: "aws:runShellScript", name: "tune", inputs: { runCommand: [KEPT] } }],
      },
    },
    mutations: [
      {
        name: "one command instead of a list of them",
        change: { content: { mainSteps: [{ action: "aws:runShellScript", inputs: { runCommand: RUN } }] } },
        said: [LOST],
      },
      {
        name: "schema 1.2",
        change: {
          content: {
            schemaVersion: "1.2",
            runtimeConfig: { "aws:runShellScript": { properties: [{ id: "0", runCommand: [RUN] }] } },
          },
        },
        said: [LOST],
      },
    ],
    decides: [],
  },
  ...(["JSON", "YAML"] as const).map((format) => {
    const content = (...runCommand: readonly string[]) => {
      const steps = [{ action: "aws:runShellScript", name: "tune", inputs: { runCommand } }];
      return format === "JSON"
        ? JSON.stringify({ schemaVersion: "2.2", mainSteps: steps })
        : `schemaVersion: "2.2"\nmainSteps:\n  - action: aws:runShellScript\n    name: tune\n    inputs:\n      runCommand: ${JSON.stringify(runCommand)}\n`;
    };
    return {
      type: "aws:ssm/document:Document",
      props: {
        documentType: "Command",
        content: content(
          "echo net.core.somaxconn=8192 > /etc/sysctl.d/60-a.conf",
          "sysctl -p /etc/sysctl.d/60-a.conf",
        ),
      },
      mutations: [
        {
          name: `the running kernel alone, in ${format}`,
          change: { content: content("sysctl -w net.core.somaxconn=8192") },
          said: [LOST],
        },
      ],
      decides: [],
    };
  }),
];

/** A class of nodes of Karpenter. */
const nodeClass: Baseline = {
  type: "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
  props: {
    metadata: { annotations: { "listen-backlog/services": "nginx:80:8192" } },
    spec: { amiFamily: "AL2023", userData: GOOD },
  },
  mutations: [
    { name: "too little", change: { spec: { userData: LOW } }, said: [CUT()] },
    { name: "the running kernel alone", change: { spec: { userData: RUNTIME } }, said: [LOST] },
  ],
  decides: [["spec"], ["spec", "userData"]],
};

const docker: Baseline = {
  type: "docker:index/container:Container",
  props: {
    image: "nginx",
    sysctls: { "net.core.somaxconn": "8192" },
    labels: [{ label: "listen-backlog:services", value: "nginx:80:8192" }],
  },
  mutations: [
    { name: "no sysctl", change: { sysctls: undefined }, said: [NEEDS("4096")] },
    { name: "too little", change: { sysctls: { "net.core.somaxconn": "1024" } }, said: [NEEDS("1024")] },
    {
      name: "too little, as a number",
      change: { sysctls: { "net.core.somaxconn": 1024 } },
      said: [NEEDS("1024")],
    },
    { name: "enough, as a number", change: { sysctls: { "net.core.somaxconn": 8192 } }, said: [] },
    {
      name: "the network of another container",
      change: { networkMode: "container:web", sysctls: undefined },
      said: [
        "backlog-can-be-judged: web: cannot be judged: container, because it uses the network of another container.",
      ],
    },
    {
      name: "the network of the host",
      change: { networkMode: "host" },
      said: [
        "backlog-can-be-judged: web: cannot be judged: whether 8192 is covered: it uses the network of its node, whose net.core.somaxconn decides.",
        "containers-set-their-own: web: container: wanted a network namespace of its own, got the network of the host, and net.core.somaxconn.",
      ],
    },
  ],
  decides: [["sysctls"], ["labels"], ["labels", "0", "value"]],
};

const swarm = (sysctl: object | undefined, more: object = {}) => ({
  taskSpec: { containerSpec: { image: "nginx", sysctl, ...more } },
});

const swarmService: Baseline = {
  type: "docker:index/service:Service",
  props: {
    ...swarm({ "net.core.somaxconn": "8192" }),
    labels: [{ label: "listen-backlog:services", value: "nginx:80:8192" }],
  },
  mutations: [
    { name: "no sysctl", change: swarm(undefined), said: [NEEDS("4096")] },
    { name: "too little", change: swarm({ "net.core.somaxconn": "1024" }), said: [NEEDS("1024")] },
    {
      name: "too little for the label of its containers",
      change: {
        labels: undefined,
        ...swarm(undefined, { labels: [{ label: "listen-backlog:services", value: "nginx:80:8192" }] }),
      },
      said: [NEEDS("4096")],
    },
  ],
  decides: [["taskSpec"], ["taskSpec", "containerSpec", "sysctl"], ["labels", "0", "value"]],
};

const component = (type: string): Baseline => ({
  type,
  props: {
    services: [{ name: "nginx", software: "nginx", port: 80, backlog: 8192 }],
    settings: { somaxconn: 8192 },
    sysctl: { "net.core.somaxconn": "8192" },
  },
  mutations: [
    { name: "somaxconn below the declaration", change: { settings: { somaxconn: 1024 } }, said: [CUT()] },
    {
      name: "cookies that are off",
      change: { sysctl: { "net.core.somaxconn": "8192", "net.ipv4.tcp_syncookies": "0" } },
      said: ["syn-flood-protection: web: settings.tcpSyncookies: wanted 1, got 0."],
    },
    {
      name: "a service that a reload leaves as it is",
      change: {
        services: [
          {
            name: "nginx",
            software: "nginx",
            port: 80,
            backlog: 8192,
            unit: "nginx.service",
            relisten: "reload",
          },
        ],
      },
      said: ['backlog-reaches-the-service: web: nginx: wanted relisten: "restart", got relisten: "reload".'],
    },
  ],
  decides: [["services"], ["settings", "somaxconn"], ["services", "0", "backlog"], ["sysctl"]],
});

/** Lightsail takes text that is no known form of cloud-init: it is a script. */
const lightsail: Baseline = {
  ...plain("aws:lightsail/instance:Instance"),
  mutations: [
    ...plain("aws:lightsail/instance:Instance").mutations.filter(
      ({ name }) => name !== "text that nobody can read",
    ),
    {
      name: "commands without a first line",
      change: { userData: "sysctl -w net.core.somaxconn=8192 && apt-get install -y nginx" },
      said: [LOST],
    },
  ],
};

export const BASELINES: readonly Baseline[] = [
  ...[
    "listen-backlog:index:TunedServer",
    "listen-backlog:index:TunedHost",
    "listen-backlog:index:BacklogVerification",
  ].map(component),
  instance,
  plain("aws:ec2/spotInstanceRequest:SpotInstanceRequest", { userDataReplaceOnChange: true }),
  launchTemplate,
  plain("aws:ec2/launchConfiguration:LaunchConfiguration"),
  lightsail,
  spotFleet,
  { ...plain("aws-native:ec2:Instance", { userData: base64(GOOD) }), mutations: [{ name: "too little", change: { userData: base64(LOW) }, said: [CUT()] }] }, // prettier-ignore
  { ...plain("aws-native:autoscaling:LaunchConfiguration", { userData: base64(GOOD) }), mutations: [{ name: "too little", change: { userData: base64(LOW) }, said: [CUT()] }], decides: [["userData"]] }, // prettier-ignore
  { ...plain("aws-native:lightsail:Instance", { tags: [{ key: "listen-backlog:services", value: "nginx:80:8192" }] }), mutations: [{ name: "too little", change: { userData: LOW }, said: [CUT()] }], decides: [["userData"]] }, // prettier-ignore
  {
    type: "aws-native:ec2:SpotFleet",
    props: { spotFleetRequestConfigData: { launchSpecifications: [NATIVE_SPECIFICATION] } },
    mutations: [
      {
        name: "too little",
        change: {
          spotFleetRequestConfigData: {
            launchSpecifications: [{ ...NATIVE_SPECIFICATION, userData: base64(LOW) }],
          },
        },
        said: [CUT().replace("web: ", "web: launchSpecifications[0]: ")],
      },
      {
        name: "the running kernel alone",
        change: { spotFleetRequestConfigData: { launchSpecifications: [{ userData: base64(RUNTIME) }] } },
        said: [LOST.replace("web: ", "web: launchSpecifications[0]: ")],
      },
    ],
    decides: [["spotFleetRequestConfigData", "launchSpecifications"]],
  },
  nativeTemplate,
  task,
  { ...task, type: "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition" },
  nativeTask,
  ecsService,
  workload("kubernetes:core/v1:Pod", (pod) => ({ ...pod })),
  workload("kubernetes:core/v1:PodTemplate", (template) => ({ template })),
  workload("kubernetes:core/v1:ReplicationController", (template) => ({ spec: { template } })),
  workload("kubernetes:apps/v1:Deployment", (template) => ({ spec: { replicas: 2, template } })),
  workload("kubernetes:argoproj.io/v1alpha1:Rollout", (template) => ({ spec: { template } })),
  workload("kubernetes:apps.openshift.io/v1:DeploymentConfig", (template) => ({ spec: { template } })),
  workload("kubernetes:apps/v1:StatefulSet", (template) => ({ spec: { template } })),
  workload("kubernetes:apps/v1:DaemonSet", (template) => ({ spec: { template } })),
  workload("kubernetes:apps/v1:ReplicaSet", (template) => ({ spec: { template } })),
  workload("kubernetes:batch/v1:Job", (template) => ({ spec: { template } })),
  workload("kubernetes:batch/v1:CronJob", (template) => ({ spec: { jobTemplate: { spec: { template } } } })),
  ...pools,
  google("gcp:compute/instance:Instance"),
  google("gcp:compute/instanceFromTemplate:InstanceFromTemplate"),
  google("gcp:compute/instanceTemplate:InstanceTemplate"),
  google("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate"),
  ...azureMachines,
  ...commands,
  ...others,
  ...groups,
  ...documents,
  nodeClass,
  docker,
  swarmService,
];

export const resourceOf = (
  { type, props }: Pick<Baseline, "type" | "props">,
  change: Readonly<Record<string, unknown>> = {},
): Resource => ({ type, name: "web", props: { ...props, ...change } });
