import { type CostPoint, hull, hullCost, hullMean } from "./hull.ts";
import { type LambdaSweep, type SweepInput, sweepLambdas } from "./lambda-sweep.ts";

export interface AiqInput extends SweepInput {
  /** Index of the best single model, chosen on training rows; by the observed rows when left out. */
  readonly best?: number;
}

export interface AiqResult {
  /** Mean height of the hull over `range`, in [0, 1]. */
  readonly aiq: number;
  /** Cost share of the best single model that reaches 95, 98 and 100 % of its quality; null when never reached. */
  readonly c95: number | null;
  readonly c98: number | null;
  readonly c100: number | null;
  /** The best single model: its index, mean cost and mean quality. */
  readonly best: CostPoint & { readonly model: number };
  /** The cheapest model's cost to the best single model's. An AIQ compares only over the same range. */
  readonly range: { readonly low: number; readonly high: number };
  readonly hull: readonly CostPoint[];
  /** One point a lambda, from 0 upwards. */
  readonly points: readonly CostPoint[];
  /** Prompts that took part. */
  readonly rows: number;
}

/**
 * Average improvement in quality: a router decides by argmax score - lambda x mean cost; over a sweep of lambda its
 * points span a non-decreasing upper hull; AIQ is that hull's mean height between the cheapest model's cost and the
 * best single model's. The hull is taken on the test points themselves, which flatters every router alike a little.
 *
 * @returns AIQ in [0, 1]; beside it the cost shares for 95, 98 and 100 % of the best single model's quality
 * @throws  TrainError `bad_data` when sizes differ or no prompt has all its labels
 * @source  Hu et al. 2024, RouterBench, arXiv:2403.12031; range and sweep stated as above
 */
export function aiq(input: AiqInput): AiqResult {
  return prepareAiq(input).at();
}

/** AIQ of many resamples of the same prompts: the decisions are made once. */
export function prepareAiq(input: AiqInput): { readonly rows: Int32Array; at(draws?: Int32Array): AiqResult } {
  const best = input.best ?? bestSingle(input);
  const sweep = sweepLambdas(input, best);
  return { rows: sweep.rows, at: (draws) => measure(sweep, best, draws) };
}

/**
 * AIQ of the Zero router, the hull of the single models: what mixing them without looking at the prompt reaches.
 *
 * @source Hu et al. 2024, RouterBench, arXiv:2403.12031, section 3
 */
export function zeroAiq(input: Omit<AiqInput, "score">): AiqResult {
  const best = input.best ?? bestSingle(input);
  const sweep = sweepLambdas({ ...input, score: new Float32Array(input.observed.length) }, best, 2);
  return { ...summarise(sweep.singles(), sweep.singles(), best), rows: sweep.rows.length };
}

function measure(sweep: LambdaSweep, best: number, draws: Int32Array | undefined): AiqResult {
  const rows = draws?.length ?? sweep.rows.length;
  return { ...summarise(sweep.points(draws), sweep.singles(draws), best), rows };
}

function summarise(points: readonly CostPoint[], singles: readonly CostPoint[], best: number): Omit<AiqResult, "rows"> {
  const corners = hull(points);
  const single = singles[best]!;
  const low = singles.reduce((least, each) => Math.min(least, each.cost), Number.POSITIVE_INFINITY);
  const shareFor = (share: number) => {
    const cost = hullCost(corners, share * single.quality);
    return cost === null ? null : cost / single.cost;
  };
  return {
    aiq: hullMean(corners, low, single.cost),
    c95: shareFor(0.95),
    c98: shareFor(0.98),
    c100: shareFor(1),
    best: { model: best, ...single },
    range: { low, high: single.cost },
    hull: corners,
    points,
  };
}

/** The model of the highest observed mean over complete prompts; the cheaper of equals. */
function bestSingle({ observed, meanCost, models }: Omit<AiqInput, "score">): number {
  const sums = new Float64Array(models);
  for (let base = 0; base < observed.length; base += models) {
    let isComplete = true;
    for (let model = 0; model < models; model++) isComplete &&= !Number.isNaN(observed[base + model]);
    if (!isComplete) continue;
    for (let model = 0; model < models; model++) sums[model]! += observed[base + model]!;
  }
  let best = 0;
  for (let model = 1; model < models; model++) {
    const isBetter = sums[model]! > sums[best]!;
    const isCheaper = sums[model] === sums[best] && meanCost[model]! < meanCost[best]!;
    if (isBetter || isCheaper) best = model;
  }
  return best;
}
