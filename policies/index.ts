import { PolicyPack } from "@pulumi/policy";
import { backlogIsVerifiedPolicy } from "./backlog-is-verified";
import { somaxconnCoversBacklogPolicy } from "./somaxconn-covers-backlog";

// The only file of this folder that starts a pack: importing it starts a server.
new PolicyPack("listen-backlog", {
  policies: [somaxconnCoversBacklogPolicy, backlogIsVerifiedPolicy],
});
