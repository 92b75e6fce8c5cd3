/** The bounds in USD per 1,000 queries between which RouterArena's code scales cost. */
const ARENA_COST = { low: 0.0044, high: 200 } as const;

/**
 * RouterArena's score: a weighted harmonic mean of accuracy and log-scaled cost that leans on accuracy.
 *
 * @param accuracy          in [0, 1]
 * @param usdPerThousand    cost of 1,000 queries, > 0; outside the bounds the cost score is held to [0, 1]
 * @param options.beta      0.1; weight of cost against accuracy
 * @returns                 in [0, 1], higher is better
 * @source                  arXiv:2510.00202; RouteWorks/RouterArena
 */
export function arenaScore(
  accuracy: number,
  usdPerThousand: number,
  { beta = 0.1, low = ARENA_COST.low, high = ARENA_COST.high }: { beta?: number; low?: number; high?: number } = {},
): number {
  const raw = (Math.log2(high) - Math.log2(usdPerThousand)) / (Math.log2(high) - Math.log2(low));
  const cheapness = Math.min(1, Math.max(0, raw));
  const below = beta * accuracy + cheapness;
  return below === 0 ? 0 : ((1 + beta) * accuracy * cheapness) / below;
}
