import { type Policies, readyPolicy } from "../../engine/ready-policy.ts";
import { seededRng } from "../../engine/rng.ts";
import { realisedVsPromised } from "../../trainer/metrics/realised-vs-promised.ts";
import type { Pool } from "../pool.ts";
import { drawGroups, groupMembers } from "../resample.ts";
import type { PromiseReport } from "../result.ts";
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
 * Whether `quality-target` keeps what it promises: it is made ready on calibration sets drawn anew by question group and
 * replayed on the test rows each time. Promised is the target's share of the incumbent's quality on the test rows.
 */
export function reportPromise(target: number, input: PromiseInput): PromiseReport {
  const { policies, calibration, calibrationForecast, test, testForecast, incumbent, resamples, seed } = input;
  const always = replay(test, new Int32Array(test.count).fill(incumbent));
  const promised = target * mean(always.quality);
  const rng = seededRng(seed);
  const members = groupMembers(calibration.group, calibration.groupCount);
  const config = { name: "quality-target", quality: target };
  const outcomeOf = (rows?: Int32Array) => {
    const ready = readyPolicy(policies, config, routeCalibration(calibration, calibrationForecast, incumbent, rows));
    return replay(test, replayPolicy(ready, test, testForecast, { incumbent, seed }));
  };
  const whole = outcomeOf();
  const realised = Array.from({ length: resamples }, () => mean(outcomeOf(drawGroups(members, rng)).quality));
  const kept = (tolerance: number) => realisedVsPromised(realised, promised, tolerance).violationRate;
  return {
    policy: "quality-target",
    target,
    promised_quality: promised,
    achieved: interval(mean(whole.quality), realised),
    broken: kept(0),
    broken_by_a_point: kept(A_POINT),
    cost_share:
      whole.costUsd === null || always.costUsd === null ? Number.NaN : mean(whole.costUsd) / mean(always.costUsd),
    resamples,
  };
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
