import { UNKNOWN } from "../support/analyzer";
import type { Row } from "./row";

const labels = { app: "web" };
const pod = (spec: Record<string, unknown> = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: "web", image: "nginx:1.27", ports: [{ containerPort: 80 }] }], ...spec },
});

/** What people put into a cluster. Workloads among them, none of which declares or sets anything about backlogs. */
export const KUBERNETES: readonly Row[] = [
  ["kubernetes:core/v1:Namespace", { metadata: { name: "web" } }],
  [
    "kubernetes:core/v1:ConfigMap",
    {
      data: { "nginx.conf": "server { listen 80 backlog=65535; }", "sysctl.conf": "net.core.somaxconn=128" },
    },
  ],
  ["kubernetes:core/v1:ConfigMap", { data: UNKNOWN.object }],
  ["kubernetes:core/v1:Secret", { stringData: { token: "hunter2-of-kubernetes" } }],
  ["kubernetes:core/v1:Service", { spec: { selector: labels, type: "LoadBalancer", ports: [{ port: 80 }] } }],
  ["kubernetes:core/v1:ServiceAccount", { metadata: { name: "web" } }],
  [
    "kubernetes:core/v1:PersistentVolumeClaim",
    { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } } },
  ],
  ["kubernetes:core/v1:Pod", { ...pod() }],
  [
    "kubernetes:core/v1:Pod",
    {
      ...pod({
        securityContext: {
          runAsNonRoot: true,
          sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
        },
      }),
    },
  ],
  ["kubernetes:core/v1:LimitRange", { spec: { limits: [{ type: "Container", default: { cpu: "500m" } }] } }],
  ["kubernetes:core/v1:ResourceQuota", { spec: { hard: { pods: "50" } } }],
  [
    "kubernetes:apps/v1:Deployment",
    { metadata: { name: "web" }, spec: { replicas: 2, selector: { matchLabels: labels }, template: pod() } },
  ],
  [
    "kubernetes:apps/v1:Deployment",
    { spec: { template: pod({ containers: [{ name: "web", image: UNKNOWN.string }] }) } },
  ],
  ["kubernetes:apps/v1:Deployment", { spec: { template: pod({ hostNetwork: true }) } }],
  ["kubernetes:apps/v1:Deployment", { spec: { template: pod({ securityContext: { fsGroup: 1000 } }) } }],
  ["kubernetes:apps/v1:Deployment", { spec: UNKNOWN.object }],
  ["kubernetes:apps/v1:StatefulSet", { spec: { serviceName: "db", replicas: 3, template: pod() } }],
  ["kubernetes:apps/v1:DaemonSet", { spec: { template: pod({ tolerations: [{ operator: "Exists" }] }) } }],
  ["kubernetes:apps/v1:ReplicaSet", { spec: { template: pod() } }],
  ["kubernetes:batch/v1:Job", { spec: { template: pod({ restartPolicy: "Never" }) } }],
  [
    "kubernetes:batch/v1:CronJob",
    { spec: { schedule: "0 * * * *", jobTemplate: { spec: { template: pod({ restartPolicy: "Never" }) } } } },
  ],
  [
    "kubernetes:networking.k8s.io/v1:Ingress",
    { spec: { rules: [{ host: "example.com", http: { paths: [] } }] } },
  ],
  ["kubernetes:networking.k8s.io/v1:NetworkPolicy", { spec: { podSelector: {}, policyTypes: ["Ingress"] } }],
  [
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    { spec: { maxReplicas: 10, scaleTargetRef: { kind: "Deployment", name: "web" } } },
  ],
  ["kubernetes:policy/v1:PodDisruptionBudget", { spec: { minAvailable: 1 } }],
  [
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  ],
  [
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    { roleRef: { kind: "Role", name: "r" }, subjects: [] },
  ],
  ["kubernetes:storage.k8s.io/v1:StorageClass", { provisioner: "ebs.csi.aws.com" }],
  [
    "kubernetes:helm.sh/v3:Release",
    { chart: "ingress-nginx", values: { controller: { config: { "proxy-body-size": "8m" } } } },
  ],
  [
    "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    { spec: { group: "example.com", names: { kind: "Backlog" } } },
  ],
];

