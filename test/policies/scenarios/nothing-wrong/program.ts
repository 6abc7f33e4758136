import { Resource } from "../../../e2e/support/policies/scenarios";

export function program(): void {
  const bucket = new Resource("aws:s3/bucket:Bucket", "logs", {});
  new Resource("aws:ec2/instance:Instance", "bastion", { ami: "ami-1", tags: { Name: "bastion" } });
  new Resource("aws:ecs/taskDefinition:TaskDefinition", "worker", {
    family: "worker",
    containerDefinitions: bucket.id.apply((id) =>
      JSON.stringify([{ name: "worker", image: `worker:${id}` }]),
    ),
  });
  new Resource("kubernetes:apps/v1:Deployment", "api", {
    spec: { template: { spec: { containers: [{ name: "api", image: bucket.id }] } } },
  });
}
