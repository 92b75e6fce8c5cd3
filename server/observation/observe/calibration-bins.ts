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

/** Twice what the figures of a group need: some bins get fewer than their share. */
const AUDITS_OF_BIN = 200;
const MOST_BINS = 8;

/**
 * Whether the router keeps its promises on this route: requests that would leave the incumbent, cut by the quality difference
 * that was promised for them into parts of about as many requests each, with the difference that their audits found. The
 * intervals of all bins hold together. Empty while nothing that would move was audited.
 */
export function calibrationBins(
  columns: ObservedColumns,
  { confidence, ...options }: Parameters<typeof projectPolicy>[2],
): CalibrationBin[] {
  const { rows, traffic } = columns;
  const moved = [...rows.keys()].filter((row) => rows[row]!.score !== STAYS);
  const audits = moved.filter((row) => traffic.difference.isAudited[row] === 1).length;
  if (audits === 0) return [];
  const edges = edgesOf(
    moved.map((row) => rows[row]!.prediction),
    Math.max(1, Math.min(MOST_BINS, Math.floor(audits / AUDITS_OF_BIN))),
  );
  return edges.slice(1).map((to, i) => {
    const from = edges[i]!;
    // The first bin has its lower edge too.
    const isIn = (promised: number) => (i === 0 ? promised >= from : promised > from) && promised <= to;
    const inside = moved.flatMap((row) => (isIn(rows[row]!.prediction) ? [rows[row]!.prediction] : []));
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

/** Rising, each once; equal values stay together, however many they are. */
function edgesOf(values: readonly number[], bins: number): number[] {
  const sorted = Float64Array.from(values).sort();
  const quantiles = Array.from({ length: bins }, (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / bins) - 1]!);
  return [sorted[0]!, ...new Set(quantiles)];
}
