import { type Policies, readyPolicy } from "../../engine/ready-policy.ts";
import { type Rng, seededRng, shuffle } from "../../engine/rng.ts";
import { realisedVsPromised } from "../../trainer/metrics/realised-vs-promised.ts";
import type { Pool } from "../pool.ts";
import { groupMembers } from "../resample.ts";
import type { PromiseReport } from "../result.ts";
import { pickLines, subPool } from "../sub-trial.ts";
import { interval } from "./compare.ts";
import { type Forecast, replay, replayPolicy, routeCalibration } from "./replay.ts";

const A_POINT = 0.01;

export interface PromiseInput {
  readonly policies: Policies;
  readonly calibration: Pool;
  readonly calibrationForecast: Forecast;
  readonly test: Pool;
  readonly testForecast: Forecast;
  readonly incumbent: number;
  readonly resamples: number;
  readonly seed: number;
}

/**
 * Whether `quality-target` keeps what it promises. The rows that were not learned from are parted anew by question group
 * into a calibration set and a test set of the sizes at hand; the policy is made ready on the one and replayed on the
 * other. Promised is the target's share of the incumbent's quality on that test set. A promise of a mean, kept exactly,
 * falls short by chance about half of the time, so the share that misses by more than a point says more.
 */
export function reportPromise(target: number, input: PromiseInput): PromiseReport {
  const { policies, incumbent, resamples, seed } = input;
  const pool = joinPools(input.calibration, input.test);
  const forecast = joinForecasts(input.calibrationForecast, input.testForecast);
  const share = input.calibration.count / pool.count;
  const config = { name: "quality-target", quality: target };
  const rng = seededRng(seed);
  const members = groupMembers(pool.group, pool.groupCount);
  const trials = Array.from({ length: resamples }, () => {
    const [calibrating, testing] = partGroups(members, share, rng);
    const test = subPool(pool, testing);
    const ready = readyPolicy(policies, config, routeCalibration(pool, forecast, incumbent, calibrating));
    const chosen = replayPolicy(ready, test, subForecast(forecast, pool, testing), { incumbent, seed });
    const [ours, always] = [replay(test, chosen), replay(test, new Int32Array(test.count).fill(incumbent))];
    return {
      promised: target * mean(always.quality),
      quality: mean(ours.quality),
      costShare:
        ours.costUsd === null || always.costUsd === null ? Number.NaN : mean(ours.costUsd) / mean(always.costUsd),
    };
  });
  const realised = trials.map(({ quality }) => quality);
  const promised = trials.map((trial) => trial.promised);
  const broken = (tolerance: number) => realisedVsPromised(realised, promised, tolerance).violationRate;
  return {
    policy: "quality-target",
    target,
    promised_quality: average(promised),
    achieved: interval(average(realised), realised),
    broken: broken(0),
    broken_by_a_point: broken(A_POINT),
    cost_share: average(trials.map(({ costShare }) => costShare)),
    resamples,
  };
}

function joinPools(first: Pool, second: Pool): Pool {
  const groups = new Map<string, number>();
  const prompts = [...first.prompts, ...second.prompts];
  const group = Int32Array.from(prompts, (prompt) => {
    const at = groups.get(prompt.group) ?? groups.size;
    groups.set(prompt.group, at);
    return at;
  });
  return {
    models: first.models,
    rows: Int32Array.from([...first.rows, ...second.rows]),
    count: first.count + second.count,
    prompts,
    observed: joined(first.observed, second.observed),
    cost: first.cost && second.cost && joined(first.cost, second.cost),
    group,
    groupCount: groups.size,
  };
}

function joinForecasts(first: Forecast, second: Forecast): Forecast {
  const both = (a: Float32Array | null, b: Float32Array | null) => a && b && joined(a, b);
  return {
    quality: joined(first.quality, second.quality),
    spread: both(first.spread, second.spread),
    costUsd: both(first.costUsd, second.costUsd),
    complexity: both(first.complexity, second.complexity),
    task: joined(first.task, second.task),
    tasks: first.tasks,
    inputTokens: both(first.inputTokens, second.inputTokens),
  };
}

function subForecast(forecast: Forecast, { models }: Pool, rows: Int32Array): Forecast {
  const lines = (matrix: Float32Array | null, width: number) => matrix && pickLines(matrix, width, rows);
  return {
    quality: pickLines(forecast.quality, models.length, rows),
    spread: lines(forecast.spread, models.length),
    costUsd: lines(forecast.costUsd, models.length),
    complexity: lines(forecast.complexity, 1),
    task: pickLines(forecast.task, forecast.tasks, rows),
    tasks: forecast.tasks,
    inputTokens: lines(forecast.inputTokens, 1),
  };
}

/** Whole groups in random order, to the first part until it has its share of the rows. */
function partGroups(members: readonly Int32Array[], share: number, rng: Rng): [Int32Array, Int32Array] {
  const total = members.reduce((sum, { length }) => sum + length, 0);
  const order = shuffle(
    Int32Array.from(members, (_, index) => index),
    rng,
  );
  const first: number[] = [];
  const second: number[] = [];
  for (const index of order) (first.length < share * total ? first : second).push(...members[index]!);
  return [Int32Array.from(first), Int32Array.from(second)];
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const out = new Float32Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
