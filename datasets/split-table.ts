import { type Duplicates, findDuplicates } from "./duplicates/find-duplicates.ts";
import { regroup } from "./duplicates/regroup.ts";
import { type DuplicateReport, reportDuplicates } from "./duplicates/report-duplicates.ts";
import { DatasetError } from "./errors.ts";
import type { QualityTable, Split } from "./quality-table.ts";
import { type SplitOptions, type SplitRows, splitByGroup } from "./split.ts";
import { textOfPrompt } from "./text-of-prompt.ts";

/** What to do with near duplicates that would lie on two sides. */
export type OnLeak = "refuse" | "regroup" | "drop";

export interface SplitTableOptions extends SplitOptions {
  /**
   * `regroup` joins the groups of near duplicates before splitting, which a kept split may forbid; `drop` leaves the
   * training-side copies out; `refuse` throws. Default: refuse when the given split is kept, else regroup.
   */
  readonly onLeak?: OnLeak | undefined;
  readonly threshold?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface SplitTable {
  readonly rows: SplitRows;
  /** Row -> split; null for a row left out. */
  readonly splitOf: readonly (Split | null)[];
  readonly dropped: number;
  /** Before anything was mended. */
  readonly duplicates: DuplicateReport;
}

/**
 * Splits so that neither a group nor a near duplicate is on two sides.
 *
 * @throws DatasetError `split_leaks`, naming the pairs, when told to refuse or when joined groups hold a given cut
 */
export function splitTable(table: QualityTable, options: SplitTableOptions): SplitTable {
  const onLeak = options.onLeak ?? (options.keepGiven ? "refuse" : "regroup");
  const found = findDuplicates(table.prompts.map(textOfPrompt), {
    ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
    onProgress: options.onProgress,
  });
  const grouped =
    onLeak === "regroup"
      ? regroup(table, found.clusters)
      : options.keepGiven
        ? regroup(table, clustersWithinGiven(table, found.clusters))
        : table;
  const rows = splitByGroup(grouped, options);
  const splitOf = toColumn(rows, table.prompts.length);
  const duplicates = reportDuplicates(table, found, (row) => splitOf[row] ?? null);
  if (duplicates.leakingClusters === 0) return { rows, splitOf, dropped: 0, duplicates };
  if (onLeak !== "drop") throw leaking(duplicates, options.keepGiven === true);
  const kept = withoutLeaks(splitOf, found);
  return { rows: toRows(kept), splitOf: kept, dropped: kept.filter((split) => split === null).length, duplicates };
}

/**
 * Clusters cut where a given split cuts them, so that carving calibration out of train makes no leak of its own. A row
 * without a split goes with the test rows of its cluster, else with the calibration rows, else with the train rows.
 */
function clustersWithinGiven(table: QualityTable, clusters: Int32Array): Int32Array {
  const given = new Map<number, Set<Split>>();
  clusters.forEach((cluster, row) => {
    const { split } = table.prompts[row]!;
    if (split !== null) given.set(cluster, (given.get(cluster) ?? new Set()).add(split));
  });
  const firstOf = new Map<string, number>();
  return clusters.map((cluster, row) => {
    const sides = given.get(cluster);
    const side = table.prompts[row]!.split ?? BY_WEIGHT.find((split) => sides?.has(split)) ?? "none";
    const key = `${cluster} ${side}`;
    if (!firstOf.has(key)) firstOf.set(key, row);
    return firstOf.get(key)!;
  });
}

const BY_WEIGHT = ["test", "calibration", "train"] as const satisfies readonly Split[];

function leaking({ leakingClusters, leaks }: DuplicateReport, keepsGiven: boolean): DatasetError {
  const shown = leaks.slice(0, 5).map(({ a, b, splits, similarity }) => {
    return `${a} (${splits[0]}) ~ ${b} (${splits[1]}), ${similarity.toFixed(2)} alike`;
  });
  const join = keepsGiven ? "without --keep-given they are joined" : "--on-leak regroup joins them";
  const message = `${leakingClusters} ${leakingClusters === 1 ? "cluster of near duplicates lies" : "clusters of near duplicates lie"} on two sides of the split: ${shown.join("; ")}; ${join}, --on-leak drop leaves the training copies out`;
  return new DatasetError("split_leaks", message);
}

/** Leaves out the training copies of what is in test, then those of what is in calibration. */
function withoutLeaks(splitOf: readonly (Split | null)[], { clusters }: Duplicates): (Split | null)[] {
  const sides = new Map<number, Set<Split>>();
  clusters.forEach((cluster, row) => {
    const split = splitOf[row];
    if (split) sides.set(cluster, (sides.get(cluster) ?? new Set()).add(split));
  });
  return splitOf.map((split, row) => {
    const side = sides.get(clusters[row]!);
    if (split === null || side === undefined || side.size === 1) return split;
    const kept: Split = side.has("test") ? "test" : "calibration";
    return split === kept ? split : null;
  });
}

function toColumn(rows: SplitRows, count: number): Split[] {
  const column = new Array<Split>(count).fill("train");
  for (const row of rows.calibration) column[row] = "calibration";
  for (const row of rows.test) column[row] = "test";
  return column;
}

function toRows(splitOf: readonly (Split | null)[]): SplitRows {
  const rowsOf = (wanted: Split) => Int32Array.from(splitOf.flatMap((split, row) => (split === wanted ? [row] : [])));
  return { train: rowsOf("train"), calibration: rowsOf("calibration"), test: rowsOf("test") };
}
