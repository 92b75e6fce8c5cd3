import { seededRng } from "../engine/rng.ts";
import type { FitContext, FittedEstimator, TrainingRows } from "./estimator.ts";
import { estimatorNamed } from "./estimators.ts";
import { groupedFolds, pickRows, validationSplit } from "./learn/folds.ts";
import { routingValue } from "./routing-value.ts";

/** What was tried and what it was worth on held-out groups of the train rows. */
export interface EstimatorChoice {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly fitted: FittedEstimator;
  /** Routing value of each estimator tried; empty when one was asked for by name. */
  readonly tried: readonly { readonly name: string; readonly value: number }[];
}

/** Estimators worth trying at a number of rows: flexible ones need labels. The first is the fallback. */
const BY_SIZE: readonly { readonly below: number; readonly names: readonly string[] }[] = [
  { below: 300, names: ["task-mixture", "constant"] },
  { below: 2000, names: ["blend", "task-mixture", "ridge"] },
  { below: Number.POSITIVE_INFINITY, names: ["blend", "ridge"] },
];

/** Estimators are compared on this many rows at most; the one chosen learns from all. */
const TRIAL_ROWS = 5000;

/** A simpler estimator must be better by this much in routing value to replace the fallback. */
const MARGIN = 0.001;

/** Fits the estimator of that name, or for "auto" the one of most routing value on held-out groups. */
export async function chooseEstimator(
  rows: TrainingRows,
  name: string,
  options: Readonly<Record<string, unknown>>,
  seed: number,
  progress: (done: number, loss: number) => void,
): Promise<EstimatorChoice> {
  if (name !== "auto") return { ...(await fitNamed(rows, name, options, seed, progress)), tried: [] };
  const names = BY_SIZE.find(({ below }) => rows.count < below)!.names;
  const trial = sample(rows, seed);
  const { fit, validation } = validationSplit(trial, seededRng(seed + 1));
  const part = pickRows(trial, fit);
  const held = pickRows(trial, validation);
  const tried: { name: string; value: number }[] = [];
  for (const [i, candidate] of names.entries()) {
    const { fitted } = await fitNamed(part, candidate, {}, seed, (done, loss) =>
      progress((i + done) / (names.length + 1), loss),
    );
    const { score } = fitted.predict(held.x, held.count);
    const value = routingValue({
      count: held.count,
      models: held.modelCount,
      score,
      quality: held.quality,
      meanCostUsd: rows.meanCostUsd ?? null,
    });
    tried.push({ name: candidate, value });
  }
  const best = tried.reduce((top, each) => (each.value > top.value + MARGIN ? each : top));
  const last = await fitNamed(rows, best.name, options, seed, (done, loss) =>
    progress((names.length + done) / (names.length + 1), loss),
  );
  return { ...last, tried };
}

/** Whole groups, about `TRIAL_ROWS` rows of them. */
function sample(rows: TrainingRows, seed: number): TrainingRows {
  if (rows.count <= TRIAL_ROWS) return rows;
  const parts = Math.ceil(rows.count / TRIAL_ROWS);
  const fold = groupedFolds(rows.group, parts, seededRng(seed + 2));
  return pickRows(
    rows,
    Int32Array.from(fold.keys()).filter((row) => fold[row] === 0),
  );
}

async function fitNamed(
  rows: TrainingRows,
  name: string,
  options: Readonly<Record<string, unknown>>,
  seed: number,
  progress: FitContext["progress"],
) {
  const plugin = await estimatorNamed(name);
  const merged = { ...(plugin.defaults as Record<string, unknown>), ...options };
  const fitted = await plugin.fit(rows, merged, { rng: seededRng(seed), progress });
  return { name, options: merged, fitted };
}
