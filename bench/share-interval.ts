import type { Estimate } from "./result.ts";

const NORMAL_97_5 = 1.959963984540054;

/** A share with its 95 % interval, which is also sensible where none or all were seen. @source Wilson 1927 */
export function shareInterval(count: number, of: number): Estimate {
  if (of === 0) return { value: Number.NaN, low: 0, high: 1 };
  const share = count / of;
  const weight = NORMAL_97_5 ** 2 / of;
  const middle = share + weight / 2;
  const reach = NORMAL_97_5 * Math.sqrt((share * (1 - share)) / of + weight / (4 * of));
  const low = count === 0 ? 0 : (middle - reach) / (1 + weight);
  return { value: share, low, high: count === of ? 1 : (middle + reach) / (1 + weight) };
}
