import type { Calibration } from "../../engine/schema/manifest.ts";

export type Isotonic = Extract<Calibration, { kind: "isotonic" }>;

/** Rows that a step rests on at least, so that the ends do not run to 0 and 1. */
const LEAST_ROWS = 20;

/**
 * The monotone step function nearest to the labels (pool adjacent violators), made piecewise linear through the middle
 * of each step.
 *
 * @param score   [n] raw score in [0, 1]
 * @param quality [n] in [0, 1]; rows with NaN are left out
 * @returns       at least two knots, x rising, y not falling; the identity without rows
 * @source        Zadrozny & Elkan 2002
 */
export function fitIsotonic(score: ArrayLike<number>, quality: ArrayLike<number>): Isotonic {
  const rows: number[] = [];
  for (let i = 0; i < score.length; i++) if (!Number.isNaN(quality[i])) rows.push(i);
  if (rows.length === 0) return { kind: "isotonic", x: [0, 1], y: [0, 1] };
  rows.sort((a, b) => score[a]! - score[b]! || a - b);
  const steps = pooled(starts(rows, score, quality));
  const knots = steps.map(({ count, score, quality }) => [score / count, quality / count] as const);
  if (knots.length === 1) {
    const [x, y] = knots[0]!;
    return { kind: "isotonic", x: [x, x + 1e-6], y: [y, y] };
  }
  return { kind: "isotonic", x: knots.map(([x]) => x), y: knots.map(([, y]) => y) };
}

interface Step {
  count: number;
  /** Sums over the step's rows. */
  score: number;
  quality: number;
}

/** Runs of at least so many rows; equal scores never part. */
function starts(rows: readonly number[], score: ArrayLike<number>, quality: ArrayLike<number>): Step[] {
  const least = Math.max(1, Math.min(LEAST_ROWS, Math.floor(rows.length / 10)));
  const steps: Step[] = [];
  for (let start = 0; start < rows.length; ) {
    const step = { count: 0, score: 0, quality: 0 };
    let at = start;
    while (at < rows.length && (step.count < least || score[rows[at]!] === score[rows[at - 1]!])) {
      step.count++;
      step.score += score[rows[at]!]!;
      step.quality += quality[rows[at]!]!;
      at++;
    }
    start = at;
    const isRest = start === rows.length && step.count < least && steps.length > 0;
    if (isRest) merge(steps[steps.length - 1]!, step);
    else steps.push(step);
  }
  return steps;
}

function pooled(steps: readonly Step[]): Step[] {
  const kept: Step[] = [];
  for (const step of steps) {
    kept.push({ ...step });
    while (kept.length > 1 && !isBelow(kept[kept.length - 2]!, kept[kept.length - 1]!)) {
      merge(kept[kept.length - 2]!, kept.pop()!);
    }
  }
  return kept;
}

function isBelow(a: Step, b: Step): boolean {
  return a.quality / a.count < b.quality / b.count && a.score / a.count < b.score / b.count;
}

function merge(into: Step, other: Step): void {
  into.count += other.count;
  into.score += other.score;
  into.quality += other.quality;
}
