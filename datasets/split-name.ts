import type { Split } from "./quality-table.ts";

const NAMES: Readonly<Record<string, Split>> = {
  train: "train",
  training: "train",
  calibration: "calibration",
  validation: "calibration",
  val: "calibration",
  dev: "calibration",
  test: "test",
  heldout: "test",
  held_out: "test",
  holdout: "test",
};

/** Reads the usual names of the three splits; undefined for another word. */
export function parseSplit(name: string): Split | undefined {
  return Object.hasOwn(NAMES, name.toLowerCase()) ? NAMES[name.toLowerCase()] : undefined;
}
