import { seededRng, shuffle } from "../engine/rng.ts";
import { DatasetError } from "./errors.ts";
import type { QualityTable, Split } from "./quality-table.ts";

export interface SplitOptions {
  readonly seed: number;
  /** Shares of the prompts; they add up to 1. */
  readonly train: number;
  readonly calibration: number;
  readonly test: number;
  /**
   * Keep the split that a prompt came with. Without any given calibration row, calibration is carved out of the given
   * train by group, `calibration / (train + calibration)` of it; the given test is never touched.
   */
  readonly keepGiven?: boolean | undefined;
}

/** Row indices, ascending. */
export interface SplitRows {
  readonly train: Int32Array;
  readonly calibration: Int32Array;
  readonly test: Int32Array;
}

const SPLITS = ["train", "calibration", "test"] as const satisfies readonly Split[];

/**
 * Seeded split in which no group is in two parts. Groups are shuffled and each goes to the part that lacks most, so the
 * shares are met as nearly as the groups allow, and the result does not depend on the order of rows.
 *
 * @throws DatasetError `split_invalid` for shares that make no sense, `split_leaks` when a given split cuts a group
 */
export function splitByGroup(table: QualityTable, options: SplitOptions): SplitRows {
  const shares = checkedShares(options);
  const groups = new Map<string, number[]>();
  table.prompts.forEach((prompt, row) => {
    const rows = groups.get(prompt.group);
    if (rows) rows.push(row);
    else groups.set(prompt.group, [row]);
  });

  const chosen: Record<Split, number[]> = { train: [], calibration: [], test: [] };
  const open: number[][] = [];
  const givenTrain: number[][] = [];
  let hasGivenCalibration = false;
  for (const [group, rows] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const given = options.keepGiven ? givenSplit(table, group, rows) : null;
    if (given === null) open.push(rows);
    else if (given === "train") givenTrain.push(rows);
    else {
      chosen[given].push(...rows);
      if (given === "calibration") hasGivenCalibration = true;
    }
  }
  const rng = seededRng(options.seed);
  if (hasGivenCalibration || shares.calibration === 0) chosen.train.push(...givenTrain.flat());
  else {
    const both = shares.train + shares.calibration;
    allot(givenTrain, { train: shares.train / both, calibration: shares.calibration / both, test: 0 }, rng, chosen);
  }
  allot(open, shares, rng, chosen);
  return {
    train: Int32Array.from(chosen.train).sort(),
    calibration: Int32Array.from(chosen.calibration).sort(),
    test: Int32Array.from(chosen.test).sort(),
  };
}

function checkedShares({ train, calibration, test }: SplitOptions): Record<Split, number> {
  const shares = { train, calibration, test };
  for (const name of SPLITS) {
    if (!(shares[name] >= 0 && shares[name] <= 1)) {
      throw new DatasetError("split_invalid", `the share ${name} = ${shares[name]} is not in 0..1`);
    }
  }
  const sum = train + calibration + test;
  if (Math.abs(sum - 1) > 1e-6) {
    throw new DatasetError("split_invalid", `train + calibration + test = ${sum}, they must add up to 1`);
  }
  return shares;
}

/** The split that a group's rows came with; rows without one follow the others of their group. */
function givenSplit(table: QualityTable, group: string, rows: readonly number[]): Split | null {
  let given: Split | null = null;
  for (const row of rows) {
    const { split, promptId } = table.prompts[row]!;
    if (split === null) continue;
    if (given !== null && split !== given) {
      const message = `group ${group} is given in both ${given} and ${split} (e.g. ${promptId}); split anew without keeping the given split`;
      throw new DatasetError("split_leaks", message);
    }
    given = split;
  }
  return given;
}

function allot(
  groups: readonly number[][],
  shares: Readonly<Record<Split, number>>,
  rng: ReturnType<typeof seededRng>,
  chosen: Record<Split, number[]>,
): void {
  const order = shuffle(
    Int32Array.from(groups, (_, index) => index),
    rng,
  );
  const counts: Record<Split, number> = { train: 0, calibration: 0, test: 0 };
  let done = 0;
  for (const index of order) {
    const rows = groups[index]!;
    done += rows.length;
    let best: Split = "train";
    let lack = Number.NEGATIVE_INFINITY;
    for (const name of SPLITS) {
      if (shares[name] === 0) continue;
      const short = shares[name] * done - counts[name];
      if (short > lack) {
        lack = short;
        best = name;
      }
    }
    counts[best] += rows.length;
    for (const row of rows) chosen[best].push(row);
  }
}
