import { ListenBacklogPolicies } from "../../../../policies/listen-backlog-policies";

new ListenBacklogPolicies({
  all: "advisory",
  backlogWithinLimits: { enforcementLevel: "mandatory", maximumBacklog: 1024 },
  backlogIsVerified: "disabled",
  services: [{ pattern: "own-pack-*", services: "api:8000:2048" }],
});
