import { type Rng, seededRng } from "../engine/rng.ts";
import { lastAccepted, walkThresholds } from "../server/observation/certify/fixed-sequence.ts";
import { type RiskTest, riskPValue } from "../server/observation/certify/p-values.ts";

/** All held-out prompts of a pool: a population whose true loss is known at every threshold. */
export interface LossPopulation {
  /** [n] predicted worth of leaving the incumbent. */
  readonly score: Float64Array;
  /** [n] in [0, 1]: the loss when it is left. */
  readonly loss: Float64Array;
  /** Falling; from scores without outcomes. */
  readonly thresholds: readonly number[];
}

export const RULES = ["naive", "CRC", "LTT binomial", "LTT Hoeffding-Bentkus", "LTT betting"] as const;
export type Rule = (typeof RULES)[number];

export interface RuleTally {
  readonly rule: Rule;
  /** Share of the draws whose threshold loses more than alpha in truth. */
  readonly violated: number;
  /** Mean share of all prompts that leaves the incumbent, and mean true loss. */
  readonly moved: number;
  readonly loss: number;
}

const TESTS: Readonly<Partial<Record<Rule, RiskTest>>> = {
  "LTT binomial": "binomial",
  "LTT Hoeffding-Bentkus": "hoeffding_bentkus",
  "LTT betting": "betting",
};

/** Picks a threshold on each of many calibration sets, drawn from the population with replacement, by every rule. */
export function tallyRules(
  population: LossPopulation,
  { alpha, delta, n, draws, seed }: { alpha: number; delta: number; n: number; draws: number; seed: number },
): RuleTally[] {
  const truth = population.thresholds.map((threshold) => lossAt(population, threshold));
  const rng = seededRng(seed);
  const sums = new Map(RULES.map((rule) => [rule, { violated: 0, moved: 0, loss: 0 }]));
  for (let draw = 0; draw < draws; draw++) {
    const rows = drawRows(population.score.length, n, rng);
    for (const rule of RULES) {
      const chosen = choose(rule, population, rows, alpha, delta);
      const at = chosen < 0 ? { loss: 0, moved: 0 } : truth[chosen]!;
      const sum = sums.get(rule)!;
      sum.violated += at.loss > alpha ? 1 / draws : 0;
      sum.moved += at.moved / draws;
      sum.loss += at.loss / draws;
    }
  }
  return [...sums].map(([rule, sum]) => ({ rule, ...sum }));
}

/** The furthest that a rule that knew the truth would go. */
export function bestMoved(population: LossPopulation, alpha: number): number {
  return population.thresholds
    .map((threshold) => lossAt(population, threshold))
    .reduce((most, { loss, moved }) => (loss <= alpha && moved > most ? moved : most), 0);
}

/** Index of the threshold; -1: nothing leaves the incumbent. */
function choose(rule: Rule, population: LossPopulation, rows: Int32Array, alpha: number, delta: number): number {
  const { thresholds } = population;
  const losses = new Float64Array(rows.length);
  const lossesAt = (index: number) => {
    const threshold = thresholds[index]!;
    for (let i = 0; i < losses.length; i++) {
      const row = rows[i]!;
      losses[i] = population.score[row]! >= threshold ? population.loss[row]! : 0;
    }
    return losses;
  };
  const test = TESTS[rule];
  if (test !== undefined) {
    return lastAccepted(
      walkThresholds(thresholds.length, (index) => riskPValue(test, lossesAt(index), alpha, delta), delta),
    );
  }
  // Losses only rise from one threshold to the next, so the first that is too high ends it.
  const slack = rule === "CRC" ? 1 : 0;
  let last = -1;
  for (let index = 0; index < thresholds.length; index++) {
    const sum = lossesAt(index).reduce((total, loss) => total + loss, 0);
    if ((sum + slack) / (rows.length + slack) > alpha) break;
    last = index;
  }
  return last;
}

function drawRows(population: number, n: number, rng: Rng): Int32Array {
  return new Int32Array(n).map(() => Math.floor(rng.next() * population));
}

function lossAt({ score, loss }: LossPopulation, threshold: number): { loss: number; moved: number } {
  let [lost, moved] = [0, 0];
  for (let row = 0; row < score.length; row++) {
    if (score[row]! < threshold) continue;
    moved++;
    lost += loss[row]!;
  }
  return { loss: lost / score.length, moved: moved / score.length };
}

/** Falling quantiles of scores without outcomes, repeats left out; the last lets everything go. */
export function thresholdsOf(scores: Float64Array, count: number): number[] {
  const sorted = Float64Array.from(scores).sort().reverse();
  const picked = Array.from(
    { length: count },
    (_, i) => sorted[Math.min(sorted.length - 1, Math.floor(((i + 1) * sorted.length) / count) - 1)]!,
  );
  return [...new Set([...picked, Number.NEGATIVE_INFINITY])];
}
