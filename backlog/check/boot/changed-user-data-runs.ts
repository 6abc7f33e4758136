import { matters } from "./keys";
import type { BootRule } from "./rule";

/** Quiet where the settings come from commands that run on every boot, and where the user data sets nothing. */
export const changedUserDataRuns: BootRule = {
  id: "changed-user-data-runs",
  severity: "warning",
  title: "User data that sets the backlog takes effect when it is changed",
  why: "cloud-init runs most of the user data once for each instance. Changed on the same instance, it costs a stop and a start and does nothing: the state of the stack says one thing, the server another.",
  judge: (facts) => {
    const set = [...facts.live, ...facts.persisted].filter(({ key }) => matters(key, facts));
    const everyBoot = new Set(facts.persisted.filter(({ by }) => by === "every-boot").map(({ key }) => key));
    const { change = "replaces" } = facts;
    if (change === "replaces" || set.every(({ key }) => everyBoot.has(key))) {
      return [];
    }
    return [
      change === "is-ignored"
        ? {
            lost: [],
            subject: "user data",
            wanted: "changes of it to be deployed",
            got: "ignoreChanges",
            cause: "A changed setting stays in the program and never reaches the server.",
            fix: "take the user data out of ignoreChanges, or change the settings on the server by another way",
          }
        : {
            lost: [],
            subject: "user data",
            wanted: "userDataReplaceOnChange: true",
            got: "false, the default",
            cause:
              "cloud-init runs user data once for each instance, so that a changed setting does nothing.",
            fix: "set userDataReplaceOnChange: true, or change the settings on the server by another way",
          },
    ];
  },
};
