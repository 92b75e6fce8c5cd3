import type { PolicyInput, ReadyPolicy, RouteCalibration } from "../policy.ts";

/** Two models of a route and the share of requests that the stronger gets. */
export interface StrongWeakOptions {
  readonly strong: string;
  readonly weak: string;
  /** Strong when the measure is at least this. */
  readonly threshold?: number | undefined;
  /** Share of calibration rows that go to the strong model, in [0, 1]; solved to a threshold. */
  readonly strongRate?: number | undefined;
}

/** What the threshold is put on; the greater, the sooner the strong model. */
export interface Measure {
  ofRequest(input: PolicyInput, strong: number, weak: number): number;
  ofRow(calibration: RouteCalibration, row: number, strong: number, weak: number): number;
}

/**
 * Strong where a measure reaches a threshold, else weak; the other one, then the incumbent, when it is not eligible.
 *
 * @param fallback threshold when a rate is wanted and there are no calibration rows of both models
 */
export function readyStrongWeak(
  options: StrongWeakOptions,
  calibration: RouteCalibration | null,
  measure: Measure,
  fallback: number,
): ReadyPolicy {
  const { strongRate } = options;
  const threshold =
    options.threshold ??
    (strongRate === undefined ? fallback : solve(options, strongRate, calibration, measure, fallback));
  return strongWeakAt(options, threshold, measure);
}

/** With a known threshold; enough for replay. */
export function strongWeakAt({ strong, weak }: StrongWeakOptions, threshold: number, measure: Measure): ReadyPolicy {
  return {
    facts: { threshold },
    decide(input) {
      const { scored, incumbent } = input;
      const s = scored.findIndex(({ candidateId }) => candidateId === strong);
      const w = scored.findIndex(({ candidateId }) => candidateId === weak);
      if (s === -1 && w === -1) return { chosen: incumbent, reason: "incumbent", propensity: 1 };
      if (w === -1) return { chosen: s, reason: "fixed", propensity: 1 };
      if (s === -1) return { chosen: w, reason: "fixed", propensity: 1 };
      const isMet = measure.ofRequest(input, s, w) >= threshold;
      return { chosen: isMet ? s : w, reason: isMet ? "threshold_met" : "threshold_unmet", propensity: 1 };
    },
  };
}

function solve(
  { strong, weak }: StrongWeakOptions,
  strongRate: number,
  calibration: RouteCalibration | null,
  measure: Measure,
  fallback: number,
): number {
  const s = calibration?.candidateIds.indexOf(strong) ?? -1;
  const w = calibration?.candidateIds.indexOf(weak) ?? -1;
  if (calibration === null || s === -1 || w === -1) return fallback;
  const values = Float64Array.from({ length: calibration.rows }, (_, row) =>
    measure.ofRow(calibration, row, s, w),
  ).sort();
  const strongRows = Math.round(strongRate * values.length);
  // Just above the greatest value: nothing reaches it.
  if (strongRows === 0) return values.at(-1)! + Math.max(1, Math.abs(values.at(-1)!));
  return values[values.length - strongRows]!;
}
