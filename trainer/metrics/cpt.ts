import type { CallCurve } from "./call-curve.ts";
import { hull, hullCost } from "./hull.ts";
import { type Anchors, gapOf } from "./pgr.ts";

/**
 * Call-performance threshold: the least strong-call rate that recovers a share of the gap, at the curve's first crossing
 * (linear between its points, which random mixing of two thresholds reaches).
 *
 * @param curve rates rising from 0 to 1; the exact one of `callCurve`, or `routellmCurve`
 * @param share in [0, 1], e.g. 0.8 for CPT(80 %)
 * @returns     in [0, 1]; null when the curve never reaches it
 * @throws      TrainError `flat_gap` when strong does not exceed weak
 * @source      Ong et al. 2024, RouteLLM, arXiv:2406.18665; first crossing instead of np.interp over a curve that falls
 */
export function cpt(curve: CallCurve, anchors: Anchors, share: number): number | null {
  const target = anchors.weak + share * gapOf(anchors);
  const crossing = curve.findIndex(([, quality]) => quality >= target - TOLERANCE);
  if (crossing === -1) return null;
  const [rate, quality] = curve[crossing]!;
  if (crossing === 0) return rate;
  const [rateBefore, qualityBefore] = curve[crossing - 1]!;
  return rateBefore + Math.min(1, (target - qualityBefore) / (quality - qualityBefore)) * (rate - rateBefore);
}

/** CPT on the curve's non-decreasing upper hull: what mixing any two thresholds reaches. Never above `cpt`. */
export function cptHull(curve: CallCurve, anchors: Anchors, share: number): number | null {
  const target = anchors.weak + share * gapOf(anchors);
  return hullCost(hull(curve.map(([cost, quality]) => ({ cost, quality }))), target);
}

const TOLERANCE = 1e-12;
