import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { resolveDeclaration, showGiven, validateDeclaration } from "./backlog";
import { TunedServer, type ServiceArgs, type SettingsArgs, type TunedServerArgs } from "./components";
import { reportRows } from "./probe";

/** One server of the configuration: see `Pulumi.yaml`. */
interface ServerConfig {
  name: string;
  services: ServiceArgs[];
  settings?: SettingsArgs;
  instanceType?: string;
  userData?: string;
}

const SERVER_FIELDS = ["name", "services", "settings", "instanceType", "userData"];

/** The stack: configuration, servers, one verified report. A function, so that a program can also be run from another one. */
export = function stack(): Record<string, pulumi.Output<unknown>> {
  const config = new pulumi.Config("listen-backlog");
  const servers = requireServers(config);

  const image = aws.ec2.getAmiOutput({
    mostRecent: true,
    owners: [config.require("amiOwner")],
    filters: [{ name: "name", values: [config.require("amiName")] }],
  });
  const key = new aws.ec2.KeyPair("verification", { publicKey: config.require("sshPublicKey") });
  const group = new aws.ec2.SecurityGroup("servers", {
    description: "SSH for verification, and the declared services",
    ingress: [
      ingress(22, config.require("sshFrom"), "verification"),
      ...[...new Set(servers.flatMap(declaredPorts))].map((port) =>
        ingress(port, "0.0.0.0/0", "a declared service"),
      ),
    ],
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  });

  const tuned = servers.map(({ name, services, settings, instanceType, userData }) => ({
    name,
    server: tunedServer(name, {
      services,
      settings,
      ami: image.id,
      instanceType: instanceType ?? config.require("instanceType"),
      keyName: key.keyName,
      vpcSecurityGroupIds: [group.id],
      userData,
      ssh: {
        user: config.require("sshUser"),
        privateKey: config.requireSecret("sshPrivateKey"),
        usePrivateAddress: config.getBoolean("usePrivateAddress"),
      },
    }),
  }));

  return {
    servers: pulumi.output(
      tuned.map(({ name, server }) => ({
        name,
        instanceId: server.instanceId,
        address: server.address,
        hostKey: server.hostKey,
        verifyCommand: server.verifyCommand,
      })),
    ),
    report: pulumi
      .all(tuned.map(({ server }) => server.report))
      .apply((reports) => reports.flatMap(reportRows)),
  };
};

/** Bad configuration ends the program with a message that names the server, not with a stack trace. */
function tunedServer(name: string, args: TunedServerArgs): TunedServer {
  try {
    return new TunedServer(name, args);
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) {
      throw new pulumi.RunError(`the server ${name} of listen-backlog:servers: ${error.message}`);
    }
    throw error;
  }
}

function ingress(port: number, from: string, description: string) {
  return { protocol: "tcp", fromPort: port, toPort: port, cidrBlocks: [from], description };
}

/** The ports of a server's services, default ports too. A declaration that cannot be used has none: TunedServer refuses it. */
function declaredPorts({ services, settings }: ServerConfig): number[] {
  const { declaration } = validateDeclaration({ services, settings });
  return declaration === undefined
    ? []
    : resolveDeclaration(declaration).services.flatMap(({ port }) => port ?? []);
}

function requireServers(config: pulumi.Config): ServerConfig[] {
  const servers: unknown = config.requireObject("servers");
  const named = (server: unknown): server is ServerConfig =>
    typeof server === "object" &&
    server !== null &&
    "name" in server &&
    typeof server.name === "string" &&
    "services" in server &&
    Array.isArray(server.services);
  if (!Array.isArray(servers) || servers.length === 0 || !servers.every(named)) {
    throw new pulumi.RunError(
      "listen-backlog:servers: given something else; allowed: a list of servers, each with a name and services; " +
        "instead: [{ name: web, services: [{ name: nginx, port: 80, backlog: 4096 }] }]",
    );
  }
  const unknown = servers.flatMap((server) =>
    Object.keys(server)
      .filter((field) => !SERVER_FIELDS.includes(field))
      .map((field) => `${server.name}: ${showGiven(field)}`),
  );
  if (unknown.length > 0) {
    throw new pulumi.RunError(
      `listen-backlog:servers: given fields that a server does not have (${unknown.join(", ")}); ` +
        `allowed: ${SERVER_FIELDS.join(", ")}; instead: remove them, or correct their spelling`,
    );
  }
  return servers;
}
