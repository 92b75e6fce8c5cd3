import { type ProjectedPoint, projectPolicy } from "../estimators/projection.ts";
import { STAYS } from "../leave-score.ts";
import { columnsWhere, type ObservedColumns } from "./observed-columns.ts";
import { ALL } from "./thresholds.ts";

/** Requests of which the router promised about the same: what it promised, and what audits found. */
export interface CalibrationBin {
  /** Promised quality differences in it, from the lowest to the highest. */
  readonly from: number;
  readonly to: number;
  /** Mean quality difference to the incumbent that the router expected. */
  readonly promised: number;
  readonly requests: number;
  readonly audits: number;
  readonly realised: ProjectedPoint["qualityDifference"];
}

/** With fewer nothing is stated of a bin. */
const AUDITS_OF_BIN = 100;
const MOST_BINS = 8;

/**
 * Whether the router keeps its promises on this route: requests that would leave the incumbent, cut by the quality difference
 * that was promised for them into parts of about as many audits each, with the difference that their audits found. The
 * intervals of all bins hold together. Empty while nothing that would move was audited.
 */
export function calibrationBins(
  columns: ObservedColumns,
  { confidence, ...options }: Parameters<typeof projectPolicy>[2],
): CalibrationBin[] {
  const { rows, traffic } = columns;
  const moved = [...rows.keys()].filter((row) => rows[row]!.score !== STAYS);
  const promised = (row: number) => rows[row]!.prediction;
  const audited = moved.filter((row) => traffic.difference.isAudited[row] === 1);
  if (audited.length === 0) return [];
  const edges = edgesOf(moved.map(promised), audited.map(promised));
  return edges.slice(1).map((to, i) => {
    const from = edges[i]!;
    // The first bin has its lower edge too.
    const isIn = (value: number) => (i === 0 ? value >= from : value > from) && value <= to;
    const inside = moved.map(promised).filter(isIn);
    const [point] = projectPolicy(
      columnsWhere(columns, ({ score, prediction }) => score !== STAYS && isIn(prediction)),
      [ALL],
      { ...options, confidence: 1 - (1 - confidence) / (edges.length - 1) },
    );
    return {
      from: inside.reduce((least, one) => Math.min(least, one), to),
      to,
      promised: inside.reduce((sum, one) => sum + one, 0) / inside.length,
      requests: inside.length,
      audits: point!.audited,
      realised: point!.qualityDifference,
    };
  });
}

/** Rising, each once, with as many audits between any two; equal promises stay together, however many they are. */
function edgesOf(promises: readonly number[], audited: readonly number[]): number[] {
  const bins = Math.max(1, Math.min(MOST_BINS, Math.floor(audited.length / AUDITS_OF_BIN)));
  const sorted = Float64Array.from(audited).sort();
  const inner = Array.from({ length: bins - 1 }, (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / bins) - 1]!);
  const ends = Float64Array.from(promises).sort();
  return [ends[0]!, ...new Set([...inner, ends.at(-1)!])];
}
