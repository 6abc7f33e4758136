import { server } from "../../support/server";

export const program = () =>
  server("changed-not-ours-api", "#!/bin/sh\napt-get install -y nginx\n", { userDataReplaceOnChange: false });
