import { composeUserData, UserDataError, type TuningPart, type UserDataEncoding } from "../cloudinit";
import { generateHostKey } from "./host-key";

/** How ours is composed into it. */
export interface Composition {
  readonly part: TuningPart;
  readonly encoding: UserDataEncoding;
}

/**
 * Why user data cannot be used, or undefined. The stand-in host key has the length of every other.
 *
 * @param own as it was given; nothing for none
 */
export function userDataProblem(own: unknown, { part, encoding }: Composition): string | undefined {
  try {
    // Whatever it is, composing looks at it.
    composeUserData(own as string | undefined, { ...part, hostKey: generateHostKey() }, { encoding });
    return undefined;
  } catch (error) {
    if (error instanceof UserDataError) {
      return error.message;
    }
    throw error;
  }
}
