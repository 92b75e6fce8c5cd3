import { type CostPoint, hull, hullMean } from "./hull.ts";

/**
 * Area under the deferral curve: mean height of the points' non-decreasing hull over relative cost, where the dearest
 * model of the pool costs 1, from the cheapest point to `upTo`.
 *
 * @param points  (mean cost, mean quality), one a threshold or lambda
 * @param maxCost mean cost of the dearest single model, > 0
 * @param upTo    relative cost where it ends, in (0, 1]; 0.5 gives Area(50 %)
 * @returns       in [0, 1]; NaN without points
 * @source        Jitkrittum et al. 2025, UniRoute, arXiv:2502.08773, section 6; there the curve itself, here its hull
 */
export function deferralArea(points: readonly CostPoint[], maxCost: number, upTo = 1): number {
  const corners = hull(points.map(({ cost, quality }) => ({ cost: cost / maxCost, quality })));
  return hullMean(corners, corners[0]?.cost ?? Number.NaN, upTo);
}
