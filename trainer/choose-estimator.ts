import { seededRng } from "../engine/rng.ts";
import type { FitContext, FittedEstimator, TrainingRows } from "./estimator.ts";
import { estimatorNamed } from "./estimators.ts";
import { gatherRows, groupedFolds, pickRows, validationSplit } from "./learn/folds.ts";
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

/** Parts of the held-out groups that the jackknife leaves out in turn. */
const JACKKNIFE_PARTS = 10;

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
  const parts = heldOutParts(held.group, seed);
  const tried: { name: string; value: number; without: number[] }[] = [];
  for (const [i, candidate] of names.entries()) {
    const { fitted } = await fitNamed(part, candidate, {}, seed, (done, loss) =>
      progress((i + done) / (names.length + 1), loss),
    );
    const { score } = fitted.predict(held.x, held.count);
    const value = (kept: TrainingRows, keptScore: Float32Array) =>
      routingValue({
        count: kept.count,
        models: kept.modelCount,
        score: keptScore,
        quality: kept.quality,
        meanCostUsd: rows.meanCostUsd ?? null,
      });
    const without = parts.map((kept) => value(pickRows(held, kept), gatherRows(score, held.modelCount, kept)));
    tried.push({ name: candidate, value: value(held, score), without });
  }
  const best = tried.reduce((top, each) => (isClearlyBetter(each, top) ? each : top));
  const last = await fitNamed(rows, best.name, options, seed, (done, loss) =>
    progress((names.length + done) / (names.length + 1), loss),
  );
  return { ...last, tried: tried.map(({ name, value }) => ({ name, value })) };
}

/** Rows that remain when one part of the groups is left out, for each part. */
function heldOutParts(group: Int32Array, seed: number): Int32Array[] {
  const fold = groupedFolds(group, JACKKNIFE_PARTS, seededRng(seed + 3));
  const all = Int32Array.from(fold.keys());
  return Array.from({ length: JACKKNIFE_PARTS }, (_, part) => all.filter((row) => fold[row] !== part));
}

interface Trial {
  readonly value: number;
  /** Value with each part of the held-out groups left out. */
  readonly without: readonly number[];
}

/**
 * Better by more than two standard errors of the paired difference; what lies within the noise of the held-out rows leaves
 * the choice as it was.
 *
 * @source grouped jackknife: (g - 1) / g times the sum of squares about the mean of the g leave-one-part-out differences
 */
function isClearlyBetter(challenger: Trial, holder: Trial): boolean {
  const differences = challenger.without.map((value, i) => value - holder.without[i]!);
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = Math.sqrt(((differences.length - 1) / differences.length) * squares);
  return challenger.value - holder.value > 2 * error;
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
