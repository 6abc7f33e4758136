import * as aws from "@pulumi/aws";

import { type PolicyProgram } from "../support/expected";

export const program: PolicyProgram = {
  why: "No server at all.",
  run: () => {
    const bucket = new aws.s3.Bucket("static-site-content");
    new aws.s3.BucketObjectv2("static-site-index", {
      bucket: bucket.id,
      key: "index.html",
      content: "<!doctype html><title>backlog of the team</title>",
      contentType: "text/html",
    });
    const cdn = new aws.cloudfront.Distribution("static-site-cdn", {
      enabled: true,
      origins: [{ originId: "content", domainName: bucket.bucketRegionalDomainName }],
      defaultCacheBehavior: {
        targetOriginId: "content",
        viewerProtocolPolicy: "redirect-to-https",
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
      },
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
    });
    const zone = new aws.route53.Zone("static-site-zone", { name: "example.com" });
    new aws.route53.Record("static-site-www", {
      zoneId: zone.zoneId,
      name: "www",
      type: "A",
      aliases: [{ name: cdn.domainName, zoneId: cdn.hostedZoneId, evaluateTargetHealth: false }],
    });
  },
  expected: [],
};
