import type { ScoredCandidate } from "../policy.ts";

/**
 * Index of the candidate with the greatest quality - lambda x cost; of equals the cheapest, then the first.
 *
 * @param quality [candidates], NaN: not considered
 * @param lambda  quality that one nano-USD is worth, >= 0
 * @returns       -1 when none is considered
 */
export function bestNetQuality(
  scored: readonly ScoredCandidate[],
  quality: { readonly [index: number]: number },
  lambda: number,
): number {
  let best = -1;
  let bestNet = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scored.length; i++) {
    const net = quality[i]! - lambda * scored[i]!.costNanoUsd;
    if (net > bestNet || (net === bestNet && best !== -1 && scored[i]!.costNanoUsd < scored[best]!.costNanoUsd)) {
      best = i;
      bestNet = net;
    }
  }
  return best;
}

/** Each candidate's quality as the scorer sees it. */
export function scoredQuality(scored: readonly ScoredCandidate[]): Float64Array {
  const quality = new Float64Array(scored.length);
  for (let i = 0; i < scored.length; i++) quality[i] = scored[i]!.quality;
  return quality;
}

/** Index of the cheapest, the first of equals; -1 for none. */
export function cheapest(scored: readonly ScoredCandidate[], isAllowed: (index: number) => boolean): number {
  let best = -1;
  for (let i = 0; i < scored.length; i++) {
    if (isAllowed(i) && (best === -1 || scored[i]!.costNanoUsd < scored[best]!.costNanoUsd)) best = i;
  }
  return best;
}
