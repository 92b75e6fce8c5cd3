import type { Decision } from "../../engine/decision.ts";
import { routedChoiceOf, staysWithIncumbent } from "./routed-choice.ts";

/** Score of a request whose choice is the incumbent: below every threshold. */
export const STAYS = -2;

/** Stratum of requests whose task nobody knows. */
export const UNKNOWN_STRATUM = "other";

/** Predicted worth of leaving the incumbent for what the route's policy chose: what thresholds of certificates cut. */
export function leaveScore(decision: Decision): number {
  if (staysWithIncumbent(decision)) return STAYS;
  return (routedChoiceOf(decision).quality ?? 0.5) - (decision.incumbent.quality ?? 0.5);
}
