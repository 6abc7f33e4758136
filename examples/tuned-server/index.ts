import * as pulumi from "@pulumi/pulumi";
import { TunedServer } from "pulumi-listen-backlog";

const config = new pulumi.Config();
const web = new TunedServer("web", {
  services: [{ name: "nginx", port: 80, backlog: 4096 }],
  ami: config.require("ami"),
  instanceType: "t3.small",
  keyName: config.require("keyName"),
  userData: "#cloud-config\nruncmd: [[systemctl, enable, --now, nginx]]\n",
  ssh: { user: "admin", privateKey: config.requireSecret("sshPrivateKey") },
});
export const address = web.address;
