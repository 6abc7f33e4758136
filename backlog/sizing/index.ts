export { validateSizing, type SizingInput } from "./load";
export { recommendBacklog, type BacklogRecommendation, type SizingVerdict } from "./recommend-backlog";
export { smallBacklogFacts, WHAT_REFUSES, type Refusal } from "./refuse-early";
