import jstat from "jstat";

const { jStat } = jstat;

/** Value below which a standard normal lies with probability `p`, 0 < p < 1. Within 3e-9 of scipy's `ndtri`. */
export function normalQuantile(p: number): number {
  return jStat.normal.inv(p, 0, 1);
}

export function normalCdf(x: number): number {
  return jStat.normal.cdf(x, 0, 1);
}

/** Chance that a chi-square of `degrees` exceeds `x`; about 1e-15 is its floor. */
export function chiSquareUpperTail(x: number, degrees: number): number {
  return x <= 0 ? 1 : Math.max(0, 1 - jStat.lowRegGamma(degrees / 2, x / 2));
}

/** ln of the beta function. */
export function logBeta(a: number, b: number): number {
  return jStat.betaln(a, b);
}

/**
 * P(Bin(n, p) <= k), by summing from the side of the smaller tail, so that small values keep their digits.
 * Certificates rest on it: the incomplete beta functions of small libraries are off by up to 1e-5 at n = 1e6.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  return k < n * p ? downwards(k, n, p) : 1 - downwards(n - k - 1, n, 1 - p);
}

/**
 * Upper confidence bound of a share of which `k` in `n` were seen: the largest p with P(Bin(n, p) <= k) >= delta.
 *
 * @source Clopper & Pearson 1934
 */
export function binomialUpperBound(k: number, n: number, delta: number): number {
  if (k >= n) return 1;
  let low = k / n;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (binomialCdf(k, n, middle) > delta) low = middle;
    else high = middle;
  }
  return high;
}

/** Sum of the masses at k, k - 1, ..., 0; for k below the mean they fall fast. */
function downwards(k: number, n: number, p: number): number {
  let mass = binomialMass(k, n, p);
  let sum = mass;
  for (let i = k; i > 0 && mass > sum * 1e-17; i--) {
    mass *= (i / (n - i + 1)) * ((1 - p) / p);
    sum += mass;
  }
  return Math.min(1, sum);
}

/** @source Loader 2000, Fast and Accurate Computation of Binomial Probabilities (R's dbinom) */
function binomialMass(k: number, n: number, p: number): number {
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return Math.exp(n * Math.log(p));
  const exponent =
    stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p) - deviance(n - k, n * (1 - p));
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** ln n! less Stirling's formula. */
function stirlingError(n: number): number {
  if (n <= 15) {
    let logFactorial = 0;
    for (let i = 2; i <= n; i++) logFactorial += Math.log(i);
    return logFactorial - ((n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI));
  }
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** x ln(x / mean) + mean - x, without cancellation near x = mean. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const ratio = (x - mean) / (x + mean);
  let sum = (x - mean) * ratio;
  let term = 2 * x * ratio;
  for (let j = 1; j < 1000; j++) {
    term *= ratio * ratio;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}
