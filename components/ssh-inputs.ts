import * as pulumi from "@pulumi/pulumi";
import type { InputProblem } from "../backlog";
import { asPropertyError, inputsRefused, unknownFields } from "./accept";
import type { Way } from "./connection";
import { isHostKey } from "./host-key-text";
import type { HostSshArgs } from "./ssh-args";
import { HIDDEN, isHiddenText, keyProblem, orNothing, type Check } from "./ssh-checks";

/** In the place of a host key: the provider refuses it before it dials, and OpenSSH before it logs in. */
export const NO_KEY = "refused refused";

/** Takes inputs one by one, and gathers what is wrong. */
export class SshInputs {
  /** Whether each value that is not known yet is sound. */
  private readonly later: pulumi.Output<boolean>[] = [];

  constructor(readonly problems: InputProblem[]) {}

  /** The host key as long as every value is sound that is not known yet. */
  onlyIfSound(hostKey: pulumi.Input<string> | undefined): pulumi.Input<string> | undefined {
    return this.later.length === 0
      ? hostKey
      : (pulumi
          .all([hostKey, pulumi.all(this.later)])
          // Undefined stays undefined, which the type of an output cannot say here.
          .apply(([key, sound]) => (sound.every(Boolean) ? key : NO_KEY)) as pulumi.Output<string>);
  }

  /** A field that must be there, whether plain or not known yet. */
  take<T>(path: string, given: pulumi.Input<T> | undefined, check: Check): pulumi.Input<T> {
    return this.judge(path, given, check) as pulumi.Input<T>;
  }

  takeOptional<T>(
    path: string,
    given: pulumi.Input<T> | undefined,
    check: Check,
  ): pulumi.Input<T> | undefined {
    return this.judge(path, given, orNothing(check));
  }

  /** A value that must be known at once. */
  checkPlain(path: string, given: unknown, check: Check): void {
    const problem = check(given);
    if (problem !== undefined) {
      this.problems.push({ path, ...problem });
    }
  }

  /** A private key and its passphrase, of which one explains the other. */
  takeKey(
    path: string,
    { privateKey, privateKeyPassword }: Pick<HostSshArgs, "privateKey" | "privateKeyPassword">,
  ): Pick<Way, "privateKey" | "privateKeyPassword"> {
    const hasPassword = privateKeyPassword !== undefined;
    return {
      privateKey: this.takeOptional(`${path}.privateKey`, privateKey, (value) =>
        keyProblem(value, hasPassword),
      ),
      privateKeyPassword: this.takeOptional(`${path}.privateKeyPassword`, privateKeyPassword, isHiddenText),
    };
  }

  /** Whether there is an object to take fields from: not an output, whose fields nobody could refuse in time. */
  areIn(path: string, given: unknown, fix: string): boolean {
    const are =
      typeof given === "object" &&
      given !== null &&
      !Array.isArray(given) &&
      !pulumi.Output.isInstance(given) &&
      !(given instanceof Promise);
    if (!are) {
      this.problems.push({
        path,
        given: given === undefined ? "nothing" : HIDDEN,
        allowed: "an object, whose fields may be outputs",
        fix,
      });
    }
    return are;
  }

  refuseUnknown(path: string, given: object, known: readonly string[]): void {
    const unknown = unknownFields(given, known, { prefix: `${path}.`, kind: "fields" });
    this.problems.push(
      ...unknown.map((problem) =>
        problem.path === `${path}.password`
          ? { ...problem, fix: "privateKey, or the keys of an agent" }
          : problem,
      ),
    );
  }

  private judge<T>(
    path: string,
    given: pulumi.Input<T> | undefined,
    check: Check,
  ): pulumi.Input<T> | undefined {
    if (pulumi.Output.isInstance(given) || given instanceof Promise) {
      const sound = pulumi.output(given).apply(async (value) => {
        const problem = check(value);
        if (problem !== undefined) {
          // Waited for, because the engine stops listening when the connection fails that is not made then.
          await pulumi.log.error(inputsRefused([asPropertyError({ path, ...problem })]).message);
        }
        return problem === undefined;
      });
      // Of a secret, this tells nothing that the message does not.
      this.later.push(pulumi.unsecret(sound));
      return given;
    }
    this.checkPlain(path, given, check);
    return given;
  }
}

/** The type and the key alone: a comment or a line end is no reason to run a command again. */
export function normalized(hostKey: pulumi.Input<string> | undefined): pulumi.Input<string> | undefined {
  // An output may hold anything, or nothing: without a key, the provider would check none.
  const bare = (text: unknown) =>
    typeof text === "string" && isHostKey(text) ? text.trim().split(" ").slice(0, 2).join(" ") : NO_KEY;
  return typeof hostKey === "string" ? bare(hostKey) : hostKey && pulumi.output(hostKey).apply(bare);
}
