import type { Row } from "./row";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const INSTANCE = "aws:ec2/instance:Instance";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const TASK = "aws:ecs/taskDefinition:TaskDefinition";
const task = (...containers: Record<string, unknown>[]) => ({
  containerDefinitions: JSON.stringify(containers),
});

/** Servers that nobody tuned, or whose configuration is right as it is: nothing to say about any. */
export const PLAIN_SERVERS: readonly Row[] = [
  [INSTANCE, { ami: "ami-0a", instanceType: "t3.micro" }],
  [INSTANCE, { ami: "ami-0a", instanceType: "t3.micro", userData: "" }],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData: "#!/bin/bash\nyum update -y\nyum install -y httpd\nsystemctl enable --now httpd\n",
    },
  ],
  [
    INSTANCE,
    { ami: "ami-0a", userData: "#cloud-config\nhostname: web\nssh_authorized_keys: [ssh-ed25519 AAAA]\n" },
  ],
  [
    INSTANCE,
    { ami: "ami-0a", userData: "#cloud-config\npackages: [nginx]\nruncmd: [[systemctl, restart, nginx]]\n" },
  ],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData: "#!/bin/sh\necho 'vm.swappiness = 10' > /etc/sysctl.d/10-swap.conf\nsysctl --system\n",
    },
  ],
  [INSTANCE, { ami: "ami-0a", userData: "#!/bin/sh\nsysctl -w vm.max_map_count=262144\n" }],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData: "#!/bin/sh\nsysctl -w net.ipv4.ip_forward=1\niptables -t nat -A POSTROUTING -j MASQUERADE\n",
    },
  ],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData: "#!/bin/bash\ncurl -fsSL https://get.docker.com | sh\ndocker run -d -p 80:80 nginx\n",
    },
  ],
  [INSTANCE, { ami: "ami-0a", userData: "#include https://example.com/base.yaml\n" }],
  [INSTANCE, { ami: "ami-0a", userData: "#!/usr/bin/env python3\nprint('hello')\n" }],
  [INSTANCE, { ami: "ami-0a", userData: "<powershell>\nInstall-WindowsFeature Web-Server\n</powershell>" }],
  [INSTANCE, { ami: "ami-0a", userData: '{"ignition":{"version":"3.4.0"}}' }],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData:
        "#!/bin/bash\ncat > /etc/nginx/conf.d/a.conf <<'N'\nserver { listen 80; }\nN\nsystemctl reload nginx\n",
    },
  ],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData:
        "#cloud-config\nwrite_files:\n  - path: /etc/nginx/conf.d/a.conf\n    content: 'server { listen 80 backlog=1024; }'\n",
    },
  ],
  [
    INSTANCE,
    {
      ami: "ami-0a",
      userData:
        "#cloud-config\nwrite_files:\n  - path: /etc/redis/redis.conf\n    content: 'tcp-backlog 511'\n",
    },
  ],
  [INSTANCE, { ami: "ami-0a", userData: "#!/bin/bash\ngunicorn --backlog 2048 app:app\n" }],
  [INSTANCE, { ami: "ami-0a", userData: "#!/bin/bash\n# sysctl -w net.core.somaxconn=65535\necho done\n" }],
  [INSTANCE, { ami: "ami-0a", userDataBase64: base64("#!/bin/bash\nyum install -y nginx\n") }],
  [INSTANCE, { launchTemplate: { id: "lt-0a", version: "$Latest" }, tags: { Name: "a" } }],
  [INSTANCE, { ami: "ami-0a", tags: { "listen-backlog:services": "nginx:80:1024, redis, postgresql:5432" } }],
  [TEMPLATE, { imageId: "ami-0a", instanceType: "m7g.large" }],
  [TEMPLATE, { imageId: "ami-0a", userData: base64("#!/bin/bash\nsystemctl enable --now app\n") }],
  [TEMPLATE, { imageId: "ami-0a", userData: base64('[settings.kubernetes]\ncluster-name = "main"\n') }],
  [
    TEMPLATE,
    { userData: base64("#!/bin/bash\n/etc/eks/bootstrap.sh main --kubelet-extra-args '--max-pods=110'\n") },
  ],
  [TEMPLATE, { userData: base64("#!/bin/bash\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config\n") }],
  ["aws:ec2/launchConfiguration:LaunchConfiguration", { imageId: "ami-0a", userData: "#!/bin/sh\ntrue\n" }],
  ["aws:ec2/spotInstanceRequest:SpotInstanceRequest", { ami: "ami-0a", userData: "#!/bin/sh\n/opt/work\n" }],
  [
    "aws:ec2/spotFleetRequest:SpotFleetRequest",
    { launchSpecifications: [{ ami: "ami-0a" }], targetCapacity: 2 },
  ],
  [
    "aws:autoscaling/group:Group",
    { minSize: 1, maxSize: 3, launchTemplate: { id: "lt-0a", version: "$Latest" } },
  ],
  ["aws:lightsail/instance:Instance", { blueprintId: "wordpress", bundleId: "micro_3_0" }],
  [
    "aws:lightsail/instance:Instance",
    { blueprintId: "ubuntu_22_04", userData: "apt-get update && apt-get -y install nginx" },
  ],
  [
    "aws:eks/nodeGroup:NodeGroup",
    { clusterName: "main", scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 2 } },
  ],
  [TASK, { family: "web", ...task({ name: "web", image: "nginx" }) }],
  [TASK, { family: "web", networkMode: "host", ...task({ name: "web", image: "nginx" }) }],
  [TASK, { family: "es", ...task({ name: "es", image: "elasticsearch:8", systemControls: [] }) }],
  [
    TASK,
    {
      family: "w",
      tags: { "listen-backlog:services": "nginx:80:4096" },
      ...task({ name: "w", image: "nginx" }),
    },
  ],
  [
    TASK,
    {
      family: "k",
      ...task({
        name: "k",
        image: "x",
        systemControls: [{ namespace: "net.ipv4.tcp_keepalive_time", value: "300" }],
      }),
    },
  ],
  [
    TASK,
    {
      family: "k",
      networkMode: "awsvpc",
      ...task({
        name: "k",
        image: "x",
        systemControls: [{ namespace: "net.core.somaxconn", value: "8192" }],
      }),
    },
  ],
  [TASK, { family: "bad", containerDefinitions: "not JSON at all: hunter2-of-task" }],
];
