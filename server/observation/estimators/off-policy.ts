import { clusteredMean, type Estimate, sumOf } from "./estimate.ts";
import { effectiveSampleSize, hajekMean } from "./ipw.ts";
import { normalInterval } from "./normal-interval.ts";

/** Requests that a policy with known propensities served, seen through another policy. */
export interface LoggedChoices {
  readonly reward: Float64Array;
  /** [n] probability with which the logged choice was made, in (0, 1]. */
  readonly propensity: Float64Array;
  /** [n] probability with which the other policy would make that choice. */
  readonly target: Float64Array;
  /** [n] reward expected of the logged choice, by something not fitted on the row. */
  readonly expectedLogged: Float64Array;
  /** [n] reward expected under the other policy. */
  readonly expectedTarget: Float64Array;
  readonly cluster?: ArrayLike<number | string>;
}

const MOST_WEIGHT = 100;

export interface OffPolicyOptions {
  readonly confidence: number;
  /** Weights above it are cut, which is said: 100. */
  readonly mostWeight?: number;
  /** Refused below: 200 and a twentieth of the rows. */
  readonly leastEffective?: number;
  readonly leastEffectiveShare?: number;
}

export type OffPolicyValue =
  | {
      readonly kind: "value";
      readonly n: number;
      readonly effectiveSampleSize: number;
      /** Of rows whose weight was cut. */
      readonly clippedShare: number;
      /** Close to 1 when the log covers what the other policy would choose; its interval should hold 1. */
      readonly meanWeight: Estimate;
      readonly ips: Estimate;
      readonly snips: Estimate;
      readonly dr: Estimate;
    }
  | {
      readonly kind: "refused";
      readonly reason: "no_rows" | "sample_too_small" | "no_overlap";
      readonly message: string;
      readonly n: number;
      readonly effectiveSampleSize: number;
    };

/**
 * Value of a policy from another one's log: inverse propensity (IPS), self-normalised (SNIPS) and doubly robust (DR).
 * Refuses rather than reports a figure that a few heavy rows made.
 *
 * @source Dudik, Langford & Li 2011; Swaminathan & Joachims 2015
 */
export function offPolicyValue(rows: LoggedChoices, options: OffPolicyOptions): OffPolicyValue {
  const { reward, propensity, target, cluster } = rows;
  const { confidence, mostWeight = MOST_WEIGHT, leastEffective = 200, leastEffectiveShare = 0.05 } = options;
  const n = reward.length;
  const raw = target.map((chance, row) => chance / propensity[row]!);
  const weight = weightsOf(rows, mostWeight);
  const effective = effectiveSampleSize(weight);
  const refused = (reason: "no_rows" | "sample_too_small" | "no_overlap", message: string) =>
    ({ kind: "refused", reason, message, n, effectiveSampleSize: effective }) as const;
  if (n === 0) return refused("no_rows", "the log has no row with a propensity and an outcome");
  if (effective < leastEffective || effective < leastEffectiveShare * n) {
    const least = Math.ceil(Math.max(leastEffective, leastEffectiveShare * n));
    return refused(
      "sample_too_small",
      `${n} rows speak for the policy as ${effective.toFixed(0)} would; at least ${least} are needed: log more, or explore more`,
    );
  }
  const mean = (values: Float64Array, method: string) =>
    normalInterval(clusteredMean(values, cluster), confidence, method);
  const meanWeight = mean(weight, "mean_weight");
  const spread = clusteredMean(weight, cluster).standardError;
  if (meanWeight.value < 1 - Math.max(0.05, 5 * spread)) {
    return refused(
      "no_overlap",
      `the log's choices cover ${(100 * meanWeight.value).toFixed(0)} % of what the policy would choose; the rest was never tried`,
    );
  }
  const weighted = reward.map((value, row) => weight[row]! * value);
  const isUsed = [...weight.keys()].filter((row) => weight[row]! > 0);
  const snips = hajekMean({
    outcome: Float64Array.from(isUsed, (row) => reward[row]!),
    inclusion: Float64Array.from(isUsed, (row) => 1 / weight[row]!),
    ...(cluster === undefined ? {} : { cluster: isUsed.map((row) => cluster[row]!) }),
  });
  return {
    kind: "value",
    n,
    effectiveSampleSize: effective,
    clippedShare: sumOf(raw.map((value) => (value > mostWeight ? 1 : 0))) / n,
    meanWeight,
    ips: mean(weighted, "ips_normal"),
    snips: normalInterval(snips, confidence, "snips_normal"),
    dr: mean(robust(rows, weight), "dr_normal"),
  };
}

export type OffPolicyDifference =
  | { readonly kind: "value"; readonly difference: Estimate }
  | Extract<OffPolicyValue, { kind: "refused" }>;

/**
 * Value of one policy less that of another on the same rows of a log, doubly robust and paired, so that what they have in
 * common cancels. Refused where either value would be.
 *
 * @param second the same rows; only what the policy chooses differs
 */
export function offPolicyDifference(
  first: LoggedChoices,
  second: LoggedChoices,
  options: OffPolicyOptions,
): OffPolicyDifference {
  for (const rows of [first, second]) {
    const value = offPolicyValue(rows, options);
    if (value.kind === "refused") return value;
  }
  const [ours, theirs] = [first, second].map((rows) =>
    robust(rows, weightsOf(rows, options.mostWeight ?? MOST_WEIGHT)),
  ) as [Float64Array, Float64Array]; // two policies in, two out
  const gain = ours.map((value, row) => value - theirs[row]!);
  return {
    kind: "value",
    difference: normalInterval(clusteredMean(gain, first.cluster), options.confidence, "paired_dr_normal"),
  };
}

function weightsOf({ target, propensity }: LoggedChoices, mostWeight: number): Float64Array {
  return target.map((chance, row) => Math.min(chance / propensity[row]!, mostWeight));
}

function robust({ reward, expectedLogged, expectedTarget }: LoggedChoices, weight: Float64Array): Float64Array {
  return reward.map((value, row) => expectedTarget[row]! + weight[row]! * (value - expectedLogged[row]!));
}
