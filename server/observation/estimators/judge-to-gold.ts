import type { TwoPhaseRows } from "./aipw.ts";
import { crossFit, foldsOf } from "./cross-fit.ts";

const FOLDS = 5;
/** Labels below which the judge's word is taken as it is: the correction term makes up for its bias either way. */
const LEAST_LABELS = 20;

/**
 * The judge's words on the scale of the gold labels: a rising step function fitted on the labels of other sessions, each
 * label weighted by what it stands for.
 *
 * @returns rows whose `judged` speaks the labels' scale; unchanged without gold
 * @source  isotonic regression (pool adjacent violators), cross-fitted
 */
export function withJudgeOnGoldScale(rows: TwoPhaseRows): TwoPhaseRows {
  const { gold, judged, inclusion } = rows;
  if (gold === undefined) return rows;
  const cluster = rows.cluster ?? [...judged.keys()];
  const fitted = crossFit(foldsOf(cluster, FOLDS), FOLDS, (others) => {
    const labelled = others.filter((row) => rows.isAudited[row] === 1 && gold.isLabelled[row] === 1);
    if (labelled.length < LEAST_LABELS) return (row) => judged[row]!;
    const steps = risingSteps(
      Array.from(labelled, (row) => ({
        at: judged[row]!,
        value: gold.value[row]!,
        weight: 1 / (inclusion[row]! * gold.inclusion[row]!),
      })),
    );
    return (row) => valueAt(steps, judged[row]!);
  });
  return { ...rows, judged: fitted.map((value, row) => (rows.isAudited[row] === 1 ? value : judged[row]!)) };
}

interface Point {
  readonly at: number;
  readonly value: number;
  readonly weight: number;
}

/** The rising step function of least weighted squares; a step holds from its `at` on. */
export function risingSteps(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of mergeEqual([...points].sort((a, b) => a.at - b.at))) {
    let step = point;
    while (kept.length > 0 && kept.at(-1)!.value >= step.value) step = joined(kept.pop()!, step);
    kept.push(step);
  }
  return kept;
}

function mergeEqual(sorted: readonly Point[]): Point[] {
  const merged: Point[] = [];
  for (const point of sorted) {
    if (merged.at(-1)?.at === point.at) merged.push(joined(merged.pop()!, point));
    else merged.push(point);
  }
  return merged;
}

function joined(first: Point, second: Point): Point {
  const weight = first.weight + second.weight;
  return { at: first.at, weight, value: (first.value * first.weight + second.value * second.weight) / weight };
}

function valueAt(steps: readonly Point[], at: number): number {
  let value = steps[0]!.value;
  for (const step of steps) {
    if (step.at > at) break;
    value = step.value;
  }
  return value;
}
