import { clusteredMean, type Estimate } from "./estimate.ts";
import { normalInterval } from "./normal-interval.ts";

/**
 * All traffic of a window, audited or not, of which some was judged and of that some labelled by people.
 * Chances are known by design: they were fixed before the outcomes, and no row was left out once drawn.
 */
export interface TwoPhaseRows {
  /** [n] outcome expected of each row, by something fitted on other rows (or fitted before); any number keeps the estimate unbiased. */
  readonly prediction: Float64Array;
  /** [n] chance of an audit, in (0, 1]. */
  readonly inclusion: Float64Array;
  readonly isAudited: Uint8Array;
  /** [n] what the judge or the verifier said; read where audited only. */
  readonly judged: Float64Array;
  /** Absent: the judge is the yardstick (a deterministic verifier). */
  readonly gold?: GoldRows;
  readonly cluster?: ArrayLike<number | string>;
}

interface GoldRows {
  /** [n] chance of a label, given an audit. */
  readonly inclusion: Float64Array;
  readonly isLabelled: Uint8Array;
  /** [n] the label; read where labelled only. */
  readonly value: Float64Array;
}

/**
 * Doubly robust mean over all traffic, with the judge corrected by the gold labels. Unbiased whatever prediction and judge
 * say; good ones make it narrow.
 *
 * @source Robins, Rotnitzky & Zhao 1994; in two phases; prediction-powered inference arXiv:2301.09633
 */
export function aipw(rows: TwoPhaseRows, confidence: number): Estimate {
  return normalInterval(clusteredMean(influenceOf(rows), rows.cluster), confidence, "aipw_normal");
}

/**
 * One number a row whose mean is the estimate: f + A/pi (J - f) + A B/(pi rho) (Y - J).
 * Sums, differences and ratios of estimates on the same rows are made from these.
 */
export function influenceOf({ prediction, inclusion, isAudited, judged, gold }: TwoPhaseRows): Float64Array {
  return prediction.map((expected, row) => {
    if (isAudited[row] === 0) return expected;
    const seen = judged[row]!;
    const audited = expected + (seen - expected) / inclusion[row]!;
    if (gold === undefined || gold.isLabelled[row] === 0) return audited;
    return audited + (gold.value[row]! - seen) / (inclusion[row]! * gold.inclusion[row]!);
  });
}
