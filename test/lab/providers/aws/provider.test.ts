import { describe, expect, it } from "vitest";

import { awsProvider } from "../../../../lab/providers/aws/provider";
import { FakeHosts, temporaryAccount } from "../fakes";

const provider = (env: NodeJS.ProcessEnv = {}) => awsProvider(temporaryAccount(), new FakeHosts(), env);

describe("the stand-in's configuration", () => {
  it("takes a region and what needs nothing in the lab", () => {
    const config = {
      region: "eu-west-1",
      profile: "x",
      skipCredentialsValidation: "true",
      version: "7.48.0",
    };
    expect(provider().checkConfig(config)).toEqual([]);
  });

  it("refuses what would change something", () => {
    const failures = provider().checkConfig({ region: "moon", defaultTags: "{}", regio: "x" });
    expect(failures.map(({ property }) => property)).toEqual(["region", "defaultTags", "regio"]);
  });

  it("finds the region as the real provider does: configuration, then environment", () => {
    const region = (env: NodeJS.ProcessEnv, config = {}) => {
      const aws = provider(env);
      aws.configure(config);
      const found = aws.functions["aws:ssm/getParameter:getParameter"]?.call({
        name: "/aws/service/debian/release/12/latest/amd64",
      });
      return (found as { region: string }).region;
    };
    expect(region({})).toBe("us-east-1");
    expect(region({ AWS_DEFAULT_REGION: "eu-west-2" })).toBe("eu-west-2");
    expect(region({ AWS_DEFAULT_REGION: "eu-west-2", AWS_REGION: "eu-west-3" })).toBe("eu-west-3");
    expect(region({ AWS_REGION: "eu-west-3" }, { region: "eu-north-1" })).toBe("eu-north-1");
  });
});
