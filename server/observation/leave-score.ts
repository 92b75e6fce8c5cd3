import type { Decision } from "../../engine/decision.ts";

/** Score of a request whose choice is the incumbent: below every threshold. */
export const STAYS = -2;

/** Stratum of requests whose task nobody knows. */
export const UNKNOWN_STRATUM = "other";

/** Predicted worth of leaving the incumbent for what the route's policy chose: what thresholds of certificates cut. */
export function leaveScore({ chosen, incumbent }: Pick<Decision, "chosen" | "incumbent">): number {
  if (chosen.candidateId === incumbent.candidateId) return STAYS;
  return (chosen.quality ?? 0.5) - (incumbent.quality ?? 0.5);
}
