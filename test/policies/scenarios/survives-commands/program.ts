import { Anything } from "../../support/anything";
import { server } from "../../support/server";

export const program = () => {
  const web = server(
    "survives-commands-web",
    "#cloud-config\nwrite_files:\n  - path: /etc/sysctl.d/60-a.conf\n    content: net.core.somaxconn = 8192\nruncmd:\n  - sysctl --system\n",
  );
  // As programs do it: a command that needs the address of a server comes after it.
  const command = (name: string, create: string) =>
    new Anything("command:remote:Command", name, {
      connection: { host: web.privateIp, password: "hunter2-of-command" },
      create,
      delete: "sysctl -w net.core.somaxconn=65535",
    });
  command("survives-commands-applied-again", "sysctl -w net.core.somaxconn=8192");
  command("survives-commands-looks", "# sysctl -w net.core.somaxconn=65535\nsysctl -n net.core.somaxconn");
  command("survives-commands-more", "sysctl -w net.core.somaxconn=16384");
};
