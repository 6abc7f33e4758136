import type { Finding } from "../finding";
import type { ResolvedDeclaration } from "../resolve";
import { somaxconnCoversBacklog } from "./somaxconn-covers-backlog";

export { somaxconnCoversBacklog, type BacklogClaim, type SomaxconnSource } from "./somaxconn-covers-backlog";

/**
 * Whether a declaration is sound: what cannot work is an `error`, what is risky a `warning`. The same answer for the
 * components, the policies and the command.
 */
export function checkBacklog(declaration: ResolvedDeclaration): Finding[] {
  return [...somaxconnCoversBacklog(declaration.somaxconn, declaration.services)];
}
