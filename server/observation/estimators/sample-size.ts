import { binomialCdf, normalQuantile } from "../distributions.ts";

export interface PairedDesign {
  /** Least quality loss that must be ruled out, e.g. 0.03. */
  readonly margin: number;
  /** Share of pairs of which one answer is better than the other. */
  readonly discordantShare: number;
  readonly confidence: number;
  readonly power: number;
  /** Requests of one session in the audit, and how alike they are: 1 and 0 when sessions have one each. */
  readonly perSession?: number;
  readonly intraclassCorrelation?: number;
}

/**
 * Audited pairs that show a loss below the margin when there is none.
 *
 * (z + z)^2 p_disc / margin^2, times the design effect 1 + (m - 1) ICC
 */
export function pairsNeeded(design: PairedDesign): number {
  const { margin, discordantShare, confidence, power, perSession = 1, intraclassCorrelation = 0 } = design;
  const factor = (normalQuantile(confidence) + normalQuantile(power)) ** 2;
  return Math.ceil((factor * discordantShare * (1 + (perSession - 1) * intraclassCorrelation)) / margin ** 2);
}

/**
 * Least number of uniform audits at which the exact binomial test certifies a loss of at most `alpha` with the wanted
 * chance, when the true loss is `trueLoss`; Infinity when that is no smaller than alpha.
 */
export function auditsToCertify(alpha: number, delta: number, trueLoss: number, power: number): number {
  if (trueLoss >= alpha) return Number.POSITIVE_INFINITY;
  // The fewest audits that bear k losses, for one k after another: between them the power only falls.
  for (let losses = 0, audits = 1; ; losses++) {
    audits = fewestBearing(losses, alpha, delta, audits);
    if (binomialCdf(losses, audits, trueLoss) >= power) return audits;
  }
}

/** Least n, from `atLeast` on, with P(Bin(n, alpha) <= losses) <= delta. */
function fewestBearing(losses: number, alpha: number, delta: number, atLeast: number): number {
  let [low, step] = [atLeast - 1, 1];
  while (binomialCdf(losses, low + step, alpha) > delta) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(losses, middle, alpha) > delta) low = middle;
    else high = middle;
  }
  return high;
}

/** Most losses in `n` audits with which alpha is certified; -1 when none would do. */
export function mostLosses(n: number, alpha: number, delta: number): number {
  let low = -1;
  let high = Math.ceil(n * alpha);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle, n, alpha) <= delta) low = middle;
    else high = middle;
  }
  return low;
}
