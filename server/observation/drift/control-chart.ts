import { mean, sampleStandardDeviation } from "simple-statistics";

/** A day's figure, e.g. the mean log output length of a model, or its share of refusals. */
export interface DayFigure {
  readonly value: number;
  /** Answers behind it. */
  readonly n: number;
}

export interface ChartPoint {
  readonly value: number;
  /** Smoothed value. */
  readonly level: number;
  readonly low: number;
  readonly high: number;
  readonly isOut: boolean;
}

const SMOOTHING = 0.2;
/** In-control run of about 500 days on average: Lucas & Saccucci 1990, table 3. */
const WIDTH = 2.962;
const LEAST_DAYS = 5;

/**
 * Exponentially weighted control chart of daily figures against a baseline of days that were in order. Days with few answers
 * move it less. A chart is for noticing; certificates are voided by the risk monitor, whose error is bounded.
 *
 * @returns no points when the baseline has fewer than five days
 * @source  Roberts 1959; limits of Lucas & Saccucci 1990
 */
export function controlChart(baseline: readonly DayFigure[], days: readonly DayFigure[]): ChartPoint[] {
  if (baseline.length < LEAST_DAYS) return [];
  const centre = mean(baseline.map(({ value }) => value));
  const usual = mean(baseline.map(({ n }) => n));
  const spread = sampleStandardDeviation(baseline.map(({ value }) => value));
  let level = centre;
  let variance = 0;
  return days.map(({ value, n }) => {
    const daySpread = spread * Math.sqrt(usual / Math.max(1, Math.min(n, usual)));
    level = (1 - SMOOTHING) * level + SMOOTHING * value;
    variance = (1 - SMOOTHING) ** 2 * variance + (SMOOTHING * daySpread) ** 2;
    const half = WIDTH * Math.sqrt(variance);
    return { value, level, low: centre - half, high: centre + half, isOut: Math.abs(level - centre) > half };
  });
}
