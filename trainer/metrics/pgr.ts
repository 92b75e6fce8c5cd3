import { TrainError } from "../errors.ts";

/** Mean quality of sending everything to the weak or to the strong model, each in [0, 1]. */
export interface Anchors {
  readonly weak: number;
  readonly strong: number;
}

/**
 * Performance gap recovered: the share of the way from weak to strong that a policy's quality has come.
 *
 * @param quality mean quality of the policy, in [0, 1]
 * @returns       unitless; 0 at weak, 1 at strong; may leave [0, 1]
 * @throws        TrainError `flat_gap` when strong does not exceed weak
 * @source        Ong et al. 2024, RouteLLM, arXiv:2406.18665
 */
export function pgr(quality: number, anchors: Anchors): number {
  return (quality - anchors.weak) / gapOf(anchors);
}

/** Strong minus weak. @throws TrainError `flat_gap` when it is not above 0 */
export function gapOf({ weak, strong }: Anchors): number {
  const gap = strong - weak;
  if (!(gap > 0)) {
    throw new TrainError("flat_gap", `strong (${strong}) must have a higher mean quality than weak (${weak})`);
  }
  return gap;
}
