import { Anything } from "../../support/anything";

export const program = () => {
  const bucket = new Anything("aws:s3/bucket:Bucket", "nothing-wrong-logs", {});
  new Anything("aws:ec2/instance:Instance", "nothing-wrong-bastion", {
    ami: "ami-1",
    tags: { Name: "bastion" },
  });
  new Anything("aws:ecs/taskDefinition:TaskDefinition", "nothing-wrong-worker", {
    family: "worker",
    containerDefinitions: bucket.id.apply((id) =>
      JSON.stringify([{ name: "worker", image: `worker:${id}` }]),
    ),
  });
  new Anything("kubernetes:apps/v1:Deployment", "nothing-wrong-api", {
    spec: { template: { spec: { containers: [{ name: "api", image: bucket.id }] } } },
  });
};
