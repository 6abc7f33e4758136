import { createPolicies } from "../../../policies/all";

/** Every policy of the pack, without the server that the pack itself starts. */
export const POLICIES = createPolicies();
