import { type CostPoint, hull, hullCost } from "./hull.ts";

/**
 * Quality-neutral cost: the least relative cost at which a router is as good as the most accurate single model, the
 * dearest model of the pool costing 1.
 *
 * @param points  (mean cost, mean quality) of the router
 * @param singles (mean cost, mean quality) of each model
 * @returns       >= 0, below 1 saves; null when the router never gets there
 * @source        Jitkrittum et al. 2025, UniRoute, arXiv:2502.08773; mixing two points is allowed
 */
export function qnc(points: readonly CostPoint[], singles: readonly CostPoint[]): number | null {
  const best = Math.max(...singles.map((single) => single.quality));
  const dearest = Math.max(...singles.map((single) => single.cost));
  const cost = hullCost(hull(points), best);
  return cost === null ? null : cost / dearest;
}
