import { TrainError } from "../errors.ts";
import type { CostPoint } from "./hull.ts";

/** Predictions and outcomes of the same prompts. Matrices are [n x models], row-major. */
export interface SweepInput {
  /** Predicted quality in [0, 1], finite. */
  readonly score: Float32Array;
  /** Observed quality, NaN where unknown; prompts with an unknown label are left out. */
  readonly observed: Float32Array;
  /** [models] mean cost a prompt on the training rows, >= 0. What the router decides with. */
  readonly meanCost: ArrayLike<number>;
  readonly models: number;
  /** Observed cost. With it points and range are measured in realised cost; without it in `meanCost`. */
  readonly cost?: Float32Array | null;
  /** Predicted cost a prompt, when the router decides with that instead of `meanCost`. */
  readonly predictedCost?: Float32Array | null;
}

/** The choices of argmax score - lambda x cost for each prompt and each lambda. */
export interface LambdaSweep {
  readonly lambdas: Float64Array;
  /** Prompts without an unknown label, by index; the others take no part. */
  readonly rows: Int32Array;
  /**
   * Mean cost and quality at each lambda.
   *
   * @param draws rows of the input, repeated at will (a bootstrap sample); all rows when left out
   */
  points(draws?: Int32Array): CostPoint[];
  /** [models] mean cost and quality of always choosing one model, over the same draws. */
  singles(draws?: Int32Array): CostPoint[];
}

/**
 * Decides every prompt at every lambda once; points over a resample then cost only as much as the choices that change
 * along the sweep (about four a prompt), so that a thousand bootstrap draws take well under a second.
 *
 * @param best      index of the model whose mean cost is the unit of lambda
 * @param steps     160: lambda = 0 and 159 from 1e-3 to 1e3 by equal ratios, each over the mean cost of `best`; at last
 *                  the limit of infinite lambda, the cheapest model for every prompt
 * @throws          TrainError `bad_data` when sizes differ or no prompt has all its labels
 */
export function sweepLambdas(input: SweepInput, best: number, steps = 160): LambdaSweep {
  const { score, observed, models } = input;
  const count = observed.length / models;
  const cost = input.cost ?? null;
  const predictedCost = input.predictedCost ?? null;
  checkSizes(input);
  const rows = completeRows(observed, cost, models);
  if (rows.length === 0) throw new TrainError("bad_data", "no prompt has a label and a cost for every model");
  const meanCost = Float64Array.from(input.meanCost);
  const lambdas = lambdaGrid(meanCost[best]!, steps);
  const cheapest = meanCost.indexOf(meanCost.reduce((low, each) => Math.min(low, each)));
  const costAt = (row: number, model: number) => (cost === null ? meanCost[model]! : cost[row * models + model]!);

  // Each prompt's choices as changes: at `step` its quality and its cost move by a difference.
  const start = new Int32Array(count + 1);
  const changes = { step: [] as number[], quality: [] as number[], cost: [] as number[] };
  const isIn = new Uint8Array(count);
  for (const row of rows) isIn[row] = 1;
  for (let row = 0; row < count; row++) {
    start[row] = changes.step.length;
    if (isIn[row] === 0) continue;
    const base = row * models;
    let held = -1;
    for (let step = 0; step < lambdas.length; step++) {
      const lambda = lambdas[step]!;
      let chosen = cheapest;
      if (lambda !== Number.POSITIVE_INFINITY) {
        let net = Number.NEGATIVE_INFINITY;
        for (let model = 0; model < models; model++) {
          const price = predictedCost === null ? meanCost[model]! : predictedCost[base + model]!;
          const value = score[base + model]! - lambda * price;
          if (value > net) {
            net = value;
            chosen = model;
          }
        }
      }
      if (chosen === held) continue;
      changes.step.push(step);
      changes.quality.push(observed[base + chosen]! - (held < 0 ? 0 : observed[base + held]!));
      changes.cost.push(costAt(row, chosen) - (held < 0 ? 0 : costAt(row, held)));
      held = chosen;
    }
  }
  start[count] = changes.step.length;
  const step = Int32Array.from(changes.step);
  const qualityChange = Float64Array.from(changes.quality);
  const costChange = Float64Array.from(changes.cost);

  return {
    lambdas,
    rows,
    points(draws = rows) {
      const quality = new Float64Array(lambdas.length);
      const spent = new Float64Array(lambdas.length);
      let drawn = 0;
      for (let i = 0; i < draws.length; i++) {
        const row = draws[i]!;
        drawn += isIn[row]!;
        for (let at = start[row]!; at < start[row + 1]!; at++) {
          quality[step[at]!]! += qualityChange[at]!;
          spent[step[at]!]! += costChange[at]!;
        }
      }
      const points: CostPoint[] = [];
      let qualitySum = 0;
      let costSum = 0;
      for (let i = 0; i < lambdas.length; i++) {
        qualitySum += quality[i]!;
        costSum += spent[i]!;
        points.push({ cost: costSum / drawn, quality: qualitySum / drawn });
      }
      return points;
    },
    singles(draws = rows) {
      const quality = new Float64Array(models);
      const spent = new Float64Array(models);
      let drawn = 0;
      for (let i = 0; i < draws.length; i++) {
        const row = draws[i]!;
        if (isIn[row] === 0) continue;
        drawn++;
        for (let model = 0; model < models; model++) {
          quality[model]! += observed[row * models + model]!;
          spent[model]! += costAt(row, model);
        }
      }
      return Array.from(quality, (sum, model) => ({ cost: spent[model]! / drawn, quality: sum / drawn }));
    },
  };
}

function lambdaGrid(unit: number, steps: number): Float64Array {
  const scale = unit > 0 ? unit : 1;
  return Float64Array.from({ length: steps + 1 }, (_, i) => {
    if (i === 0) return 0;
    if (i === steps) return Number.POSITIVE_INFINITY;
    return 10 ** (-3 + (6 * (i - 1)) / Math.max(1, steps - 2)) / scale;
  });
}

function completeRows(observed: Float32Array, cost: Float32Array | null, models: number): Int32Array {
  const count = observed.length / models;
  const rows: number[] = [];
  for (let row = 0; row < count; row++) {
    let isComplete = true;
    for (let at = row * models; at < (row + 1) * models; at++) {
      if (Number.isNaN(observed[at]) || (cost !== null && !Number.isFinite(cost[at]))) isComplete = false;
    }
    if (isComplete) rows.push(row);
  }
  return Int32Array.from(rows);
}

function checkSizes({ score, observed, meanCost, models, cost, predictedCost }: SweepInput): void {
  const sizes = [score, cost, predictedCost].flatMap((matrix) => (matrix ? [matrix.length] : []));
  const isWhole = models > 0 && observed.length % models === 0 && meanCost.length === models;
  if (!isWhole || sizes.some((size) => size !== observed.length)) {
    throw new TrainError("bad_data", `score, observed and cost must all be [n x ${models}], meanCost [${models}]`);
  }
}
