import * as pulumi from "@pulumi/pulumi";
import { TunedHost } from "pulumi-listen-backlog";

/** A server that somebody else made, with the content of its `/etc/ssh/ssh_host_ed25519_key.pub`. */
interface Server {
  readonly name: string;
  readonly host: string;
  readonly hostKey: string;
}

const config = new pulumi.Config();
const servers = config.requireObject<Server[]>("servers");
const repair = config.getBoolean("repair") ?? false;

const tuned = servers.map(
  ({ name, host, hostKey }) =>
    new TunedHost(name, {
      services: [
        { name: "nginx", port: 80, backlog: 8192, relisten: "restart" },
        { name: "redis", port: 6379, backlog: 8192, relisten: "restart" },
      ],
      host,
      ssh: {
        user: config.get("sshUser") ?? "admin",
        privateKey: config.requireSecret("sshPrivateKey"),
        hostKey,
      },
      // Each update looks at each server; what drifted is only put right where that is asked for.
      verify: "everyUpdate",
      apply: repair ? "everyUpdate" : "onChange",
    }),
);

export const effective = tuned.map((server) => server.effective);
export const steps = tuned.map((server) => server.steps);
