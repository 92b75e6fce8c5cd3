import { TrainError } from "../errors.ts";

/** Points (strong-call rate in [0, 1], mean quality), in order of rising rate. */
export type CallCurve = readonly (readonly [rate: number, quality: number])[];

/**
 * Every point that a threshold on `gain` can reach: strong for the prompts of highest gain first. Prompts of equal gain
 * go together, because no threshold can part them.
 *
 * @param gain   [n] what the router believes strong is worth over weak; any scale, finite
 * @param weak   [n] observed quality of the weak model
 * @param strong [n] observed quality of the strong model
 * @returns      from (0, mean of weak) to (1, mean of strong)
 * @throws       TrainError `bad_data` when lengths differ, n is 0, or a value is not finite
 */
export function callCurve(gain: ArrayLike<number>, weak: ArrayLike<number>, strong: ArrayLike<number>): CallCurve {
  checkCalls(gain, weak, strong);
  const count = gain.length;
  const order = byFallingGain(gain);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weak[i]!;
  const curve: [number, number][] = [[0, sum / count]];
  for (let i = 0; i < count; i++) {
    const row = order[i]!;
    sum += strong[row]! - weak[row]!;
    const isLastOfTie = i === count - 1 || gain[order[i + 1]!] !== gain[row];
    if (isLastOfTie) curve.push([(i + 1) / count, sum / count]);
  }
  return curve;
}

/** Row indices from the highest gain to the lowest; ties keep their order. */
export function byFallingGain(gain: ArrayLike<number>): Int32Array {
  const order = new Int32Array(gain.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => gain[b]! - gain[a]! || a - b);
}

/** @throws TrainError `bad_data` when lengths differ, there is no row, or a value is not finite */
export function checkCalls(...columns: readonly ArrayLike<number>[]): void {
  const count = columns[0]!.length;
  if (count === 0) throw new TrainError("bad_data", "a call curve needs at least one prompt");
  for (const column of columns) {
    if (column.length !== count) {
      throw new TrainError("bad_data", `columns of a call curve differ in length: ${column.length} and ${count}`);
    }
    for (let i = 0; i < count; i++) {
      if (!Number.isFinite(column[i])) throw new TrainError("bad_data", `row ${i} of a call curve is not finite`);
    }
  }
}
