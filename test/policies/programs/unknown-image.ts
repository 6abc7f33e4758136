import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "The image is not known before the pipeline ran, and no policy needs it.",
  run: () => {
    const image = new aws.imagebuilder.Image("unknown-image-golden", {
      infrastructureConfigurationArn:
        "arn:aws:imagebuilder:eu-west-1:123456789012:infrastructure-configuration/web",
      imageRecipeArn: "arn:aws:imagebuilder:eu-west-1:123456789012:image-recipe/web/1.0.0",
    });
    const ami = image.outputResources.apply(([made]) => made?.amis[0]?.image ?? "");
    new aws.ec2.Instance("unknown-image-web", {
      ami,
      instanceType: "t3.medium",
      userData: "#cloud-config\nruncmd:\n  - systemctl enable --now nginx\n",
    });
  },
  expected: [],
};
