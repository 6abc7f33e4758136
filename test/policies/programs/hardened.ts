import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

const hardening: Record<string, number> = {
  "net.ipv4.conf.all.accept_redirects": 0,
  "net.ipv4.icmp_echo_ignore_broadcasts": 1,
  "net.ipv4.tcp_syncookies": 0,
  "net.ipv4.tcp_max_syn_backlog": 256,
};

export const program: PolicyProgram = {
  why: "Cookies are off, and 256 half-open connections are all that an attacker needs. One cause, one line.",
  run: () => {
    const lines = Object.entries(hardening).map(([key, value]) => `${key} = ${value}`);
    new aws.ec2.Instance("hardened-bastion", {
      ami: "ami-0123456789abcdef0",
      instanceType: "t4g.nano",
      userDataReplaceOnChange: true,
      userData: [
        "#!/bin/sh",
        "cat > /etc/sysctl.d/60-hardening.conf <<EOF",
        ...lines,
        "EOF",
        "sysctl --system",
        "",
      ].join("\n"),
    });
  },
  expected: [
    {
      policy: "syn-flood-protection",
      resource: "hardened-bastion",
      level: "mandatory",
      says: ["net.ipv4.tcp_syncookies", "0"],
    },
  ],
};
