import { server } from "../../support/server";

export const program = () =>
  server("survives-lost-api", "#cloud-config\nruncmd:\n  - [sysctl, -w, net.core.somaxconn=8192]\n");