export const AZURE: readonly Row[] = [
  ["azure-native:resources:ResourceGroup", { location: "westeurope" }],
  ["azure-native:storage:StorageAccount", { kind: "StorageV2", sku: { name: "Standard_LRS" } }],
  ["azure-native:network:VirtualNetwork", { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } }],
  ["azure-native:network:NetworkSecurityGroup", { securityRules: [] }],
  ["azure-native:network:PublicIPAddress", { publicIPAllocationMethod: "Static" }],
  ["azure-native:network:LoadBalancer", { sku: { name: "Standard" } }],
  [
    "azure-native:containerservice:ManagedCluster",
    { dnsPrefix: "shop", agentPoolProfiles: [{ name: "system", mode: "System", count: 3 }] },
  ],
  [
    "azure-native:containerservice:AgentPool",
    { count: 3, vmSize: "Standard_D4s_v5", kubeletConfig: { podMaxPids: 4096 } },
  ],
  ["azure-native:containerregistry:Registry", { sku: { name: "Basic" } }],
  ["azure-native:web:WebApp", { siteConfig: { linuxFxVersion: "NODE|20-lts" } }],
  ["azure-native:sql:Server", { administratorLogin: "root", administratorLoginPassword: "hunter2-of-azure" }],
  ["azure-native:dbforpostgresql:Server", { version: "16" }],
  ["azure-native:keyvault:Vault", { properties: { tenantId: "t" } }],
  [
    "azure-native:compute:VirtualMachine",
    {
      hardwareProfile: { vmSize: "Standard_B2s" },
      osProfile: { computerName: "vm", adminPassword: "hunter2-of-vm" },
    },
  ],
  ["azure-native:compute:VirtualMachineScaleSet", { sku: { name: "Standard_B2s", capacity: 2 } }],
  ["azure:compute/linuxVirtualMachine:LinuxVirtualMachine", { size: "Standard_B1s", adminUsername: "ops" }],
  [
    "azure:compute/linuxVirtualMachine:LinuxVirtualMachine",
    { size: "Standard_B1s", customData: Buffer.from("#cloud-config\npackages: [git]\n").toString("base64") },
  ],
  [
    "azure:compute/windowsVirtualMachine:WindowsVirtualMachine",
    { size: "Standard_B2s", customData: Buffer.from("hello").toString("base64") },
  ],
  [
    "azure:containerservice/kubernetesCluster:KubernetesCluster",
    { defaultNodePool: { name: "default", nodeCount: 3 } },
  ],
  ["azure:storage/container:Container", { name: "backlog" }],
];

