import { FEATURE_NAMES } from "../../engine/features.ts";
import { seededRng, shuffle } from "../../engine/rng.ts";
import type { TrainingRows } from "../estimator.ts";
import { estimatorNamed } from "../estimators.ts";
import type { FittedRouter } from "../fit-router.ts";
import { gatherRows } from "../learn/folds.ts";

/** A trivial rival: scores [count x models] for rows of the design matrix. */
export type Control = (x: Float32Array, count: number) => Float32Array;

const LENGTH_FEATURES = ["log_characters", "log_words", "log_tokens"];

/**
 * What a router must beat to be worth having: the mix of single models (no look at the prompt), the prompt's length
 * alone, and its own estimator taught on labels that were dealt out at random.
 */
export async function fitControls(
  router: FittedRouter,
): Promise<Readonly<Record<"best-single" | "length" | "shuffled", Control>>> {
  const { training, choice, options } = router;
  const means = Float32Array.from(router.models, (model) => model.meanQuality);
  return {
    "best-single": (_, count) =>
      Float32Array.from({ length: count * means.length }, (_, i) => means[i % means.length]!),
    length: await lengthControl(training, options.seed),
    shuffled: await fitOn(shuffledLabels(training, options.seed), choice.name, choice.options, options.seed),
  };
}

async function lengthControl(training: TrainingRows, seed: number): Promise<Control> {
  const columns = LENGTH_FEATURES.map((name) => FEATURE_NAMES.indexOf(name)).filter((column) => column >= 0);
  const narrow = (x: Float32Array, count: number) => {
    const out = new Float32Array(count * columns.length);
    for (let i = 0; i < count; i++) {
      columns.forEach((column, j) => {
        out[i * columns.length + j] = x[i * training.dimensions + column]!;
      });
    }
    return out;
  };
  const { blocks: _, ...rest } = training;
  const rows = { ...rest, x: narrow(training.x, training.count), dimensions: columns.length };
  const control = await fitOn(rows, "ridge", {}, seed);
  return (x, count) => control(narrow(x, count), count);
}

async function fitOn(
  rows: TrainingRows,
  name: string,
  options: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<Control> {
  const plugin = await estimatorNamed(name);
  const merged = { ...(plugin.defaults as Record<string, unknown>), ...options };
  const fitted = await plugin.fit(rows, merged, { rng: seededRng(seed), progress: () => {} });
  return (x, count) => fitted.predict(x, count).score;
}

/** Label rows dealt to other prompts, unknown ones and all, so that the link from prompt to label is cut. */
function shuffledLabels(rows: TrainingRows, seed: number): TrainingRows {
  const { count, modelCount } = rows;
  const dealt = shuffle(
    Int32Array.from({ length: count }, (_, i) => i),
    seededRng(seed + 17),
  );
  return {
    ...rows,
    quality: gatherRows(rows.quality, modelCount, dealt),
    weight: rows.weight && gatherRows(rows.weight, modelCount, dealt),
  };
}
