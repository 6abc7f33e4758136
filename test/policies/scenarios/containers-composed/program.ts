import * as aws from "@pulumi/aws";

const base = (...lines: readonly string[]) =>
  `services:\n  web:\n    image: nginx:1.27\n${lines.map((line) => `    ${line}\n`).join("")}`;
const host = (files: Readonly<Record<string, string>>) => `#cloud-config
packages: [docker.io, docker-compose-v2]
write_files:
  - path: /etc/sysctl.d/60-web.conf
    content: |
      net.core.somaxconn = 8192
${Object.entries(files)
  .map(
    ([name, text]) => `  - path: /opt/shop/${name}\n    content: |\n${text.replace(/^(?=.)/gm, "      ")}\n`,
  )
  .join("")}runcmd:
  - sysctl -p /etc/sysctl.d/60-web.conf
  - [docker, compose, --project-directory, /opt/shop, up, -d]
`;
const server = (name: string, files: Readonly<Record<string, string>>) =>
  new aws.ec2.Instance(`containers-composed-${name}`, {
    ami: "ami-0123456789abcdef0",
    instanceType: "c7i.large",
    userData: host(files),
    userDataReplaceOnChange: true,
    tags: { "listen-backlog:services": "nginx:80:8192" },
  });

export const program = () => {
  const port = base('ports: ["80:80"]');
  const tuned = base("sysctls:", "  net.core.somaxconn: 8192");
  server("without", { "compose.yaml": port });
  server("low", { "compose.yaml": tuned.replace("8192", "1024"), "compose.override.yaml": port });
  server("with", { "compose.yaml": tuned, "compose.override.yaml": port });
  server("on-the-host", { "compose.yaml": port, "compose.override.yaml": base("network_mode: host") });
  server("reset", { "compose.yaml": port, "compose.prod.yaml": base("ports: !reset []") });
};
