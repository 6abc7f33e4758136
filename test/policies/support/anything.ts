import { CustomResource } from "@pulumi/pulumi";

/** A resource of a package that is not installed here, as its SDK would register it. */
export class Anything extends CustomResource {}
