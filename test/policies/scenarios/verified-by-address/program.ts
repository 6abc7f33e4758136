import * as aws from "@pulumi/aws";
import { secret } from "@pulumi/pulumi";
import { BacklogVerification } from "../../../../components";
import { generateHostKey } from "../../../../components/host-key";

const tuned = (name: string) =>
  new aws.ec2.Instance(`verified-by-address-${name}`, {
    ami: "ami-0123456789abcdef0",
    instanceType: "t3.small",
    userDataReplaceOnChange: true,
    userData:
      "#!/bin/sh\necho 'net.core.somaxconn = 8192' > /etc/sysctl.d/10-web.conf\nsysctl -p /etc/sysctl.d/10-web.conf\n",
    tags: { "listen-backlog:services": "nginx:80:8192" },
  });

export const program = () => {
  const seen = tuned("seen");
  tuned("unseen");
  const { publicKey, privateKey } = generateHostKey();
  new BacklogVerification("verified-by-address-look", {
    services: [{ name: "nginx", backlog: 8192 }],
    host: seen.publicIp,
    ssh: {
      user: "admin",
      hostKey: publicKey,
      privateKey: secret(privateKey),
    },
  });
};
