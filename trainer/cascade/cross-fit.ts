import { type Called, calledBits } from "../../engine/cascade/informed-rows.ts";
import { type CascadeRows, pickCascadeRows } from "./cascade-rows.ts";
import { fitInformed, fitScaling, type InformedModel, predictInformed, type Scaling } from "./informed.ts";

/** Informed models of a pool: one for each set of answers that a plan may have in hand. */
export interface FittedInformed {
  readonly scaling: Scaling;
  readonly models: readonly InformedModel[];
}

/** With fewer rows answers are believed less. */
const MANY_ROWS = 2000;
const PENALTY = { none: 30, many: 60, few: 150 };

/**
 * The sets of answers worth a model: none, each cheap model's, and each two cheap models'. After the last call the answer
 * just paid for is kept, which was within .002 AIQ of asking again on every pool.
 *
 * @param cheap models that may be asked first, by index
 */
export function calledSets(cheap: readonly number[]): Called[] {
  const pairs = cheap.flatMap((a) => cheap.filter((b) => b > a).map((b) => [a, b]));
  return [[], ...cheap.map((model) => [model]), ...pairs];
}

export async function fitInformedModels(rows: CascadeRows, sets: readonly Called[]): Promise<FittedInformed> {
  const scaling = fitScaling(rows);
  const models: InformedModel[] = [];
  for (const called of sets) models.push(await fitInformed(rows, called, scaling, penaltyFor(called, rows.count)));
  return { scaling, models };
}

/** By the bits of who answered: [rows x models] quality expected given those answers. */
export function predictAll({ scaling, models }: FittedInformed, rows: CascadeRows): Map<number, Float32Array> {
  return new Map(models.map((model) => [calledBits(model.called), predictInformed(model, rows, scaling)]));
}

/** The same for rows that the models have not seen: each fold by models fitted on the others. */
export async function crossFitInformed(
  rows: CascadeRows,
  sets: readonly Called[],
  fold: Int32Array,
): Promise<Map<number, Float32Array>> {
  const width = rows.models.length;
  const found = new Map(sets.map((called) => [calledBits(called), new Float32Array(rows.count * width)]));
  const all = Int32Array.from(fold.keys());
  for (const held of new Set(fold)) {
    const fitted = await fitInformedModels(
      pickCascadeRows(
        rows,
        all.filter((row) => fold[row] !== held),
      ),
      sets,
    );
    const outside = all.filter((row) => fold[row] === held);
    for (const [key, predicted] of predictAll(fitted, pickCascadeRows(rows, outside))) {
      outside.forEach((row, at) => {
        found.get(key)!.set(predicted.subarray(at * width, (at + 1) * width), row * width);
      });
    }
  }
  return found;
}

function penaltyFor(called: Called, rows: number): number {
  if (called.length === 0) return PENALTY.none;
  return rows > MANY_ROWS ? PENALTY.many : PENALTY.few;
}
