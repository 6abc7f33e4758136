import { version } from "@pulumi/aws/package.json";

import type { Provider } from "../rpc/provider";
import { anything, checkArguments } from "../rpc/shape";
import type { Fields } from "../rpc/shape";
import type { Account } from "./account";
import { optionalText } from "./arguments";
import { GetAmi } from "./get-ami";
import { GetParameter } from "./get-parameter";
import type { InstanceHosts } from "./hosts";
import { Instance } from "./instance";
import { KeyPair } from "./key-pair";
import { DEFAULT_REGION, region as regionShape } from "./region";
import { SecurityGroup } from "./security-group";

/** Who you are and how to reach AWS means nothing in the lab. */
const WITHOUT_EFFECT = [
  "accessKey",
  "allowedAccountIds",
  "maxRetries",
  "profile",
  "retryMode",
  "secretKey",
  "sharedConfigFiles",
  "sharedCredentialsFiles",
  "skipCredentialsValidation",
  "skipMetadataApiCheck",
  "skipRegionValidation",
  "skipRequestingAccountId",
  "token",
  "version",
  "pluginDownloadURL",
];

const CONFIG: Fields = {
  owner: "the provider aws",
  known: { region: regionShape, ...Object.fromEntries(WITHOUT_EFFECT.map((name) => [name, anything])) },
  notImplemented: {
    standIn: "AWS",
    names: [
      "assumeRoles",
      "assumeRoleWithWebIdentity",
      "customCaBundle",
      "defaultTags",
      "ec2MetadataServiceEndpoint",
      "ec2MetadataServiceEndpointMode",
      "endpoints",
      "forbiddenAccountIds",
      "httpProxy",
      "httpsProxy",
      "ignoreTags",
      "insecure",
      "noProxy",
      "s3UsePathStyle",
      "s3UsEast1RegionalEndpoint",
      "stsRegion",
      "tagPolicyCompliance",
      "tokenBucketRateLimiterCapacity",
      "useDualstackEndpoint",
      "useFipsEndpoint",
      "userAgents",
    ],
  },
};

/** The stand-in for the provider `aws`: instances are hosts of the lab. */
export function awsProvider(account: Account, hosts: InstanceHosts, env: NodeJS.ProcessEnv): Provider {
  let configured: string | undefined;
  const region = (): string =>
    configured ?? (env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || DEFAULT_REGION);
  return {
    name: "aws",
    version,
    title: "the lab's stand-in for the provider aws",
    resources: {
      "aws:ec2/instance:Instance": new Instance(account, hosts, region),
      "aws:ec2/keyPair:KeyPair": new KeyPair(account, region),
      "aws:ec2/securityGroup:SecurityGroup": new SecurityGroup(account, hosts, region),
    },
    functions: {
      "aws:ec2/getAmi:getAmi": new GetAmi(region),
      "aws:ssm/getParameter:getParameter": new GetParameter(region),
    },
    checkConfig: (config) => checkArguments(CONFIG, config),
    configure: (config) => {
      configured = optionalText(config, "region");
    },
  };
}
