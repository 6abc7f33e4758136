import { ComponentResource, CustomResource, type Inputs } from "@pulumi/pulumi";

/** A resource of a package that is not installed here, as its SDK would register it. */
export class Anything extends CustomResource {}

/** A component of any type, which shows these inputs to policies. */
export class Component extends ComponentResource {
  constructor(type: string, name: string, props: Inputs = {}) {
    super(type, name, props);
    this.registerOutputs({});
  }
}
