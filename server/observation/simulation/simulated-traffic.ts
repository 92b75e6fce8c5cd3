import { nextNormal, type Rng } from "../../../engine/rng.ts";
import { normalCdf } from "../distributions.ts";
import type { ObservedTraffic } from "../estimators/projection.ts";

export interface SimulationOptions {
  readonly sessions: number;
  /** Chance of the uniform audit; the variance-optimal part comes on top. */
  readonly uniform: number;
  /** Requests of one session are alike by so much. */
  readonly likeness: number;
}

export interface SimulatedTraffic extends ObservedTraffic {
  readonly cluster: Int32Array;
  /** [n] what the judge said would have been said of every request; for baselines that an operator could not compute. */
  readonly isUniform: Uint8Array;
  readonly day: Int32Array;
}

export const SIMULATED_DAYS = 14;
/** A routed answer is better above, worse below, else as good: 5 % and 8.1 % of requests. */
const [BETTER, WORSE] = [1.6449, -1.4];
/** Correlation of the predicted score with what decides between better and worse. */
const SKILL = 0.6;
const [COST_SLOPE, COST_SPREAD, PRICE_RATIO] = [0.4, 0.8, 0.25];
/** The judge likes one in eight ties, for their length, and is at random for one in seven. */
const [LIKES_TIE, AT_RANDOM] = [0.125, 1 / 7];

/** Fourteen days of traffic whose true quality difference and saving are known at every threshold; see `trueValues`. */
export function simulateTraffic({ sessions, uniform, likeness }: SimulationOptions, rng: Rng): SimulatedTraffic {
  const rows: number[][] = [];
  for (let session = 0; session < sessions; session++) {
    const shared = nextNormal(rng);
    const day = Math.floor((session * SIMULATED_DAYS) / sessions);
    let isLast = false;
    while (!isLast) {
      const score = Math.sqrt(likeness) * shared + Math.sqrt(1 - likeness) * nextNormal(rng);
      const latent = SKILL * score + Math.sqrt(1 - SKILL * SKILL) * nextNormal(rng);
      const truth = latent > BETTER ? 1 : latent < WORSE ? -1 : 0;
      const judged = judge(truth, rng);
      const incumbentCost = 1e6 * Math.exp(COST_SLOPE * score + COST_SPREAD * nextNormal(rng));
      const auditedCost = PRICE_RATIO * incumbentCost * Math.exp(0.4 * nextNormal(rng) - 0.08);
      const optimal = Math.min(0.5, 0.15 * Math.exp(-0.5 * Math.abs(score + 1)));
      const isUniform = rng.next() < uniform ? 1 : 0;
      const isAudited = isUniform === 1 || rng.next() < optimal ? 1 : 0;
      const goldInclusion = judged === 0 ? 0.2 : 0.5;
      rows.push([
        score,
        0.2 * score - 0.05 + 0.1 * nextNormal(rng),
        uniform + optimal - uniform * optimal,
        isAudited,
        judged,
        goldInclusion,
        rng.next() < goldInclusion ? 1 : 0,
        truth,
        incumbentCost,
        PRICE_RATIO * 1.3 * incumbentCost,
        auditedCost,
        session,
        isUniform,
        day,
      ]);
      isLast = rng.next() < 0.4;
    }
  }
  const column = (index: number) => Float64Array.from(rows, (row) => row[index]!);
  const flags = (index: number) => Uint8Array.from(rows, (row) => row[index]!);
  return {
    score: column(0),
    difference: {
      prediction: column(1),
      inclusion: column(2),
      isAudited: flags(3),
      judged: column(4),
      gold: { inclusion: column(5), isLabelled: flags(6), value: column(7) },
    },
    incumbentCost: column(8),
    expectedCost: column(9),
    auditedCost: column(10),
    cluster: Int32Array.from(rows, (row) => row[11]!),
    isUniform: flags(12),
    day: Int32Array.from(rows, (row) => row[13]!),
  };
}

function judge(truth: number, rng: Rng): number {
  if (rng.next() < AT_RANDOM) return Math.floor(rng.next() * 3) - 1;
  return truth === 0 && rng.next() < LIKES_TIE ? 1 : truth;
}

/** Quality difference and saving of routing from a threshold on, by integrating over the score. */
export function trueValues(threshold: number): { qualityDifference: number; saving: number } {
  const rest = Math.sqrt(1 - SKILL * SKILL);
  const from = Math.max(-9, threshold);
  const steps = 20_000;
  const width = (9 - from) / steps;
  let [quality, moved] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const score = from + (step + 0.5) * width;
    const density = (Math.exp(-0.5 * score * score) / Math.sqrt(2 * Math.PI)) * width;
    const better = 1 - normalCdf((BETTER - SKILL * score) / rest);
    quality += density * (better - normalCdf((WORSE - SKILL * score) / rest));
    moved += density * Math.exp(COST_SLOPE * score);
  }
  return {
    qualityDifference: quality,
    saving: ((1 - PRICE_RATIO) * moved) / Math.exp((COST_SLOPE * COST_SLOPE) / 2),
  };
}
