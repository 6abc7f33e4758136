export type {
  BacklogVerificationArgs,
  HostArgs,
  ServiceArgs,
  SettingsArgs,
  TunedHostArgs,
  TunedServerArgs,
} from "./args";
export { BacklogVerification } from "./backlog-verification";
export type { ReportedFinding } from "./outputs";
export type { BastionArgs, HostSshArgs, SshArgs } from "./ssh-args";
export { TunedHost } from "./tuned-host";
export { TunedServer } from "./tuned-server";
