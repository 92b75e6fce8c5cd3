import { TrainError } from "../errors.ts";
import type { CallCurve } from "./call-curve.ts";
import { type Anchors, gapOf } from "./pgr.ts";

/**
 * Average performance gap recovered by a router, over its whole strong-call range.
 *
 * @param curve   n >= 2: (strong-call rate, mean quality), rates rising from 0 to 1
 * @param anchors mean quality of always-weak and always-strong, each in [0, 1]
 * @returns       unitless; 0.5 for random mixing, 1 for strong quality at every rate, below 0 when worse than weak
 * @throws        TrainError `flat_gap` when strong does not exceed weak, `bad_data` when the curve spans no range
 * @source        Ong et al. 2024, RouteLLM, arXiv:2406.18665
 */
export function apgr(curve: CallCurve, anchors: Anchors): number {
  const gap = gapOf(anchors);
  const range = curve.length < 2 ? 0 : curve[curve.length - 1]![0] - curve[0]![0];
  if (!(range > 0)) throw new TrainError("bad_data", "a curve needs two points at different rates");
  let area = 0;
  for (let i = 1; i < curve.length; i++) {
    const [rate, quality] = curve[i]!;
    const [rateBefore, qualityBefore] = curve[i - 1]!;
    area += (rate - rateBefore) * ((quality + qualityBefore) / 2 - anchors.weak);
  }
  return area / range / gap;
}
