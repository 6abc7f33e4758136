import type { Policies } from "@pulumi/policy";

import { backlogIsVerifiedPolicy } from "../../../policies/backlog-is-verified";
import { somaxconnCoversBacklogPolicy } from "../../../policies/somaxconn-covers-backlog";

/** Every policy of the pack, without the server that the pack itself starts. */
export const POLICIES: Policies = [somaxconnCoversBacklogPolicy, backlogIsVerifiedPolicy];
