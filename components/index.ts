export type { BastionArgs, HostSshArgs, ServiceArgs, SettingsArgs, SshArgs } from "./args";
export { BacklogVerification, type BacklogVerificationArgs } from "./backlog-verification";
export type { ReportedFinding } from "./outputs";
export { TunedHost, type TunedHostArgs } from "./tuned-host";
export { TunedServer, type TunedServerArgs } from "./tuned-server";
