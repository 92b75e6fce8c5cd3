import type { LearningRow } from "../../engine/learning-row.ts";

const EDGE = 1e-3;

/**
 * Mean log loss of foretold qualities on outcomes, held off 0 and 1 so that one sure mistake does not decide; only outcomes
 * that the serving router foretold as well count, so that ways of learning are judged by the same ones.
 *
 * @param foretell null where nothing is foretold of that model
 * @returns null when no outcome was foretold
 */
export function meanLogLoss(
  rows: readonly LearningRow[],
  foretell: (row: number, model: string) => number | null,
): number | null {
  let [sum, count] = [0, 0];
  rows.forEach(({ outcomes }, row) => {
    for (const { model, quality, expected } of outcomes) {
      const foretold = expected === null ? null : foretell(row, model);
      if (foretold === null || Number.isNaN(foretold)) continue;
      const inside = Math.min(1 - EDGE, Math.max(EDGE, foretold));
      sum -= quality * Math.log(inside) + (1 - quality) * Math.log(1 - inside);
      count++;
    }
  });
  return count === 0 ? null : sum / count;
}
