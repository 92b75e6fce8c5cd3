import { correctedLosses } from "./corrected-losses.ts";
import { lastAccepted, type SequenceStep, walkThresholds } from "./fixed-sequence.ts";
import { LOSSES, type LossName } from "./losses.ts";
import { type RiskTest, riskPValue } from "./p-values.ts";
import { samplesMissing } from "./samples-missing.ts";
import { sessionLosses } from "./session-losses.ts";

/** Audits of the uniform part: every request of a stratum had the same chance, so those at hand stand for the rest. */
export interface AuditSample {
  /** [n] predicted worth of leaving the incumbent; routed from the threshold on. */
  readonly score: Float64Array;
  readonly incumbentQuality: Float64Array;
  /** [n] of the model that the policy would choose. */
  readonly routedQuality: Float64Array;
  readonly stratum: readonly string[];
  readonly session?: readonly string[];
  /** Labels by people on some of the rows; absent: what is at hand is exact (a verifier's word, or the judge as the yardstick). */
  readonly gold?: {
    readonly isLabelled: Uint8Array;
    readonly incumbentQuality: Float64Array;
    readonly routedQuality: Float64Array;
    readonly inclusion: number;
  };
}

export interface CertifyOptions {
  /** From the most careful to the boldest, i.e. falling; fixed before the outcomes were seen. */
  readonly thresholds: readonly number[];
  readonly loss: LossName;
  readonly maxQualityLoss: number;
  /** 1 - delta. */
  readonly confidence: number;
  /** Null: the exact binomial for losses of 0 and 1, else betting. */
  readonly test: RiskTest | null;
  /** One threshold for all requests, or one a stratum with delta shared out among them (Bonferroni). */
  readonly scope: "overall" | "strata";
}

export interface StratumFinding {
  /** null: all requests. */
  readonly stratum: string | null;
  /** Requests are routed from here on; null: all stay with the incumbent. */
  readonly threshold: number | null;
  readonly test: RiskTest;
  readonly delta: number;
  /** Audited requests, and the sessions that they come from. */
  readonly n: number;
  readonly sessions: number;
  /** Of audited requests at the threshold; null without one. */
  readonly routedShare: number | null;
  /** Mean quality loss at hand at the threshold, not a bound. */
  readonly observedLoss: number | null;
  readonly pValue: number | null;
  /** More audits that the next threshold (or a first one) needs, if they lose as these do; null: the boldest is certified. */
  readonly missing: number | null;
  readonly steps: readonly SequenceStep[];
}

/**
 * The boldest threshold whose quality loss is at most the allowed one with the wanted confidence, overall or in every stratum.
 * By strata: each is tested at delta / strata, so that all claims hold together; one that fails stays with the incumbent, whose
 * loss is 0, so the router as a whole keeps the promise too.
 */
export function certify(sample: AuditSample, options: CertifyOptions): StratumFinding[] {
  if (options.scope === "overall") return [certifyRows([...sample.score.keys()], null, 1 - options.confidence)];
  const strata = [...new Set(sample.stratum)].sort();
  return strata.map((stratum) =>
    certifyRows(
      [...sample.score.keys()].filter((row) => sample.stratum[row] === stratum),
      stratum,
      (1 - options.confidence) / strata.length,
    ),
  );

  function certifyRows(rows: readonly number[], stratum: string | null, delta: number): StratumFinding {
    const definition = LOSSES[options.loss];
    const risk = definition.riskFor(options.maxQualityLoss);
    const lossesAt = (threshold: number) => testedLosses(sample, rows, options, threshold, risk);
    const { losses: boldest } = lossesAt(Number.NEGATIVE_INFINITY);
    const isBinary = [definition.stays, ...boldest].every((loss) => loss === 0 || loss === 1);
    const test = options.test ?? (isBinary ? "binomial" : "betting");
    const pValueAt = (index: number) => {
      const tested = lossesAt(options.thresholds[index]!);
      return riskPValue(test, tested.losses, tested.alpha, delta);
    };
    const steps = rows.length === 0 ? [] : walkThresholds(options.thresholds.length, pValueAt, delta);
    const last = lastAccepted(steps);
    const threshold = last < 0 ? null : options.thresholds[last]!;
    const next = options.thresholds[last + 1];
    const failing = next === undefined ? null : lossesAt(next);
    return {
      stratum,
      threshold,
      test,
      delta,
      n: rows.length,
      sessions: sample.session === undefined ? rows.length : new Set(rows.map((row) => sample.session![row])).size,
      routedShare:
        threshold === null ? null : rows.filter((row) => sample.score[row]! >= threshold).length / rows.length,
      observedLoss: threshold === null ? null : definition.qualityLossOf(meanLoss(sample, rows, options, threshold)),
      pValue: threshold === null ? null : steps[last]!.pValue,
      missing: failing === null ? null : samplesMissing(failing.losses, failing.alpha, delta, test),
      steps,
    };
  }
}

/** Losses of the requests at a threshold as the test takes them: corrected by gold, independent, in [0, 1]. */
function testedLosses(
  { score, incumbentQuality, routedQuality, session, gold }: AuditSample,
  rows: readonly number[],
  { loss }: Pick<CertifyOptions, "loss">,
  threshold: number,
  risk: number,
): { readonly losses: Float64Array; readonly alpha: number } {
  const { ofRouted, stays } = LOSSES[loss];
  const lossOf = (row: number, incumbent: Float64Array, routed: Float64Array) =>
    score[row]! >= threshold ? ofRouted(incumbent[row]!, routed[row]!) : stays;
  const judged = Float64Array.from(rows, (row) => lossOf(row, incumbentQuality, routedQuality));
  const corrected =
    gold === undefined
      ? { losses: judged, alpha: risk }
      : correctedLosses(
          {
            judged,
            isLabelled: Uint8Array.from(rows, (row) => gold.isLabelled[row]!),
            gold: Float64Array.from(rows, (row) => lossOf(row, gold.incumbentQuality, gold.routedQuality)),
            goldInclusion: gold.inclusion,
          },
          risk,
        );
  const sessions = session === undefined ? undefined : rows.map((row) => session[row]!);
  return { losses: sessionLosses(corrected.losses, sessions, corrected.alpha), alpha: corrected.alpha };
}

function meanLoss(
  { score, incumbentQuality, routedQuality }: AuditSample,
  rows: readonly number[],
  { loss }: Pick<CertifyOptions, "loss">,
  threshold: number,
): number {
  const { ofRouted, stays } = LOSSES[loss];
  let sum = 0;
  for (const row of rows)
    sum += score[row]! >= threshold ? ofRouted(incumbentQuality[row]!, routedQuality[row]!) : stays;
  return sum / rows.length;
}
