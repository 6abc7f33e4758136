import { UNKNOWN } from "../support/analyzer";
import type { Row } from "./row";

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "*" }],
});

/** Resources of AWS without a server of one's own: their properties as people fill them in. */
export const AWS: readonly Row[] = [
  ["aws:s3/bucket:Bucket", { bucket: "logs", forceDestroy: true, tags: { Team: "web" } }],
  ["aws:s3/bucketV2:BucketV2", { bucketPrefix: "assets-" }],
  [
    "aws:s3/bucketVersioning:BucketVersioning",
    { bucket: "logs", versioningConfiguration: { status: "Enabled" } },
  ],
  ["aws:s3/bucketPolicy:BucketPolicy", { bucket: UNKNOWN.string, policy: UNKNOWN.string }],
  ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { bucket: "logs", blockPublicAcls: true }],
  [
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    { bucket: "logs", rules: [{ id: "old", status: "Enabled", expiration: { days: 90 } }] },
  ],
  [
    "aws:s3/bucketObjectv2:BucketObjectv2",
    { bucket: "conf", key: "sysctl.conf", content: "net.core.somaxconn = 128\n" },
  ],
  [
    "aws:s3/bucketNotification:BucketNotification",
    { bucket: "in", queues: [{ events: ["s3:ObjectCreated:*"] }] },
  ],
  [
    "aws:rds/instance:Instance",
    { engine: "mysql", instanceClass: "db.t4g.small", password: "hunter2-of-mysql" },
  ],
  [
    "aws:rds/cluster:Cluster",
    { engine: "aurora-postgresql", masterUsername: "root", storageEncrypted: true },
  ],
  [
    "aws:rds/clusterInstance:ClusterInstance",
    { clusterIdentifier: UNKNOWN.string, instanceClass: "db.r7g.large" },
  ],
  ["aws:rds/subnetGroup:SubnetGroup", { subnetIds: ["subnet-0a", "subnet-0b"] }],
  [
    "aws:rds/parameterGroup:ParameterGroup",
    {
      family: "mysql8.0",
      parameters: [
        { name: "back_log", value: "900" },
        { name: "max_connections", value: "500" },
      ],
    },
  ],
  [
    "aws:rds/proxy:Proxy",
    { engineFamily: "POSTGRESQL", roleArn: "arn:aws:iam::1:role/proxy", vpcSubnetIds: [] },
  ],
  [
    "aws:dynamodb/table:Table",
    { billingMode: "PAY_PER_REQUEST", hashKey: "id", attributes: [{ name: "id", type: "S" }] },
  ],
  ["aws:dynamodb/tableItem:TableItem", { tableName: "t", hashKey: "id", item: '{"id":{"S":"backlog"}}' }],
  ["aws:dynamodb/globalTable:GlobalTable", { replicas: [{ regionName: "eu-west-1" }] }],
  [
    "aws:sqs/queue:Queue",
    { name: "backlog", visibilityTimeoutSeconds: 60, messageRetentionSeconds: 1209600 },
  ],
  ["aws:sqs/queuePolicy:QueuePolicy", { queueUrl: UNKNOWN.string, policy: POLICY }],
  ["aws:sns/topic:Topic", { displayName: "alarms" }],
  [
    "aws:sns/topicSubscription:TopicSubscription",
    { topic: UNKNOWN.string, protocol: "email", endpoint: "ops@example.com" },
  ],
  [
    "aws:lambda/function:Function",
    { runtime: "nodejs20.x", handler: "index.handler", role: "arn", memorySize: 512 },
  ],
  [
    "aws:lambda/permission:Permission",
    { action: "lambda:InvokeFunction", function: "f", principal: "s3.amazonaws.com" },
  ],
  [
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    { eventSourceArn: UNKNOWN.string, functionName: "f", batchSize: 10 },
  ],
  ["aws:lambda/layerVersion:LayerVersion", { layerName: "deps", compatibleRuntimes: ["nodejs20.x"] }],
  ["aws:lambda/alias:Alias", { functionName: "f", functionVersion: "3", name: "live" }],
  ["aws:iam/role:Role", { assumeRolePolicy: POLICY, maxSessionDuration: 3600 }],
  ["aws:iam/rolePolicy:RolePolicy", { role: "r", policy: UNKNOWN.string }],
  [
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    { role: "r", policyArn: "arn:aws:iam::aws:policy/ReadOnly" },
  ],
  ["aws:iam/policy:Policy", { policy: POLICY }],
  ["aws:iam/user:User", { name: "deploy" }],
  ["aws:iam/group:Group", { name: "ops" }],
  ["aws:iam/instanceProfile:InstanceProfile", { role: "web" }],
  [
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    { url: "https://token.example.com", clientIdLists: ["sts"] },
  ],
  ["aws:route53/zone:Zone", { name: "example.com" }],
  [
    "aws:route53/record:Record",
    { zoneId: UNKNOWN.string, name: "www", type: "A", ttl: 300, records: [UNKNOWN.string] },
  ],
  [
    "aws:route53/healthCheck:HealthCheck",
    { type: "TCP", port: 80, fqdn: "www.example.com", failureThreshold: 3 },
  ],
  [
    "aws:cloudfront/distribution:Distribution",
    { enabled: true, origins: [{ originId: "s3", domainName: UNKNOWN.string }] },
  ],
  ["aws:cloudfront/originAccessControl:OriginAccessControl", { originAccessControlOriginType: "s3" }],
  [
    "aws:cloudfront/function:Function",
    { runtime: "cloudfront-js-2.0", code: "function handler(e) { return e.request; }" },
  ],
  ["aws:acm/certificate:Certificate", { domainName: "example.com", validationMethod: "DNS" }],
  ["aws:acm/certificateValidation:CertificateValidation", { certificateArn: UNKNOWN.string }],
  ["aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true, tags: { Name: "main" } }],
  ["aws:ec2/subnet:Subnet", { vpcId: UNKNOWN.string, cidrBlock: "10.0.1.0/24" }],
  ["aws:ec2/internetGateway:InternetGateway", { vpcId: UNKNOWN.string }],
  ["aws:ec2/natGateway:NatGateway", { allocationId: UNKNOWN.string, subnetId: UNKNOWN.string }],
  ["aws:ec2/eip:Eip", { domain: "vpc" }],
  [
    "aws:ec2/routeTable:RouteTable",
    { vpcId: "vpc-0a", routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: UNKNOWN.string }] },
  ],
  [
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    { routeTableId: UNKNOWN.string, subnetId: UNKNOWN.string },
  ],
  [
    "aws:ec2/securityGroup:SecurityGroup",
    { ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }] },
  ],
  [
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    { type: "ingress", fromPort: 80, toPort: 80, protocol: "tcp", securityGroupId: "sg-0a" },
  ],
  [
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    { fromPort: 6379, toPort: 6379, ipProtocol: "tcp", description: "redis" },
  ],
  ["aws:ec2/networkAcl:NetworkAcl", { vpcId: "vpc-0a", egress: [] }],
  ["aws:ec2/vpcEndpoint:VpcEndpoint", { vpcId: "vpc-0a", serviceName: "com.amazonaws.eu-west-1.s3" }],
  ["aws:ec2/flowLog:FlowLog", { vpcId: "vpc-0a", trafficType: "ALL" }],
  ["aws:ec2/keyPair:KeyPair", { publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ops" }],
  ["aws:ebs/volume:Volume", { availabilityZone: "eu-west-1a", size: 100, type: "gp3" }],
  [
    "aws:ec2/volumeAttachment:VolumeAttachment",
    { deviceName: "/dev/sdf", instanceId: UNKNOWN.string, volumeId: UNKNOWN.string },
  ],
  ["aws:ec2/placementGroup:PlacementGroup", { strategy: "cluster" }],
  [
    "aws:lb/loadBalancer:LoadBalancer",
    { loadBalancerType: "application", subnets: ["subnet-0a"], idleTimeout: 60 },
  ],
  [
    "aws:lb/targetGroup:TargetGroup",
    { port: 80, protocol: "HTTP", healthCheck: { path: "/health", interval: 10 } },
  ],
  [
    "aws:lb/listener:Listener",
    { loadBalancerArn: UNKNOWN.string, port: 443, defaultActions: [{ type: "forward" }] },
  ],
  ["aws:lb/listenerRule:ListenerRule", { listenerArn: UNKNOWN.string, priority: 10 }],
  [
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    { targetGroupArn: UNKNOWN.string, targetId: UNKNOWN.string },
  ],
  [
    "aws:elb/loadBalancer:LoadBalancer",
    { listeners: [{ instancePort: 80, instanceProtocol: "tcp", lbPort: 80, lbProtocol: "tcp" }] },
  ],
  ["aws:autoscaling/policy:Policy", { autoscalingGroupName: "web", policyType: "TargetTrackingScaling" }],
  [
    "aws:autoscaling/schedule:Schedule",
    { autoscalingGroupName: "web", recurrence: "0 8 * * *", desiredCapacity: 4, scheduledActionName: "up" },
  ],
  ["aws:ecs/cluster:Cluster", { name: "main", settings: [{ name: "containerInsights", value: "enabled" }] }],
  [
    "aws:ecs/service:Service",
    {
      cluster: "main",
      taskDefinition: UNKNOWN.string,
      desiredCount: 3,
      launchType: "FARGATE",
      platformVersion: "1.4.0",
    },
  ],
  [
    "aws:ecs/capacityProvider:CapacityProvider",
    { autoScalingGroupProvider: { autoScalingGroupArn: UNKNOWN.string } },
  ],
  ["aws:ecr/repository:Repository", { imageTagMutability: "IMMUTABLE" }],
  ["aws:ecr/lifecyclePolicy:LifecyclePolicy", { repository: "api", policy: '{"rules":[]}' }],
  ["aws:eks/cluster:Cluster", { roleArn: "arn", vpcConfig: { subnetIds: ["subnet-0a"] }, version: "1.30" }],
  ["aws:eks/addon:Addon", { clusterName: "main", addonName: "vpc-cni" }],
  ["aws:eks/fargateProfile:FargateProfile", { clusterName: "main", selectors: [{ namespace: "default" }] }],
  ["aws:elasticache/cluster:Cluster", { engine: "redis", nodeType: "cache.t4g.small", numCacheNodes: 1 }],
  ["aws:elasticache/subnetGroup:SubnetGroup", { subnetIds: ["subnet-0a"] }],
  [
    "aws:elasticache/parameterGroup:ParameterGroup",
    { family: "redis7", parameters: [{ name: "timeout", value: "300" }] },
  ],
  ["aws:memorydb/cluster:Cluster", { aclName: "open-access", nodeType: "db.t4g.small" }],
  ["aws:opensearch/domain:Domain", { engineVersion: "OpenSearch_2.13", clusterConfig: { instanceCount: 3 } }],
  ["aws:msk/cluster:Cluster", { kafkaVersion: "3.6.0", numberOfBrokerNodes: 3 }],
  [
    "aws:msk/configuration:Configuration",
    { serverProperties: "auto.create.topics.enable = true\nqueued.max.requests = 500\n" },
  ],
  [
    "aws:mq/broker:Broker",
    {
      engineType: "RabbitMQ",
      hostInstanceType: "mq.m5.large",
      users: [{ username: "u", password: "hunter2-of-mq" }],
    },
  ],
  ["aws:kinesis/stream:Stream", { shardCount: 2 }],
  ["aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", { destination: "extended_s3" }],
  ["aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 30 }],
  [
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    {
      metricName: "ListenOverflows",
      threshold: 0,
      comparisonOperator: "GreaterThanThreshold",
      evaluationPeriods: 1,
    },
  ],
  ["aws:cloudwatch/dashboard:Dashboard", { dashboardBody: '{"widgets":[]}' }],
  ["aws:cloudwatch/eventRule:EventRule", { scheduleExpression: "rate(5 minutes)" }],
  ["aws:cloudwatch/eventTarget:EventTarget", { rule: "r", arn: UNKNOWN.string }],
  ["aws:kms/key:Key", { description: "state", enableKeyRotation: true }],
  ["aws:kms/alias:Alias", { targetKeyId: UNKNOWN.string }],
  ["aws:secretsmanager/secret:Secret", { name: "db" }],
  [
    "aws:secretsmanager/secretVersion:SecretVersion",
    { secretId: "db", secretString: "hunter2-of-secretsmanager" },
  ],
  ["aws:ssm/parameter:Parameter", { type: "String", name: "/web/somaxconn", value: "4096" }],
  [
    "aws:ssm/maintenanceWindow:MaintenanceWindow",
    { schedule: "cron(0 3 ? * SUN *)", duration: 3, cutoff: 1 },
  ],
  [
    "aws:ssm/document:Document",
    {
      documentType: "Command",
      content:
        '{"schemaVersion":"2.2","mainSteps":[{"action":"aws:runShellScript","name":"u","inputs":{"runCommand":["yum -y update"]}}]}',
    },
  ],
  [
    "aws:ssm/association:Association",
    { name: "AWS-UpdateSSMAgent", targets: [{ key: "InstanceIds", values: ["*"] }] },
  ],
  [
    "aws:imagebuilder/imageRecipe:ImageRecipe",
    { version: "1.0.0", parentImage: "ami-0123456789abcdef0", components: [] },
  ],
  [
    "aws:imagebuilder/component:Component",
    {
      platform: "Linux",
      version: "1.0.0",
      data: "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: nginx\n        action: ExecuteBash\n        inputs: { commands: [dnf install -y nginx] }\n",
    },
  ],
  ["aws:apigatewayv2/api:Api", { protocolType: "HTTP", corsConfiguration: { allowOrigins: ["*"] } }],
  ["aws:apigateway/restApi:RestApi", { description: "legacy" }],
  ["aws:cognito/userPool:UserPool", { mfaConfiguration: "OPTIONAL" }],
  [
    "aws:sfn/stateMachine:StateMachine",
    { roleArn: "arn", definition: '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}' },
  ],
  ["aws:wafv2/webAcl:WebAcl", { scope: "REGIONAL", defaultAction: { allow: {} }, visibilityConfig: {} }],
  ["aws:efs/fileSystem:FileSystem", { encrypted: true }],
  ["aws:efs/mountTarget:MountTarget", { fileSystemId: UNKNOWN.string, subnetId: "subnet-0a" }],
  [
    "aws:backup/plan:Plan",
    { rules: [{ ruleName: "daily", targetVaultName: "v", schedule: "cron(0 5 * * ? *)" }] },
  ],
  [
    "aws:codebuild/project:Project",
    { source: { type: "NO_SOURCE", buildspec: "version: 0.2\nphases:\n  build:\n    commands: [make]\n" } },
  ],
  [
    "aws:elasticbeanstalk/environment:Environment",
    { application: "app", settings: [{ namespace: "aws:autoscaling:asg", name: "MinSize", value: "2" }] },
  ],
  [
    "aws:batch/computeEnvironment:ComputeEnvironment",
    { type: "MANAGED", computeResources: { maxVcpus: 16, type: "FARGATE" } },
  ],
  ["aws:lightsail/staticIp:StaticIp", { name: "ip" }],
  [
    "aws:ec2/fleet:Fleet",
    {
      launchTemplateConfig: {
        launchTemplateSpecification: { launchTemplateId: UNKNOWN.string, version: "1" },
      },
    },
  ],
];
