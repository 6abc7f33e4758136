import { Anything } from "../../support/anything";

export const program = () => {
  new Anything("aws:ec2/instance:Instance", "raw-instance-web", {
    ami: "ami-0abcdef1234567890",
    instanceType: "t3.small",
    userDataReplaceOnChange: true,
    tags: { "listen-backlog:services": "nginx:80:4096, redis:6379" },
    userData: `#cloud-config
write_files:
  - path: /etc/sysctl.d/60-backlog.conf
    content: net.core.somaxconn = 256
runcmd:
  - sysctl -p /etc/sysctl.d/60-backlog.conf
`,
  });
};
