/** What the clouds fill in of a type, as far as programs of the tests pass it on to other resources. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/instance:Instance": ["arn", "privateIp", "privateDns", "publicIp", "publicDns"],
  "aws:ec2/launchTemplate:LaunchTemplate": ["arn", "latestVersion", "defaultVersion"],
  "aws:ec2/eip:Eip": ["allocationId", "publicIp"],
  "aws:eks/cluster:Cluster": ["arn", "endpoint", "certificateAuthority"],
  "aws:elasticache/cluster:Cluster": ["arn", "configurationEndpoint"],
  "aws:lb/loadBalancer:LoadBalancer": ["arn", "dnsName", "zoneId"],
  "aws:rds/instance:Instance": ["arn", "address", "endpoint"],
  "aws:s3/bucket:Bucket": ["arn", "bucketDomainName", "bucketRegionalDomainName"],
  "command:remote:Command": ["stdout", "stderr"],
  "command:local:Command": ["stdout", "stderr"],
};

/** The computed properties of a type. Every resource of AWS has an ARN. */
export function computedOf(type: string): readonly string[] {
  return COMPUTED[type] ?? (type.startsWith("aws:") ? ["arn"] : []);
}
