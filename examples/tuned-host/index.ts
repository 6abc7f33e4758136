import * as pulumi from "@pulumi/pulumi";
import { TunedHost } from "pulumi-listen-backlog";

const config = new pulumi.Config();
const cache = new TunedHost("cache", {
  services: [{ name: "redis", backlog: 16384, relisten: "restart" }],
  host: config.require("host"),
  ssh: {
    user: "deploy",
    hostKey: config.require("hostKey"),
    privateKey: config.requireSecret("sshPrivateKey"),
  },
});
export const effective = cache.effective;
