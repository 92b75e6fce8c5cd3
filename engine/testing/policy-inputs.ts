import type { PolicyInput, RouteCalibration, ScoredCandidate } from "../policy.ts";
import { nextNormal, type Rng, seededRng } from "../rng.ts";

/** Candidates of the policy tests: name, mean quality and mean cost in nano-USD. Costs differ as real prices do. */
export const POOL = [
  { candidateId: "cheap", quality: 0.6, costNanoUsd: 50_000 },
  { candidateId: "middle", quality: 0.72, costNanoUsd: 400_000 },
  { candidateId: "best", quality: 0.8, costNanoUsd: 4_000_000 },
] as const;

export interface WorldOptions {
  readonly seed: number;
  readonly rows: number;
  /** Standard deviation of the true differences between candidates on one prompt. */
  readonly signal: number;
  /** Standard deviation of the error of the predicted differences. */
  readonly noise: number;
  /** Share of labels that are known. */
  readonly observedRate: number;
}

const WORLD: WorldOptions = { seed: 1, rows: 1000, signal: 0.1, noise: 0.05, observedRate: 1 };

/** A made-up route: prompts of varying difficulty, candidates that differ a little on each, noisy predictions. */
export function makeCalibration(options: Partial<WorldOptions> = {}): RouteCalibration {
  const { seed, rows, signal, noise, observedRate } = { ...WORLD, ...options };
  const rng = seededRng(seed);
  const width = POOL.length;
  const calibration = {
    rows,
    candidateIds: POOL.map(({ candidateId }) => candidateId),
    incumbent: 2,
    quality: new Float32Array(rows * width),
    costNanoUsd: new Float32Array(rows * width),
    observed: new Float32Array(rows * width),
    inputTokens: new Uint32Array(rows),
    task: new Float32Array(rows * 2),
    tasks: 2,
  };
  for (let row = 0; row < rows; row++) {
    const difficulty = 0.15 * nextNormal(rng);
    const length = Math.exp(0.5 * nextNormal(rng));
    const isMath = rng.next() < 0.5 ? 1 : 0;
    calibration.inputTokens[row] = Math.ceil(100 * length);
    calibration.task[row * 2 + isMath] = 1;
    POOL.forEach(({ quality, costNanoUsd }, c) => {
      const taskEffect = (c === 0 ? -0.08 : 0.04) * (isMath === 1 ? 1 : -1);
      const truth = clip(quality + difficulty + taskEffect + signal * nextNormal(rng));
      const cell = row * width + c;
      calibration.quality[cell] = clip(truth + noise * nextNormal(rng));
      calibration.costNanoUsd[cell] = costNanoUsd * length;
      const outcome = rng.next() < truth ? 1 : 0;
      calibration.observed[cell] = rng.next() < observedRate ? outcome : Number.NaN;
    });
  }
  return calibration;
}

/** A request over the pool. */
export function makeInput(rng: Rng, given: Partial<PolicyInput> = {}): PolicyInput {
  const difficulty = 0.15 * nextNormal(rng);
  const length = Math.exp(0.5 * nextNormal(rng));
  const scored = POOL.map(({ candidateId, quality, costNanoUsd }): ScoredCandidate => {
    const own = clip(quality + difficulty + 0.1 * nextNormal(rng));
    return { candidateId, quality: own, qualityLow: Math.max(0, own - 0.1), costNanoUsd: costNanoUsd * length };
  });
  return {
    scored,
    incumbent: 2,
    qualityFloor: null,
    inputTokens: Math.ceil(100 * length),
    complexity: rng.next(),
    task: rng.next() < 0.5 ? Float32Array.of(1, 0) : Float32Array.of(0.2, 0.8),
    rng: seededRng(Math.floor(rng.next() * 1e9)),
    nowMs: 1_700_000_000_000,
    ...given,
  };
}

function clip(value: number): number {
  return Math.min(0.99, Math.max(0.01, value));
}
