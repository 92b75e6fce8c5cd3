import { type CostPoint, hull, hullMean } from "./hull.ts";

/**
 * AIQ as RouterBench's code computes it: area under the hull from its cheapest point to `maxCost`, divided by `maxCost`
 * (not by the width of the range), the last quality extended flat. The stretch below the cheapest point counts as 0.
 * Comparable only between routers measured with the same `maxCost`.
 *
 * @param points  (total cost of the test set, mean quality), one a lambda
 * @param maxCost largest total cost among all compared routers, >= every point's cost
 * @source        withmartian/routerbench, evaluation/AIQ.py `calc_AIQ`; with a true hull for its loop over pairs
 */
export function routerbenchAiq(points: readonly CostPoint[], maxCost: number): number {
  const corners = hull(points);
  const low = corners[0]?.cost ?? Number.NaN;
  return (hullMean(corners, low, maxCost) * (maxCost - low)) / maxCost;
}

/** The 32 values of lambda in RouterBench's sweep, for argmax lambda x quality - cost. */
export const ROUTERBENCH_LAMBDAS: readonly number[] = [
  1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 5e-3, 0.01, 0.1, 0.5, 1, 1.5, 2, 10, 50, 100, 500, 1e3, 2e3, 3e3,
  4e3, 5e3, 7.5e3, 1e4, 2.5e4, 5e4, 7.5e4, 1e5, 1e6, 1e9,
];
