import { describe, expect, it } from "vitest";
import { analyze, analyzeStack, policiesOf, UNKNOWN, type Resource } from "./support/analyzer";
import { base64 } from "./support/baselines";

const ARN = "arn:aws:iam::123456789012:role/app";
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
});
const container = (name: string, more: object = {}) => ({
  name,
  image: `registry.example.com/${name}:1.2.3`,
  resources: { requests: { cpu: "100m", memory: "128Mi" } },
  ...more,
});
const podTemplate = (name: string, spec: object = {}) => ({
  metadata: { labels: { app: name }, annotations: { "prometheus.io/scrape": "true" } },
  spec: { containers: [container(name, { ports: [{ containerPort: 8080 }] })], ...spec },
});

/** Resources as they are written every day, by type; none of them has to do with listen backlogs. */
const ORDINARY: Readonly<Record<string, readonly object[]>> = {
  "aws:s3/bucket:Bucket": [
    {},
    { acl: "private", tags: { Name: "logs" } },
    { bucket: "b", forceDestroy: true },
  ],
  "aws:s3/bucketPolicy:BucketPolicy": [
    { bucket: "b", policy: POLICY },
    { bucket: UNKNOWN.string, policy: UNKNOWN.string },
  ],
  "aws:s3/bucketObject:BucketObject": [{ bucket: "b", key: "k", content: "sysctl -w net.core.somaxconn=1" }],
  "aws:iam/role:Role": [
    { assumeRolePolicy: POLICY },
    { assumeRolePolicy: UNKNOWN.string, tags: { team: "a" } },
  ],
  "aws:iam/policy:Policy": [{ policy: POLICY }],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [{ role: "r", policyArn: ARN }],
  "aws:iam/instanceProfile:InstanceProfile": [{ role: "r" }],
  "aws:rds/instance:Instance": [
    { engine: "postgres", instanceClass: "db.t4g.small", allocatedStorage: 20, password: UNKNOWN.string },
    { engine: "mysql", backupRetentionPeriod: 7, tags: { Name: "db" } },
  ],
  "aws:rds/cluster:Cluster": [{ engine: "aurora-postgresql", masterPassword: "hunter2" }],
  "aws:rds/parameterGroup:ParameterGroup": [
    { family: "postgres16", parameters: [{ name: "max_connections", value: "500" }] },
  ],
  "aws:dynamodb/table:Table": [
    { hashKey: "id", attributes: [{ name: "id", type: "S" }], billingMode: "PAY_PER_REQUEST" },
  ],
  "aws:sqs/queue:Queue": [{}, { fifoQueue: true }, { redrivePolicy: UNKNOWN.string }],
  "aws:sns/topic:Topic": [{}, { displayName: "alerts" }],
  "aws:lambda/function:Function": [
    { runtime: "nodejs20.x", handler: "index.handler", role: UNKNOWN.string },
    { packageType: "Image", imageUri: UNKNOWN.string, environment: { variables: { TOKEN: "x" } } },
  ],
  "aws:lambda/permission:Permission": [{ action: "lambda:InvokeFunction", function: "f", principal: "*" }],
  "aws:ec2/vpc:Vpc": [{ cidrBlock: "10.0.0.0/16", tags: { Name: "main" } }],
  "aws:ec2/subnet:Subnet": [{ vpcId: UNKNOWN.string, cidrBlock: "10.0.1.0/24" }],
  "aws:ec2/securityGroup:SecurityGroup": [
    { vpcId: UNKNOWN.string, ingress: [{ protocol: "tcp", fromPort: 80, toPort: 80 }] },
  ],
  "aws:ec2/internetGateway:InternetGateway": [{ vpcId: UNKNOWN.string }],
  "aws:ec2/routeTable:RouteTable": [
    { vpcId: UNKNOWN.string, routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: UNKNOWN.string }] },
  ],
  "aws:ec2/eip:Eip": [{ domain: "vpc" }],
  "aws:ec2/natGateway:NatGateway": [{ allocationId: UNKNOWN.string, subnetId: UNKNOWN.string }],
  "aws:ec2/keyPair:KeyPair": [{ publicKey: "ssh-ed25519 AAAA" }],
  "aws:ec2/volume:Volume": [{ availabilityZone: "eu-central-1a", size: 100 }],
  "aws:ebs/volume:Volume": [{ availabilityZone: "eu-central-1a", size: 100 }],
  "aws:lb/loadBalancer:LoadBalancer": [{ internal: false, subnets: UNKNOWN.object }],
  "aws:lb/targetGroup:TargetGroup": [{ port: 80, protocol: "HTTP", vpcId: UNKNOWN.string }],
  "aws:lb/listener:Listener": [{ port: 443, loadBalancerArn: UNKNOWN.string, defaultActions: [] }],
  "aws:route53/record:Record": [
    { zoneId: UNKNOWN.string, name: "www", type: "A", ttl: 300, records: UNKNOWN.object },
  ],
  "aws:acm/certificate:Certificate": [{ domainName: "example.com", validationMethod: "DNS" }],
  "aws:cloudfront/distribution:Distribution": [{ enabled: true, origins: [] }],
  "aws:cloudwatch/logGroup:LogGroup": [{ retentionInDays: 30 }],
  "aws:cloudwatch/metricAlarm:MetricAlarm": [
    { comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 2, threshold: 80 },
  ],
  "aws:kms/key:Key": [{ enableKeyRotation: true }],
  "aws:secretsmanager/secretVersion:SecretVersion": [{ secretId: UNKNOWN.string, secretString: "hunter2" }],
  "aws:ssm/parameter:Parameter": [
    { type: "SecureString", value: "hunter2" },
    { type: "String", value: "net.core.somaxconn=1" },
  ],
  "aws:ssm/association:Association": [
    { name: "AWS-UpdateSSMAgent", targets: [{ key: "tag:env", values: ["prod"] }] },
  ],
  "aws:ssm/document:Document": [
    {
      documentType: "Command",
      content: JSON.stringify({
        schemaVersion: "2.2",
        mainSteps: [
          {
            action: "aws:runShellScript",
            inputs: { runCommand: ["systemctl restart app", "yum update -y"] },
          },
        ],
      }),
    },
    { documentType: "Automation", content: "schemaVersion: '0.3'\nmainSteps: []\n" },
    { documentType: "Session", content: UNKNOWN.string },
    { content: "{ not: [json" },
  ],
  "aws:imagebuilder/component:Component": [
    { platform: "Windows", data: "name: x\nphases:\n  - name: build\n    steps: []\n" },
    { platform: "Linux", uri: "s3://bucket/component.yaml" },
  ],
  "aws:ec2/instance:Instance": [
    { ami: "ami-1", instanceType: "t3.micro" },
    { ami: "ami-1", tags: { Name: "bastion", env: "prod" } },
    { ami: UNKNOWN.string, subnetId: UNKNOWN.string, tags: { Name: UNKNOWN.string } },
    { launchTemplate: { id: UNKNOWN.string, version: "$Latest" } },
    { userData: "#!/bin/bash\napt-get update\napt-get install -y nginx\nsystemctl enable --now nginx\n" },
    { userData: "#cloud-config\npackages: [docker.io]\nruncmd:\n  - docker run -d -p 80:80 nginx\n" },
    { userData: "#!/bin/bash\ncurl -fsSL https://get.docker.com | sh\n" },
    { userData: "<powershell>\nInstall-WindowsFeature -Name Web-Server\n</powershell>\n" },
    { userData: "[settings.host-containers.admin]\nenabled = true\n" },
    { userData: '{"ignition":{"version":"3.4.0"}}' },
    { userData: "#!/bin/bash\nsysctl -w vm.max_map_count=262144\nsysctl -w vm.swappiness=1\n" },
    {
      userData:
        "#cloud-config\nwrite_files:\n  - path: /etc/sysctl.d/10.conf\n    content: net.ipv4.ip_forward = 1\n",
    },
    {
      userData:
        "#cloud-config\nwrite_files:\n  - path: /etc/nginx/conf.d/a.conf\n    content: server { listen 80 backlog=4096; }\n",
    },
    { userDataBase64: base64('#!/bin/sh\nif [ -n "$X" ]; then echo hi; fi\n') },
  ],
  "aws:ec2/launchTemplate:LaunchTemplate": [
    { imageId: "ami-1", instanceType: "t3.small" },
    {
      userData: base64("#!/bin/bash\n/etc/eks/bootstrap.sh my-cluster\n"),
      tagSpecifications: [{ resourceType: "instance", tags: { Name: "node" } }],
    },
    { userData: base64("#!/bin/bash\necho ECS_CLUSTER=main >> /etc/ecs/ecs.config\n") },
    { userData: "not base64 at all" },
  ],
  "aws:autoscaling/group:Group": [
    {
      minSize: 1,
      maxSize: 3,
      launchTemplate: { id: UNKNOWN.string },
      tags: [{ key: "Name", value: "web", propagateAtLaunch: true }],
    },
  ],
  "aws:autoscaling/policy:Policy": [{ autoscalingGroupName: UNKNOWN.string }],
  "aws:eks/cluster:Cluster": [{ roleArn: UNKNOWN.string, vpcConfig: { subnetIds: UNKNOWN.object } }],
  "aws:eks/nodeGroup:NodeGroup": [{ clusterName: UNKNOWN.string, scalingConfig: { desiredSize: 2 } }],
  "aws:ecs/cluster:Cluster": [{}, { name: "main" }],
  "aws:ecs/service:Service": [
    { cluster: UNKNOWN.string, desiredCount: 2, launchType: "FARGATE", taskDefinition: UNKNOWN.string },
    { platformVersion: "1.3.0", launchType: "FARGATE" },
  ],
  "aws:ecs/taskDefinition:TaskDefinition": [
    { family: "a", containerDefinitions: JSON.stringify([container("a")]) },
    { family: "a", networkMode: "host", containerDefinitions: JSON.stringify([container("a")]) },
    {
      family: "a",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      containerDefinitions: UNKNOWN.string,
    },
    { family: "a", containerDefinitions: "no JSON" },
    {
      family: "a",
      runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" },
      containerDefinitions: "[]",
    },
    {
      family: "a",
      containerDefinitions: JSON.stringify([
        container("a", { systemControls: [{ namespace: "net.core.somaxconn", value: "4096" }] }),
      ]),
    },
  ],
  "aws:lightsail/instance:Instance": [{ blueprintId: "ubuntu_24_04", bundleId: "nano_3_0" }],
  "kubernetes:core/v1:Namespace": [{ metadata: { name: "app" } }],
  "kubernetes:core/v1:Service": [{ spec: { ports: [{ port: 80 }], selector: { app: "a" } } }],
  "kubernetes:core/v1:ConfigMap": [{ data: { "nginx.conf": "listen 80 backlog=65536;" } }],
  "kubernetes:core/v1:Secret": [{ stringData: { password: "hunter2" } }],
  "kubernetes:core/v1:Pod": [
    podTemplate("a"),
    podTemplate("b", { hostNetwork: true }),
    { metadata: UNKNOWN.object, spec: UNKNOWN.object },
  ],
  "kubernetes:apps/v1:Deployment": [
    { spec: { replicas: 2, template: podTemplate("a") } },
    { spec: { template: podTemplate("a", { containers: [container("a", { image: UNKNOWN.string })] }) } },
    { spec: { template: podTemplate("a", { securityContext: { runAsNonRoot: true, fsGroup: 1000 } }) } },
    {
      spec: {
        template: podTemplate("a", {
          initContainers: [container("init", { command: ["sh", "-c", "sleep 1"] })],
        }),
      },
    },
    { spec: UNKNOWN.object },
    {},
  ],
  "kubernetes:apps/v1:StatefulSet": [{ spec: { serviceName: "db", template: podTemplate("db") } }],
  "kubernetes:apps/v1:DaemonSet": [
    { spec: { template: podTemplate("agent", { hostNetwork: true, hostPID: true }) } },
  ],
  "kubernetes:batch/v1:Job": [{ spec: { template: podTemplate("job", { restartPolicy: "Never" }) } }],
  "kubernetes:batch/v1:CronJob": [
    { spec: { schedule: "0 * * * *", jobTemplate: { spec: { template: podTemplate("cron") } } } },
  ],
  "kubernetes:networking.k8s.io/v1:Ingress": [{ spec: { rules: [] } }],
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": [{ rules: [] }],
  "kubernetes:helm.sh/v3:Release": [{ chart: "nginx", values: { sysctls: { "net.core.somaxconn": "1" } } }],
  "kubernetes:yaml:ConfigFile": [{ file: "app.yaml" }],
  "azure-native:resources:ResourceGroup": [{ location: "westeurope" }],
  "azure-native:storage:StorageAccount": [{ kind: "StorageV2", sku: { name: "Standard_LRS" } }],
  "azure-native:compute:VirtualMachine": [{ osProfile: { computerName: "a", adminPassword: "hunter2" } }, {}],
  "azure-native:containerservice:ManagedCluster": [
    { agentPoolProfiles: [{ name: "a", count: 3, vmSize: "Standard_D2s_v5" }] },
    {},
  ],
  "azure:compute/linuxVirtualMachine:LinuxVirtualMachine": [
    { size: "Standard_B1s", adminUsername: "a", tags: { env: "prod" } },
  ],
  "azure:containerservice/kubernetesCluster:KubernetesCluster": [
    { defaultNodePool: { name: "a", nodeCount: 1 } },
    {},
  ],
  "gcp:compute/instance:Instance": [
    { machineType: "e2-small", metadata: { "enable-oslogin": "TRUE" } },
    { metadataStartupScript: "#!/bin/sh\napt-get install -y nginx\n" },
  ],
  "gcp:compute/network:Network": [{ autoCreateSubnetworks: false }],
  "gcp:container/cluster:Cluster": [{ initialNodeCount: 1 }, { nodeConfig: { machineType: "e2-medium" } }],
  "gcp:container/nodePool:NodePool": [{ nodeCount: 2, nodeConfig: { preemptible: true } }],
  "gcp:storage/bucket:Bucket": [{ location: "EU" }],
  "gcp:sql/databaseInstance:DatabaseInstance": [{ databaseVersion: "POSTGRES_16" }],
  "docker:index/container:Container": [{ image: "nginx" }, { image: UNKNOWN.string, networkMode: "host" }],
  "docker:index/image:Image": [{ imageName: "a", build: { context: "." } }],
  "docker:index/network:Network": [{ driver: "bridge" }],
  "random:index/randomPassword:RandomPassword": [{ length: 20 }],
  "tls:index/privateKey:PrivateKey": [{ algorithm: "ED25519" }],
  "command:local:Command": [{ create: "sysctl -w net.core.somaxconn=1" }],
  "command:remote:Command": [
    { connection: { host: UNKNOWN.string, privateKey: "hunter2" }, create: "uptime" },
  ],
  "pulumi:providers:aws": [{ region: "eu-central-1", secretKey: "hunter2" }],
  "pulumi:pulumi:Stack": [{}],
  "pulumi:pulumi:StackReference": [{ name: "org/net/prod" }],
  "my:own:Component": [{ services: [{ name: "nginx", backlog: 65536 }], settings: { somaxconn: 1 } }],
  "awsx:ec2:Vpc": [{}],
  "eks:index:Cluster": [{ instanceType: "t3.medium" }],
  "cloudflare:index/record:Record": [{ zoneId: "z", name: "www", value: UNKNOWN.string, type: "A" }],
  "datadog:index/monitor:Monitor": [{ type: "metric alert", query: "avg:somaxconn" }],
  "github:index/repository:Repository": [{ name: "a", visibility: "private" }],
};

/** Each also as its neighbour with tags would be, so that there are many. */
const resources: readonly Resource[] = Object.entries(ORDINARY).flatMap(([type, all]) =>
  all.flatMap((props, index) => [
    { type, name: `a${index}`, props: props as Record<string, unknown> },
    {
      type,
      name: `b${index}`,
      props: { tags: { Name: "x", env: "prod" }, region: "eu-central-1", ...props },
    },
  ]),
);

describe("ordinary resources", () => {
  it("are many", () => {
    expect(resources.length).toBeGreaterThan(200);
  });

  it.each(resources.map((resource) => [`${resource.type} ${resource.name ?? ""}`, resource] as const))(
    "get not a word: %s",
    async (_, resource) => {
      expect((await analyze(policiesOf(), resource)).violations).toEqual([]);
    },
  );

  it("get not a word as a stack either", async () => {
    expect((await analyzeStack(policiesOf(), resources)).violations).toEqual([]);
  });
});
