import { server } from "../../support/server";

export const program = () =>
  server("limits-zero-api", undefined, { tags: { "listen-backlog:services": "api:8000:0" } });
