import * as pulumi from "@pulumi/pulumi";
import { BacklogVerification } from "pulumi-listen-backlog";

const config = new pulumi.Config();

// Only looks. What must not start before the server is proven right names it in `dependsOn`.
const verification = new BacklogVerification("web", {
  services: [{ name: "nginx", port: 80, backlog: 8192 }],
  host: config.require("host"),
  ssh: {
    user: config.get("sshUser") ?? "admin",
    privateKey: config.requireSecret("sshPrivateKey"),
    hostKey: config.require("hostKey"),
    bastion: { host: config.require("bastion"), hostKey: config.require("bastionHostKey") },
  },
  verify: "everyUpdate",
  onFailure: config.getBoolean("warnOnly") === true ? "warn" : "fail",
});

export const verdict = verification.verdict;
export const findings = verification.findings;
