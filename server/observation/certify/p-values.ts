import { binomialCdf } from "../distributions.ts";

/** Test of "the mean loss is above alpha" on losses of independent units, each in [0, 1]; small values speak against it. */
export type RiskTest = "binomial" | "hoeffding_bentkus" | "betting";

/**
 * @param delta level at which the p-value will be read; bets are tuned for it, and its validity does not depend on it
 * @throws RangeError for `binomial` on losses other than 0 and 1
 */
export function riskPValue(test: RiskTest, losses: Float64Array, alpha: number, delta: number): number {
  if (test === "binomial") return binomialPValue(losses, alpha);
  return test === "betting" ? bettingPValue(losses, alpha, delta) : hoeffdingBentkusPValue(losses, alpha);
}

/** P(Bin(n, alpha) <= losses seen): exact for losses of 0 and 1. */
export function binomialPValue(losses: Float64Array, alpha: number): number {
  let seen = 0;
  for (const loss of losses) {
    if (loss !== 0 && loss !== 1) throw new RangeError("the binomial test is for losses of 0 and 1");
    seen += loss;
  }
  return binomialCdf(seen, losses.length, alpha);
}

/** For losses anywhere in [0, 1]. @source Bates et al. 2021, RCPS; arXiv:2110.01052, proposition 1 */
export function hoeffdingBentkusPValue(losses: Float64Array, alpha: number): number {
  const n = losses.length;
  if (n === 0) return 1;
  let sum = 0;
  for (const loss of losses) sum += loss;
  const mean = Math.min(sum / n, alpha);
  const hoeffding = Math.exp(-n * relativeEntropy(mean, alpha));
  // A sum such as 0.1 + 0.2 must not round up over a whole number.
  const bentkus = Math.E * binomialCdf(Math.ceil(sum - 1e-9), n, alpha);
  return Math.min(1, hoeffding, bentkus);
}

/**
 * Wealth of bets that the mean is below alpha, at its highest: 1 / p. Narrow where losses vary little. The order of the rows
 * must not depend on their losses.
 *
 * @source Waudby-Smith & Ramdas, arXiv:2010.09686; WSR p-value of arXiv:2110.01052; Ville's inequality
 */
export function bettingPValue(losses: Float64Array, alpha: number, delta: number): number {
  const n = losses.length;
  const scale = (2 * Math.log(1 / delta)) / Math.max(1, n);
  let [sum, squares] = [0.5, 0.25];
  let [log, highest] = [0, 0];
  for (let t = 1; t <= n; t++) {
    const loss = losses[t - 1]!;
    const bet = Math.min(1, Math.sqrt(scale / (squares / t)));
    log += Math.log1p(-bet * (loss - alpha));
    if (log > highest) highest = log;
    sum += loss;
    squares += (loss - sum / (t + 1)) ** 2;
  }
  return Math.exp(-highest);
}

/** Of Bernoulli(a) to Bernoulli(b). */
function relativeEntropy(a: number, b: number): number {
  const first = a === 0 ? 0 : a * Math.log(a / b);
  return first + (a === 1 ? 0 : (1 - a) * Math.log((1 - a) / (1 - b)));
}
