import * as aws from "@pulumi/aws";
import { interpolate } from "@pulumi/pulumi";

import { server } from "../../support/server";

/** User data of servers that each break another rule, with an address that the preview does not know. */
const WRONG: Readonly<Record<string, { readonly lines: string; readonly services?: string }>> = {
  covers: {
    lines: "echo net.core.somaxconn=1024 > /etc/sysctl.d/10-a.conf\nsysctl --system",
    services: "nginx:80:4096",
  },
  agree: {
    lines:
      "echo net.core.somaxconn=16384 > /etc/sysctl.d/10-a.conf\necho net.core.somaxconn=8192 > /etc/sysctl.d/99-b.conf\nsysctl --system",
  },
  syn: { lines: "echo net.ipv4.tcp_syncookies=0 > /etc/sysctl.d/10-a.conf\nsysctl --system" },
  limits: { lines: "echo net.core.somaxconn=99999999999 > /etc/sysctl.d/10-a.conf\nsysctl --system" },
  exempted: { lines: "sysctl -w net.core.somaxconn=8192" },
  expired: { lines: "sysctl -w net.core.somaxconn=8192" },
  reaches: {
    lines: "echo net.core.somaxconn=8192 > /etc/sysctl.d/10-a.conf\nsysctl --system",
    services: "redis:6379",
  },
  unapplied: { lines: "echo net.core.somaxconn=8192 > /etc/sysctl.d/10-a.conf" },
  low: { lines: "echo net.core.somaxconn=2048 > /etc/sysctl.d/10-a.conf\nsysctl --system" },
  kept: { lines: "echo net.core.somaxconn=8192 > /etc/sysctl.d/10-a.conf\nsysctl --system" },
};

/** The first preview sees all of them, and every update after it some that it has not seen. */
const STEPS = [
  Object.keys(WRONG),
  ["covers"],
  ["agree"],
  ["syn"],
  ["limits"],
  ["expired"],
  ["exempted", "reaches", "unapplied", "low", "kept"],
];

export const program = (step: number) => {
  for (const name of STEPS[step] ?? []) {
    const { lines, services } = WRONG[name] ?? { lines: "" };
    const files = new aws.s3.Bucket(`known-at-update-${name}-files-${step}`);
    server(
      `known-at-update-${name}`,
      interpolate`#!/bin/sh\n${lines}\naws s3 sync s3://${files.arn} /srv/site\n`,
      {
        userDataReplaceOnChange: name !== "kept",
        ...(services !== undefined && { tags: { "listen-backlog:services": services } }),
      },
    );
  }
};
