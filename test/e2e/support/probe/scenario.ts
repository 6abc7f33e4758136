import type { BacklogDeclaration } from "../../../../backlog";
import type { Step } from "./chamber";

/** The file that this project writes. */
export const OURS = "/etc/sysctl.d/99-zz-listen-backlog.conf";
export const NGINX: BacklogDeclaration = { services: [{ name: "nginx", backlog: 4096 }] };
/** What the next boot sets is as {@link NGINX} needs it. */
export const PERSISTED: Step = ["file", OURS, "net.core.somaxconn = 4096\n"];

export function somaxconn(value: number): Step {
  return ["sysctl", "net.core.somaxconn", String(value)];
}

export function listen(backlog: number, port = 80, address = "0.0.0.0"): Step {
  return ["listen", { address, port, backlog }];
}
