import { chiSquareUpperTail, logBeta } from "../observation/distributions.ts";

/** Sessions drawn under one holdout share. */
export interface ArmCounts {
  readonly share: number;
  readonly holdout: number;
  readonly treatment: number;
}

export interface SampleRatio {
  /** p-value of the chi-square at this look alone; smaller values turn up by chance when one looks often. */
  readonly pValue: number;
  /** Evidence against the shares that were drawn, for any number of looks: at or above 1,000 the arms cannot be compared. */
  readonly evidence: number;
  readonly isBroken: boolean;
}

/** The chance of ever crying wolf is 1 in so many. */
const LIMIT = 1000;
/** How sharply the alternative is thought to lie around the share: as so many sessions would. */
const SHARPNESS = 1000;

/**
 * Whether as many sessions came into each arm as were drawn. They do not when sessions of one arm are lost, or are counted
 * twice, or when a lot was not one.
 *
 * @source sample-ratio mismatch, Fabijan et al. 2019; sequential form (beta mixture) of Lindon & Malek, arXiv:2011.03567
 */
export function checkSampleRatio(counts: readonly ArmCounts[]): SampleRatio {
  let [logEvidence, chiSquare, degrees] = [0, 0, 0];
  for (const { share, holdout, treatment } of counts) {
    const n = holdout + treatment;
    if (n === 0) continue;
    const [a, b] = [SHARPNESS * share, SHARPNESS * (1 - share)];
    logEvidence +=
      logBeta(a + holdout, b + treatment) - logBeta(a, b) - holdout * Math.log(share) - treatment * Math.log1p(-share);
    chiSquare += (holdout - n * share) ** 2 / (n * share * (1 - share));
    degrees++;
  }
  const evidence = Math.exp(Math.min(700, logEvidence));
  return {
    pValue: degrees === 0 ? 1 : chiSquareUpperTail(chiSquare, degrees),
    evidence,
    isBroken: evidence >= LIMIT,
  };
}
