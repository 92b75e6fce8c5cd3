/** What a policy costs and how good it is, both means a prompt. */
export interface CostPoint {
  readonly cost: number;
  readonly quality: number;
}

/**
 * Non-decreasing upper hull: the best quality at each cost that mixing the given points at random can reach. Concave,
 * strictly rising in both; flat to the right of its last point.
 *
 * @param points any order, n >= 0; points that are not finite are left out
 * @returns      the corners, from the cheapest (the best one at that cost) to the best
 * @source       Hu et al. 2024, RouterBench, arXiv:2403.12031, section 3
 */
export function hull(points: readonly CostPoint[]): CostPoint[] {
  const sorted = points
    .filter((point) => Number.isFinite(point.cost) && Number.isFinite(point.quality))
    .sort((a, b) => a.cost - b.cost || b.quality - a.quality);
  const corners: CostPoint[] = [];
  for (const point of sorted) {
    if (corners.length > 0 && point.quality <= corners[corners.length - 1]!.quality) continue;
    while (corners.length >= 2 && !bendsDown(corners[corners.length - 2]!, corners[corners.length - 1]!, point)) {
      corners.pop();
    }
    corners.push(point);
  }
  return corners;
}

/** Height of a hull at a cost: linear between corners, flat outside. NaN for an empty hull. */
export function hullHeight(corners: readonly CostPoint[], cost: number): number {
  if (corners.length === 0) return Number.NaN;
  let next = 0;
  while (next < corners.length && corners[next]!.cost < cost) next++;
  if (next === 0) return corners[0]!.quality;
  if (next === corners.length) return corners[next - 1]!.quality;
  const before = corners[next - 1]!;
  const after = corners[next]!;
  return before.quality + ((cost - before.cost) / (after.cost - before.cost)) * (after.quality - before.quality);
}

/** Mean height of a hull over [low, high]; its height at `low` when the range is empty. */
export function hullMean(corners: readonly CostPoint[], low: number, high: number): number {
  if (!(high > low)) return hullHeight(corners, low);
  const costs = [low, ...corners.map((corner) => corner.cost).filter((cost) => cost > low && cost < high), high];
  let area = 0;
  for (let i = 1; i < costs.length; i++) {
    const height = (hullHeight(corners, costs[i - 1]!) + hullHeight(corners, costs[i]!)) / 2;
    area += height * (costs[i]! - costs[i - 1]!);
  }
  return area / (high - low);
}

/** Least cost at which a hull reaches a quality; null when it never does. */
export function hullCost(corners: readonly CostPoint[], quality: number): number | null {
  const reached = corners.findIndex((corner) => corner.quality >= quality - TOLERANCE);
  if (reached === -1) return null;
  if (reached === 0) return corners[0]!.cost;
  const before = corners[reached - 1]!;
  const after = corners[reached]!;
  const share = Math.min(1, (quality - before.quality) / (after.quality - before.quality));
  return before.cost + share * (after.cost - before.cost);
}

/** Sums of the same numbers in another order differ by this much at most. */
const TOLERANCE = 1e-12;

function bendsDown(a: CostPoint, b: CostPoint, c: CostPoint): boolean {
  return (b.quality - a.quality) * (c.cost - a.cost) > (c.quality - a.quality) * (b.cost - a.cost);
}
