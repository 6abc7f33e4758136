import type { ProviderFunction } from "../rpc/provider";
import { checkArguments, flag, text } from "../rpc/shape";
import type { Failure, Fields } from "../rpc/shape";
import { Secret } from "../rpc/value";
import type { PlainProperties, Properties } from "../rpc/value";
import { optionalText, textOf } from "./arguments";
import { AwsError } from "./errors";
import { IMAGES } from "./images";
import { region } from "./region";

const ARGUMENTS: Fields = {
  owner: "aws:ssm/getParameter:getParameter",
  known: {
    name: text(),
    region,
    // None of the parameters is encrypted.
    withDecryption: flag(),
  },
  required: ["name"],
};

/** `aws.ssm.getParameter`: the public parameters that name the lab's images. */
export class GetParameter implements ProviderFunction {
  constructor(private readonly defaultRegion: () => string) {}

  check(args: Properties): readonly Failure[] {
    return checkArguments(ARGUMENTS, args);
  }

  call(args: PlainProperties): Properties {
    const name = textOf(args, "name");
    const image = IMAGES.find(({ parameters }) => parameters.includes(name));
    if (!image) {
      const known = IMAGES.flatMap(({ parameters }) => parameters).join(", ");
      throw new AwsError(
        "GetParameter",
        "ParameterNotFound",
        `no parameter ${JSON.stringify(name)}; the lab has ${known}`,
        "SSM",
      );
    }
    const place = optionalText(args, "region") ?? this.defaultRegion();
    return {
      arn: `arn:aws:ssm:${place}::parameter${name}`,
      id: name,
      insecureValue: image.id,
      name,
      region: place,
      type: "String",
      // The real provider marks every value as secret, since a parameter may be one.
      value: new Secret(image.id),
      version: 1,
      withDecryption: args["withDecryption"] !== false,
    };
  }
}
