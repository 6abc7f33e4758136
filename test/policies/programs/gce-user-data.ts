import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "cloud-init of Compute Engine reads the metadata user-data: a file that nothing applies at the first boot.",
  run: () => {
    new Anything("gcp:compute/instance:Instance", "gce-user-data-web", {
      machineType: "n2-standard-2",
      zone: "europe-west1-b",
      bootDisk: { initializeParams: { image: "ubuntu-os-cloud/ubuntu-2404-lts-amd64" } },
      networkInterfaces: [{ network: "default" }],
      metadata: {
        "enable-oslogin": "TRUE",
        "user-data": `#cloud-config
write_files:
  - path: /etc/sysctl.d/90-web.conf
    content: "net.core.somaxconn = 16384\\n"
`,
      },
    });
  },
  expected: [
    {
      policy: "backlog-applied-at-first-boot",
      resource: "gce-user-data-web",
      level: "advisory",
      says: ["/etc/sysctl.d/90-web.conf", "sysctl -p"],
    },
  ],
};
