import { seededRng } from "../../engine/rng.ts";
import type { Pool } from "../pool.ts";
import { drawGroups, groupMembers } from "../resample.ts";
import type { Comparison, Estimate, PolicyReport } from "../result.ts";
import type { Contender } from "./contender.ts";
import { createMeasure, type Measures } from "./measure.ts";
import type { Yardstick } from "./yardstick.ts";

/** One split: a pool's test rows and all who are measured on them. */
export interface Trial {
  readonly pool: Pool;
  readonly yardstick: Yardstick;
  readonly contenders: readonly Contender[];
}

export interface CompareOptions {
  /** The metric of paired differences; more is better. */
  readonly headline: string;
  /** Names compared, each against every one of `baselines`. */
  readonly subjects: readonly string[];
  readonly baselines: readonly string[];
  readonly resamples: number;
  readonly seed: number;
}

/** A policy's report with its value on every single split. */
export interface ComparedPolicy extends PolicyReport {
  readonly perTrial: readonly Measures[];
}

/** name -> metric -> mean over trials, once a resample. */
type Drawn = ReadonlyMap<string, Measures>;

const LOW = 0.025;
const HIGH = 0.975;

/**
 * Measures every contender on every trial. The value is the mean over trials; intervals come from drawing whole question
 * groups with replacement within each trial, the same draw for all contenders, so that differences are paired.
 */
export function compare(trials: readonly Trial[], options: CompareOptions): ComparedPolicy[] {
  const prepared = trials.map((trial) => ({
    measures: new Map(trial.contenders.map((one) => [one.name, createMeasure(trial.pool, one, trial.yardstick)])),
    members: groupMembers(trial.pool.group, trial.pool.groupCount),
    all: Int32Array.from({ length: trial.pool.count }, (_, row) => row),
  }));
  const names = trials[0]?.contenders.map(({ name }) => name) ?? [];
  const measureAll = (rowsOf: (trial: number) => Int32Array): Measures[][] => {
    const byTrial = prepared.map(({ measures }, trial) => {
      const rows = rowsOf(trial);
      return names.map((name) => measures.get(name)?.(rows) ?? {});
    });
    return names.map((_, index) => byTrial.map((found) => found[index]!));
  };
  const actual = measureAll((trial) => prepared[trial]!.all);
  const means: Drawn = new Map(names.map((name, index) => [name, meanMeasures(actual[index]!)]));
  const rng = seededRng(options.seed);
  const draws = Array.from({ length: options.resamples }, (): Drawn => {
    const rows = prepared.map(({ members }) => drawGroups(members, rng));
    const measured = measureAll((trial) => rows[trial]!);
    return new Map(names.map((name, index) => [name, meanMeasures(measured[index]!)]));
  });
  return names.map((name, index) => ({
    name,
    source: trials[0]!.contenders[index]!.source,
    metrics: estimates(name, means, draws),
    vs: options.subjects.includes(name) ? versus(name, means, draws, options) : {},
    perTrial: actual[index]!,
  }));
}

/** 2.5 % and 97.5 % of drawn values; the value itself when nothing could be drawn. */
export function interval(value: number, drawn: readonly number[]): Estimate {
  const sorted = drawn.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return { value, low: value, high: value };
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { value, low: at(LOW), high: at(HIGH) };
}

function estimates(name: string, means: Drawn, draws: readonly Drawn[]): Record<string, Estimate> {
  const found = Object.entries(means.get(name)!).filter(([, value]) => Number.isFinite(value));
  return Object.fromEntries(
    found.map(([metric, value]) => [
      metric,
      interval(
        value,
        draws.map((draw) => draw.get(name)![metric] ?? Number.NaN),
      ),
    ]),
  );
}

function versus(
  name: string,
  means: Drawn,
  draws: readonly Drawn[],
  options: CompareOptions,
): Record<string, Comparison> {
  const { headline: metric, baselines } = options;
  const difference = (drawn: Drawn, baseline: string) =>
    (drawn.get(name)![metric] ?? Number.NaN) - (drawn.get(baseline)?.[metric] ?? Number.NaN);
  return Object.fromEntries(
    baselines.flatMap((baseline) => {
      const value = difference(means, baseline);
      if (baseline === name || !Number.isFinite(value)) return [];
      const { low, high } = interval(
        value,
        draws.map((draw) => difference(draw, baseline)),
      );
      return [[baseline, { metric, difference: value, low, high, distinguishable: low > 0 || high < 0 }] as const];
    }),
  );
}

/** Mean of each metric over those who have it in every trial. */
function meanMeasures(measures: readonly Measures[]): Measures {
  const metrics = Object.keys(measures[0] ?? {});
  return Object.fromEntries(
    metrics.map((metric) => [
      metric,
      measures.reduce((sum, found) => sum + (found[metric] ?? Number.NaN), 0) / measures.length,
    ]),
  );
}
