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
 * @source ROUTING.md 4.5: (z + z)^2 p_disc / margin^2, times the design effect 1 + (m - 1) ICC
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
  let high = 1;
  while (!isEnough(high, alpha, delta, trueLoss, power)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle, alpha, delta, trueLoss, power)) high = middle;
    else low = middle;
  }
  return high;
}

function isEnough(n: number, alpha: number, delta: number, trueLoss: number, power: number): boolean {
  const most = mostLosses(n, alpha, delta);
  return most >= 0 && binomialCdf(most, n, trueLoss) >= power;
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
