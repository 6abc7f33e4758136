import { CustomResource, type CustomResourceOptions, type Inputs } from "@pulumi/pulumi";

/** A resource of a package that is not installed here, as its SDK would register it. */
export class Anything extends CustomResource {
  constructor(type: string, name: string, props: Inputs, opts?: CustomResourceOptions) {
    super(type, name, props, opts);
  }
}
