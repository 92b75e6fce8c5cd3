import { STAYS } from "../leave-score.ts";

const POINTS = 41;
const LEAST_MOVABLE = 200;

/**
 * Where a request would leave the incumbent, from the most careful to the boldest: quantiles of the scores of traffic whose
 * outcomes nobody has read. The last one moves all that the policy would.
 *
 * @returns null while fewer than 200 requests would move at all
 */
export function thresholdsOf(scores: readonly number[]): number[] | null {
  const movable = scores.filter((score) => score !== STAYS).sort((a, b) => b - a);
  if (movable.length < LEAST_MOVABLE) return null;
  const at = (point: number) => movable[Math.round((point / POINTS) * (movable.length - 1))]!;
  const quantiles = Array.from({ length: POINTS - 1 }, (_, i) => at(i + 1));
  return [...new Set([...quantiles, ALL])];
}

/** Below every score of a request that may move, and above `STAYS`. */
export const ALL = -1.5;
