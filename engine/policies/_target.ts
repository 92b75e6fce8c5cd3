import type { PolicyFacts, PolicyInput, ReadyPolicy, RouteCalibration } from "../policy.ts";
import type { DecisionReason } from "../schema/decision.ts";
import { bestNetQuality, cheapest, scoredQuality } from "./_net-quality.ts";
import { solveTradeOff } from "./_trade-off.ts";

/** A policy's own view of quality, for calibration rows and for requests. */
export interface Estimator {
  /** [rows x candidates] estimates of the calibration rows, as good or bad as those of new requests. */
  readonly rows: Float64Array;
  /** @param candidates index of each scored candidate in the calibration, -1 when it is not among them */
  estimate(input: PolicyInput, candidates: Int32Array, out: Float64Array): void;
}

/**
 * A policy that keeps a quality target over the route's traffic at least cost: it solves for the lambda of argmax
 * estimate - lambda x cost whose mean quality on the calibration rows is the target's share of the incumbent's.
 *
 * Judged are choices by the quality that was observed, and by the estimate where none was. Candidates that another one
 * beats in both mean estimate and mean cost are dropped unless keeping them meets the target for less.
 */
export function readyTarget(
  share: number,
  calibration: RouteCalibration,
  estimator: Estimator,
  reasons: TargetReasons,
): ReadyPolicy {
  const { rows, candidateIds, incumbent, costNanoUsd, observed } = calibration;
  const width = candidateIds.length;
  const estimate = estimator.rows;
  const value = Float64Array.from(observed, (seen, cell) => (Number.isNaN(seen) ? estimate[cell]! : seen));
  const data = { rows, candidates: width, estimate, value, cost: costNanoUsd };
  const means = columnMeans(data.value, rows, width);
  const costs = columnMeans(costNanoUsd, rows, width);
  const target = share * means[incumbent]!;

  const everyone = candidateIds.map(() => true);
  const undominated = keepUndominated(columnMeans(estimate, rows, width), costs, incumbent);
  const whole = solveTradeOff(data, everyone, target);
  const reduced = solveTradeOff(data, undominated, target);
  const keepsAll = whole.isMet && (!reduced.isMet || whole.cost < reduced.cost);
  const solved = keepsAll ? whole : reduced;
  const isKept = keepsAll ? everyone : undominated;
  const indexOf = new Map(candidateIds.map((id, i) => [id, i]));

  const facts = {
    lambda: solved.lambda,
    isMet: solved.isMet ? 1 : 0,
    expectedQuality: solved.quality,
    expectedCostNanoUsd: solved.cost,
    incumbentQuality: means[incumbent]!,
    incumbentCostNanoUsd: costs[incumbent]!,
    calibrationRows: rows,
    candidatesKept: isKept.filter(Boolean).length,
  };
  const estimateScored = (input: PolicyInput): Float64Array => {
    const { scored } = input;
    const candidates = new Int32Array(scored.length);
    let kept = 0;
    for (let i = 0; i < scored.length; i++) {
      const c = indexOf.get(scored[i]!.candidateId) ?? -1;
      candidates[i] = c;
      if (c !== -1 && isKept[c]!) kept++;
    }
    const out = new Float64Array(scored.length);
    estimator.estimate(input, candidates, out);
    if (kept === 0) return out;
    for (let i = 0; i < out.length; i++) if (candidates[i] !== -1 && !isKept[candidates[i]!]!) out[i] = Number.NaN;
    return out;
  };
  const decider = decideByFacts(facts, reasons);
  return {
    facts,
    estimate: estimateScored,
    decide: (input, estimates = estimateScored(input)) => decider.decide(input, estimates),
  };
}

export interface TargetReasons {
  readonly met: DecisionReason;
  readonly unmet: DecisionReason;
}

/** The deciding half of a target policy, from its facts; enough for replay. */
export function decideByFacts(facts: PolicyFacts, reasons: TargetReasons): ReadyPolicy {
  const lambda = facts.lambda ?? 0;
  const reason = facts.isMet === 1 ? reasons.met : reasons.unmet;
  return {
    facts,
    decide(input, estimates = scoredQuality(input.scored)) {
      const chosen = bestNetQuality(input.scored, estimates, lambda);
      return { chosen, reason, propensity: 1 };
    },
  };
}

/**
 * Without calibration rows no lambda can be solved, and each request stands alone: the cheapest candidate whose lower
 * bound reaches the target's share of the incumbent's quality. Without a known incumbent nothing can be promised against
 * it, so it keeps the request.
 */
export function withoutCalibration(share: number): ReadyPolicy {
  return {
    facts: { perRequest: 1 },
    decide({ scored, incumbent }) {
      if (incumbent === -1) return { chosen: -1, reason: "incumbent", propensity: 1 };
      const wanted = share * scored[incumbent]!.quality;
      const chosen = cheapest(scored, (i) => i === incumbent || scored[i]!.qualityLow >= wanted);
      return { chosen, reason: chosen === incumbent ? "incumbent" : "cheapest_meeting_target", propensity: 1 };
    },
  };
}

/** The incumbent stays: the promise is made against it. */
function keepUndominated(quality: Float64Array, cost: Float64Array, incumbent: number): boolean[] {
  return Array.from(quality, (own, c) => {
    if (c === incumbent) return true;
    return !quality.some((other, k) => {
      if (k === c || other < own || cost[k]! > cost[c]!) return false;
      return other > own || cost[k]! < cost[c]! || k < c;
    });
  });
}

function columnMeans(matrix: Float64Array | Float32Array, rows: number, width: number): Float64Array {
  const means = new Float64Array(width);
  for (let cell = 0; cell < matrix.length; cell++) means[cell % width]! += matrix[cell]! / rows;
  return means;
}
