import * as aws from "@pulumi/aws";

import { PLANTED, type PolicyProgram } from "../support/expected";

interface Api {
  readonly repository: string;
  readonly workers: number;
  readonly token: string;
}

function bootScript({ repository, workers, token }: Api): string {
  return [
    "#!/bin/bash",
    "exec > >(tee /var/log/user-data.log) 2>&1",
    `export API_TOKEN=${token}`,
    "sysctl -w net.core.somaxconn=65535",
    `git clone ${repository} /srv/api && cd /srv/api`,
    "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
    "cat > /etc/systemd/system/api.service <<EOF",
    "[Service]",
    `ExecStart=/srv/api/.venv/bin/gunicorn -w ${workers} --backlog 2048 -b 0.0.0.0:8000 app:app`,
    "[Install]",
    "WantedBy=multi-user.target",
    "EOF",
    "systemctl daemon-reload && systemctl enable --now api",
  ].join("\n");
}

export const program: PolicyProgram = {
  why: "The sysctl is gone after the first reboot; a later edit of the script would not run on the same instance; nobody verifies. gunicorn chose 2048 itself, so that is no finding.",
  run: () => {
    const api = { repository: "https://git.example.com/api.git", workers: 4, token: `${PLANTED}-of-api` };
    for (const zone of ["a", "b"]) {
      new aws.ec2.Instance(`api-sysctl-w-${zone}`, {
        ami: "ami-0123456789abcdef0",
        instanceType: "t3.small",
        availabilityZone: `eu-west-1${zone}`,
        userData: bootScript(api),
      });
    }
  },
  expected: ["api-sysctl-w-a", "api-sysctl-w-b"].flatMap((resource) => [
    {
      policy: "backlog-survives-reboot",
      resource,
      level: "mandatory" as const,
      says: ["net.core.somaxconn", "65535", "/etc/sysctl.d/"],
    },
    {
      policy: "changed-user-data-takes-effect",
      resource,
      level: "advisory" as const,
      says: ["userDataReplaceOnChange"],
    },
    { policy: "backlog-is-verified", resource, level: "advisory" as const, says: [resource] },
  ]),
};
