import { Anything } from "../support/anything";
import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "Compute Engine runs a startup script at every boot, so that a value set in it is never lost.",
  run: () => {
    new Anything("gcp:compute/instance:Instance", "gce-startup-api", {
      machineType: "e2-medium",
      zone: "europe-west1-b",
      bootDisk: { initializeParams: { image: "debian-cloud/debian-12" } },
      networkInterfaces: [{ network: "default" }],
      metadataStartupScript: "#!/bin/bash\nsysctl -w net.core.somaxconn=8192\nsystemctl restart api\n",
    });
  },
  expected: [],
};
