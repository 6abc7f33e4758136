import type { Lab } from "../../identity";
import type { InstanceHosts } from "./hosts";

/**
 * The hosts of the lab, loaded when the first one is asked for: an update that changes nothing asks for none, and should
 * not wait for their code.
 */
export function labHosts(lab: Lab): InstanceHosts {
  let loading: Promise<InstanceHosts> | undefined;
  const load = (): Promise<InstanceHosts> =>
    (loading ??= import("../../hosts/index.js").then(({ Hosts }) => new Hosts(lab)));
  return {
    create: async (seed) => (await load()).create(seed),
    get: async (id) => (await load()).get(id),
    replaceUserData: async (id, userData) => (await load()).replaceUserData(id, userData),
    start: async (id) => (await load()).start(id),
    stop: async (id) => (await load()).stop(id),
    destroy: async (id) => (await load()).destroy(id),
  };
}
