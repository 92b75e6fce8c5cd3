import { type RiskTest, riskPValue } from "./p-values.ts";

const MOST_TIMES = 4096;

/**
 * How many more audits would certify, if further ones lose as those at hand do.
 *
 * @param losses independent losses at the threshold that failed
 * @returns      0 when they suffice; Infinity when the loss at hand is too high for any number, or more than 4,096 times as many are needed
 */
export function samplesMissing(losses: Float64Array, alpha: number, delta: number, test: RiskTest): number {
  const isEnough = (n: number) => riskPValue(test, prolonged(losses, n), alpha, delta) <= delta;
  if (losses.length === 0) return Math.ceil(Math.log(delta) / Math.log1p(-alpha));
  if (isEnough(losses.length)) return 0;
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  if (mean >= alpha) return Number.POSITIVE_INFINITY;
  let high = losses.length * 2;
  while (!isEnough(high)) {
    if (high >= losses.length * MOST_TIMES) return Number.POSITIVE_INFINITY;
    high *= 2;
  }
  let low = Math.floor(high / 2);
  while (high - low > Math.max(1, high / 200)) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high - losses.length;
}

/** The losses over and over, evenly: as many as asked for, with the mean that they have. */
function prolonged(losses: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, row) => losses[row % losses.length]!);
}
