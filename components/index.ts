export type { BastionArgs, ServiceArgs, SettingsArgs, SshArgs } from "./args";
export { TunedServer, type TunedServerArgs } from "./tuned-server";