export const GCP: readonly Row[] = [
  ["gcp:storage/bucket:Bucket", { location: "EU", uniformBucketLevelAccess: true }],
  ["gcp:compute/network:Network", { autoCreateSubnetworks: false }],
  ["gcp:compute/subnetwork:Subnetwork", { ipCidrRange: "10.0.0.0/20", network: UNKNOWN.string }],
  ["gcp:compute/firewall:Firewall", { allows: [{ protocol: "tcp", ports: ["80"] }] }],
  ["gcp:compute/address:Address", { region: "europe-west1" }],
  [
    "gcp:compute/instance:Instance",
    { machineType: "e2-small", metadata: { "enable-oslogin": "TRUE" }, bootDisk: {} },
  ],
  [
    "gcp:compute/instance:Instance",
    { machineType: "e2-small", metadataStartupScript: "#!/bin/sh\napt-get install -y nginx\n" },
  ],
  [
    "gcp:compute/instance:Instance",
    {
      machineType: "e2-small",
      metadata: { "windows-startup-script-ps1": "Install-WindowsFeature Web-Server" },
    },
  ],
  [
    "gcp:compute/instanceTemplate:InstanceTemplate",
    { machineType: "e2-small", metadataStartupScript: "#!/bin/sh\ntrue\n" },
  ],
  [
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    { baseInstanceName: "web", targetSize: 3, versions: [{ instanceTemplate: UNKNOWN.string }] },
  ],
  ["gcp:compute/backendService:BackendService", { protocol: "HTTP", timeoutSec: 30 }],
  ["gcp:compute/healthCheck:HealthCheck", { tcpHealthCheck: { port: 80 } }],
  ["gcp:container/cluster:Cluster", { initialNodeCount: 1, location: "europe-west1" }],
  ["gcp:container/nodePool:NodePool", { nodeCount: 3, nodeConfig: { machineType: "e2-standard-4" } }],
  [
    "gcp:cloudrun/service:Service",
    { location: "europe-west1", template: { spec: { containers: [{ image: "example/api" }] } } },
  ],
  [
    "gcp:sql/databaseInstance:DatabaseInstance",
    { databaseVersion: "POSTGRES_16", rootPassword: "hunter2-of-gcp", settings: { tier: "db-f1-micro" } },
  ],
  ["gcp:pubsub/topic:Topic", { messageRetentionDuration: "86600s" }],
  ["gcp:redis/instance:Instance", { memorySizeGb: 4, redisConfigs: { "maxmemory-policy": "allkeys-lru" } }],
  ["gcp:dns/recordSet:RecordSet", { type: "A", ttl: 300, rrdatas: [UNKNOWN.string] }],
  ["gcp:serviceaccount/account:Account", { accountId: "web" }],
];

/** Packages that no policy has heard of, with property names that mean something elsewhere. */
export const OTHERS: readonly Row[] = [
  ["random:index/randomPassword:RandomPassword", { length: 32 }],
  ["random:index/randomId:RandomId", { byteLength: 4 }],
  ["tls:index/privateKey:PrivateKey", { algorithm: "ED25519" }],
  ["command:local:Command", { create: "sysctl -w net.core.somaxconn=1 # hunter2-of-command" }],
  [
    "command:remote:Command",
    { connection: { host: UNKNOWN.string, privateKey: "hunter2-of-key" }, create: "uptime" },
  ],
  ["docker:index/container:Container", { image: "nginx:1.27", ports: [{ internal: 80, external: 8080 }] }],
  ["docker:index/image:Image", { imageName: "example/api" }],
  ["cloudflare:index/record:Record", { name: "www", type: "CNAME", value: "example.com" }],
  ["github:index/repository:Repository", { name: "sysctl-conf", description: "net.core.somaxconn" }],
  [
    "datadog:index/monitor:Monitor",
    { query: "avg(last_5m):avg:net.tcp.listen_overflows{*} > 0", type: "metric alert" },
  ],
  ["digitalocean:index/domain:Domain", { name: "example.com" }],
  ["vault:generic/secret:Secret", { path: "secret/web", dataJson: '{"k":"hunter2-of-vault"}' }],
  ["postgresql:index/database:Database", { name: "app" }],
  ["pulumi:pulumi:Stack", {}],
  ["pulumi:providers:aws", { region: "eu-west-1", secretKey: "hunter2-of-provider" }],
  ["pulumi:pulumi:StackReference", { name: "org/project/prod" }],
  [
    "acme:web:Cluster",
    { userData: "sysctl -w net.core.somaxconn=128", backlog: 128, sysctls: { "net.core.somaxconn": 128 } },
  ],
  ["acme:index:Instance", { userData: UNKNOWN.string, tags: { Name: "ours" } }],
  [
    "awsx:ecs:FargateService",
    { desiredCount: 2, taskDefinitionArgs: { container: { name: "web", image: "nginx" } } },
  ],
  ["eks:index:Cluster", { instanceType: "t3.medium", desiredCapacity: 2 }],
];
