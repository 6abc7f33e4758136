export { validateSizing, type SizingInput } from "./load";
export { recommendBacklog, type BacklogRecommendation, type SizingVerdict } from "./recommendBacklog";
export { smallBacklogFacts, WHAT_REFUSES, type Refusal } from "./refuseEarly";
