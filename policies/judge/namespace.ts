import { checkBacklog, checkNamespace, defaultFor, resolveDeclaration, type Finding, type Platform } from "../../backlog"; // prettier-ignore
import type { Settings } from "../config/settings";
import { assignment } from "../message";
import type { ContainerFacts, Subject } from "../subjects";
import type { Surroundings } from "../surroundings";
import type { Context, Judgement } from "./judgement";
import { problemsOf, settingsOf } from "./values";

export function judgeNamespace(
  { services, dialect }: Subject,
  facts: ContainerFacts,
  { settings, around, isComplete }: Context,
): Judgement {
  const { kernel, environment, memoryBytes, maximumBacklog: largestBacklog, allowedUnsafeSysctls } = settings;
  const values = new Map(facts.settings.map(({ key, value }) => [key, value] as const));
  const set = settingsOf(values);
  const { somaxconn: own, isCertain } = somaxconnIn(facts, set.somaxconn, settings, around);
  const platform: Platform = {
    kernel,
    environment,
    memoryBytes,
    largestBacklog,
    container: { somaxconn: own },
  };
  const isJudged = !facts.isHost && facts.opaque === undefined && (isComplete || set.somaxconn !== undefined);
  const declaration = resolveDeclaration({ services, settings: { ...set, somaxconn: own } });
  const needed = Math.max(0, ...declaration.services.map(({ backlog }) => backlog));
  const found = isJudged ? checkBacklog(declaration, platform) : [];
  const judged = found
    // A small somaxconn of its own cuts nobody else's listeners.
    .filter(({ severity, rule }) => severity !== "info" && rule !== "somaxconn-keeps-kernel-default")
    .map((finding) =>
      isOfOwnSomaxconn(finding)
        ? { ...finding, fix: `set ${assignment("net.core.somaxconn", needed, dialect)}` }
        : finding,
    );
  return {
    findings: [
      ...checkNamespace({
        ...facts,
        allowedUnsafe: facts.asksNode === true ? allowedUnsafeSysctls : undefined,
      }),
      ...problemsOf(values),
      ...judged.filter((finding) => isCertain || !isOfOwnSomaxconn(finding)),
    ],
    advised: isCertain ? [] : judged.filter(isOfOwnSomaxconn).map(ofGkePod),
    notes: [
      ...(facts.opaque === undefined || services.length === 0
        ? []
        : [`${facts.name}, because ${facts.opaque}`]),
      ...(facts.isHost && needed > (defaultFor("somaxconn", kernel) ?? 128)
        ? [`whether ${needed} is covered: it uses the network of its node, whose net.core.somaxconn decides`]
        : []),
    ],
    aboutNodes:
      facts.asksNode === true && !facts.isHost && allowedUnsafeSysctls === undefined
        ? [
            "whether the nodes let it set net. keys: say what their kubelet allows " +
              'in the configuration, such as allowedUnsafeSysctls: ["net.core.somaxconn"]',
          ]
        : [],
  };
}

/**
 * What a network namespace of containers has: what is set in it, or else what it begins with. That is the kernel's default, but for
 * pods of GKE, which hands them the settings of their node pool; and of these nobody knows on which pool they run.
 */
function somaxconnIn(
  { isPod = false, isOnGke }: ContainerFacts,
  set: number | undefined,
  { kernel, podSomaxconn }: Settings,
  { hasGkeNodes, gkeSomaxconn = 0 }: Surroundings,
): { readonly somaxconn: number; readonly isCertain: boolean } {
  const byDefault = defaultFor("somaxconn", kernel) ?? 128;
  if (set !== undefined || !isPod) {
    return { somaxconn: set ?? byDefault, isCertain: true };
  }
  if (podSomaxconn !== undefined) {
    return { somaxconn: podSomaxconn, isCertain: true };
  }
  const mayBeOnGke = isOnGke ?? hasGkeNodes;
  return { somaxconn: mayBeOnGke ? Math.max(gkeSomaxconn, byDefault) : byDefault, isCertain: !mayBeOnGke };
}

function isOfOwnSomaxconn({ rule }: Finding): boolean {
  return rule === "container-has-own-somaxconn" || rule === "somaxconn-lets-software-start";
}

function ofGkePod(finding: Finding): Finding {
  return {
    ...finding,
    got: `${finding.got} unless its node pool has more`,
    cause:
      "On GKE a pod that sets nothing has what linuxNodeConfig.sysctls of its node pool sets, and no pool in sight sets enough.",
  };
}
