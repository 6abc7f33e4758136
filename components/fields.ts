import type { BacklogVerificationArgs, TunedHostArgs, TunedServerArgs } from "./args";
import type { BastionArgs, HostSshArgs, SshArgs } from "./ssh-args";

/** The fields of `T`: the compiler misses one that is not in it, and refuses one that `T` does not have. */
type FieldsOf<T> = Record<keyof T, true>;

/** What connections to every kind of host have in common. */
const CONNECTION: FieldsOf<Pick<SshArgs, keyof SshArgs & keyof HostSshArgs>> = {
  user: true,
  privateKey: true,
  privateKeyPassword: true,
  agentSocketPath: true,
  port: true,
  bastion: true,
  dialErrorLimit: true,
  perDialTimeout: true,
  cloudInitTimeoutSeconds: true,
};

const VERIFICATION: FieldsOf<BacklogVerificationArgs> = {
  services: true,
  settings: true,
  host: true,
  ssh: true,
  mode: true,
  namespaces: true,
  verify: true,
  onFailure: true,
  triggers: true,
};

/** How an existing host is reached. */
export const HOST_SSH_FIELDS = namesOf<HostSshArgs>({
  ...CONNECTION,
  hostKey: true,
  dangerouslyAcceptAnyHostKey: true,
});

/** How a server is reached that gets its host key from us. */
export const SERVER_SSH_FIELDS = namesOf<SshArgs>({ ...CONNECTION, usePrivateAddress: true });

export const BASTION_FIELDS = namesOf<BastionArgs>({
  host: true,
  hostKey: true,
  user: true,
  port: true,
  privateKey: true,
  privateKeyPassword: true,
});

export const VERIFICATION_FIELDS = namesOf<BacklogVerificationArgs>(VERIFICATION);

export const TUNED_HOST_FIELDS = namesOf<TunedHostArgs>({
  ...VERIFICATION,
  sysctlFileName: true,
  apply: true,
  restoreOnDestroy: true,
});

export const TUNED_SERVER_FIELDS = namesOf<TunedServerArgs>({
  services: true,
  settings: true,
  ami: true,
  instanceType: true,
  keyName: true,
  subnetId: true,
  vpcSecurityGroupIds: true,
  associatePublicIpAddress: true,
  iamInstanceProfile: true,
  userData: true,
  compressUserData: true,
  applyEarly: true,
  sysctlFileName: true,
  userDataReplaceOnChange: true,
  namespaces: true,
  tags: true,
  ssh: true,
});

function namesOf<T>(fields: FieldsOf<T>): readonly string[] {
  return Object.keys(fields);
}
