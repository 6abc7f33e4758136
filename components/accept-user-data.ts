import * as pulumi from "@pulumi/pulumi";
import { inputsRefused } from "./accept";
import { userDataProblem, type Composition } from "./user-data-problem";

/**
 * In the place of `instanceMetadataTags`, an enumeration: the provider refuses it, and shows it, before it asks for anything, so that the
 * instance is neither made, changed nor replaced. Left out otherwise. No policy judges this field, so a preview in which the user data is
 * not known yet has all the others.
 */
const NOT_USABLE = "user data that cannot be used: see the error about it";

/** User data as far as it can be composed. */
export interface UsableUserData {
  /** The user's own; nothing in the place of what cannot be composed. */
  readonly userData: pulumi.Output<string | undefined>;
  /** Undefined as long as it can be composed. */
  readonly instanceMetadataTags: pulumi.Input<string> | undefined;
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
    return { userData: pulumi.output(given), instanceMetadataTags: undefined };
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
    instanceMetadataTags: pulumi.unsecret(
      judged.apply(({ usable }) => (usable ? undefined : NOT_USABLE)),
    ) as pulumi.Output<string>,
  };
}
