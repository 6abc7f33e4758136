import { ListenBacklogPolicies } from "./listen-backlog-policies";

// The only file of this folder that starts a pack: importing it starts a server.
new ListenBacklogPolicies();
