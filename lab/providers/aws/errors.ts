import { ProviderError } from "../rpc/provider";

/** An error as the AWS API gives it, in the words of the real provider: operation, code, message. */
export class AwsError extends ProviderError {
  /**
   * @param operation the call that was refused: `RunInstances`.
   * @param code the API's error code: `InvalidAMIID.NotFound`.
   */
  constructor(
    readonly operation: string,
    readonly code: string,
    message: string,
    service = "EC2",
  ) {
    super(`operation error ${service}: ${operation}, api error ${code}: ${message}`);
    this.name = "AwsError";
  }
}
