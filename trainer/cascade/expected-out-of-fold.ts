import { calibrationFunction } from "../../engine/calibration.ts";
import { seededRng } from "../../engine/rng.ts";
import { estimatorNamed } from "../estimators.ts";
import type { FittedRouter } from "../fit-router.ts";
import { groupedFolds, pickRows } from "../learn/folds.ts";

/** What a router expects of its own train rows when it has not seen them. */
export interface OutOfFold {
  /** [train rows x models] calibrated, columns in the order of the router's models. */
  readonly expected: Float32Array;
  /** [train rows] fold of each row, whole groups. */
  readonly fold: Int32Array;
}

export const FOLDS = 4;

/** Fits the router's estimator anew on all folds but one, for each fold; design and calibration stay. */
export async function expectedOutOfFold(router: FittedRouter, seed: number): Promise<OutOfFold> {
  const { training, models, choice } = router;
  const plugin = await estimatorNamed(choice.name);
  const fold = groupedFolds(training.group, FOLDS, seededRng(seed));
  const calibrate = models.map(({ calibration }) => calibrationFunction(calibration));
  const expected = new Float32Array(training.count * models.length);
  const all = Int32Array.from(fold.keys());
  for (let held = 0; held < FOLDS; held++) {
    const inside = pickRows(
      training,
      all.filter((row) => fold[row] !== held),
    );
    const outside = all.filter((row) => fold[row] === held);
    const fitted = await plugin.fit(inside, choice.options, { rng: seededRng(seed), progress: () => {} });
    const { score } = fitted.predict(pickRows(training, outside).x, outside.length);
    outside.forEach((row, at) => {
      calibrate.forEach((apply, m) => {
        expected[row * models.length + m] = apply(score[at * models.length + m]!);
      });
    });
  }
  return { expected, fold };
}
