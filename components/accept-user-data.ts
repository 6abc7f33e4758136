import * as pulumi from "@pulumi/pulumi";
import { inputsRefused } from "./accept";
import { userDataProblem, type Composition } from "./user-data-problem";

/** A hop limit that EC2 does not have, which the provider refuses before it asks for anything: the instance is neither made nor changed. */
export const NO_HOPS = 0;

/** User data as far as it can be composed. */
export interface UsableUserData {
  /** The user's own; nothing in the place of what cannot be composed. */
  readonly userData: pulumi.Output<string | undefined>;
  readonly usable: pulumi.Output<boolean>;
}

/**
 * User data that is an output is judged as soon as it is known: then bad user data is an error of the program. It is not thrown, because
 * an instance whose input is rejected is never registered, and a program that waits for it waits for ever.
 */
export function onlyIfUsable(
  given: pulumi.Input<string> | undefined,
  composition: Composition,
  resource: pulumi.Resource,
): UsableUserData {
  if (given === undefined || typeof given === "string") {
    // Looked at already, when the component was made.
    return { userData: pulumi.output(given), usable: pulumi.output(true) };
  }
  const judged = pulumi.output(given).apply(async (own) => {
    const reason = userDataProblem(own, composition);
    if (reason !== undefined) {
      // Waited for, because the engine stops listening when the instance fails that is refused then.
      await pulumi.log.error(inputsRefused([{ propertyPath: "userData", reason }]).message, resource);
    }
    return { own: reason === undefined ? own : undefined, usable: reason === undefined };
  });
  return {
    userData: judged.apply(({ own }) => own),
    // Of a secret, this tells nothing that the message does not.
    usable: pulumi.unsecret(judged.apply(({ usable }) => usable)),
  };
}
