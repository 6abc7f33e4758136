import { instance, tuned } from "./examples";
import type { PolicyDefinition } from "./policy";

/** Advises where a later change of the settings would do nothing. */
export const changedUserDataTakesEffect: PolicyDefinition = {
  name: "changed-user-data-takes-effect",
  displayName: "Changed user data takes effect",
  description: "A change of the user data that sets the backlog reaches the server.",
  level: "advisory",
  severity: "medium",
  cause:
    "User data sets the backlog, and a change of it would not run again: userDataReplaceOnChange is not true, or the program ignores changes of it.",
  why: "cloud-init runs user data once for each instance. Changed on the same instance it costs a stop and a start and does nothing: the stack says one thing, the server another.",
  remediationSteps:
    "Set userDataReplaceOnChange: true, which makes a new server; or change the settings of the running one by another way.",
  tags: ["drift"],
  cannotSee:
    "Whether anything changes: the engine shows policies what is to be, in previews and updates, and nothing of what was. It looks at whether a change would have an effect, on instances and spot requests of the `aws` package: those of `aws-native` and Compute Engine have no property that would give it one. The option `replaceOnChanges`, which has the same effect as userDataReplaceOnChange, is not among what the engine shows either: exempt an instance that has it.",
  rules: ["changed-user-data-runs"],
  example: {
    before: instance(tuned("net.core.somaxconn = 8192"), { userDataReplaceOnChange: undefined }),
    after: instance(tuned("net.core.somaxconn = 8192")),
  },
};
