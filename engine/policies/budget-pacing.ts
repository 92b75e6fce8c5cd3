import { z } from "zod";
import { nanoFromUsd } from "../cost.ts";
import { definePolicy, type PolicyFacts, type ReadyPolicy, type RouteCalibration } from "../policy.ts";
import { bestNetQuality, cheapest, scoredQuality } from "./_net-quality.ts";

const HOUR_MS = 3_600_000;
const PERIOD_MS = { "1h": HOUR_MS, "1d": 24 * HOUR_MS, "7d": 168 * HOUR_MS, "30d": 720 * HOUR_MS } as const;

/** How fast the multiplier follows: a request at twice its share raises it by 5 %. */
const STEP = 0.05;
/** One dear request counts as no more than this many shares. */
const MOST_SHARES = 10;
/** Weight of the newest gap between two requests. */
const GAP_WEIGHT = 0.02;
const LEAST_LAMBDA = 1e-13;
const MOST_LAMBDA = 1;

interface State {
  readonly lambda: number;
  readonly periodStartMs: number;
  readonly spentNanoUsd: number;
  /** Mean time between two requests; 0 while unknown. */
  readonly gapMs: number;
  readonly lastMs: number;
}

/**
 * Best quality for a period's budget, spent evenly: argmax quality - lambda x cost, where lambda rises when requests cost
 * more than their share of what is left and falls when they cost less. Periods begin at whole multiples since 1970. Keeps
 * enough for every request still expected to be served by its cheapest candidate; a candidate that does not fit into the
 * rest is not chosen, and when none fits the cheapest is, for a policy cannot refuse (a key's budget can).
 *
 * State: lambda, the period's spending and the pace of requests, told by `settle`; in memory, carried over a swap.
 *
 * @source dual gradient descent for online allocation, Balseiro, Lu & Mirrokni 2020, arXiv:2002.10421, in the logarithm
 */
export default definePolicy({
  name: "budget-pacing",
  options: z.strictObject({
    budgetUsd: z.number().positive(),
    period: z.enum(["1h", "1d", "7d", "30d"]).default("1d"),
  }),
  examples: [{ budgetUsd: 10 }, { budgetUsd: 1e-9, period: "1h" }],
  ready({ budgetUsd, period }, calibration, context) {
    const previous = context?.previous ?? null;
    const state = previous?.periodStartMs === undefined ? startState(calibration) : stateOf(previous);
    return pace(nanoFromUsd(budgetUsd), PERIOD_MS[period], state);
  },
  restore: ({ budgetUsd, period }, facts) => pace(nanoFromUsd(budgetUsd), PERIOD_MS[period], stateOf(facts)),
});

function pace(budget: number, periodMs: number, initial: State): ReadyPolicy {
  let state = initial;
  /** The state as it is at a time: a new period has spent nothing. */
  const at = (nowMs: number): State => {
    const periodStartMs = Math.floor(nowMs / periodMs) * periodMs;
    return state.periodStartMs === periodStartMs ? state : { ...state, periodStartMs, spentNanoUsd: 0 };
  };
  const requestsLeft = ({ gapMs, periodStartMs }: State, nowMs: number): number =>
    gapMs === 0 ? 1 : Math.max(1, (periodStartMs + periodMs - nowMs) / gapMs);

  return {
    get facts() {
      return { ...state };
    },
    decide({ scored, nowMs }) {
      const now = at(nowMs);
      const least = cheapest(scored, () => true);
      const kept = scored[least]!.costNanoUsd * (requestsLeft(now, nowMs) - 1);
      const rest = budget - now.spentNanoUsd - kept;
      const quality = scoredQuality(scored);
      for (let i = 0; i < scored.length; i++) if (scored[i]!.costNanoUsd > rest) quality[i] = Number.NaN;
      const best = bestNetQuality(scored, quality, now.lambda);
      return { chosen: best === -1 ? least : best, reason: "within_budget_pace", propensity: 1 };
    },
    settle(costNanoUsd, nowMs) {
      const now = at(nowMs);
      const gap = now.lastMs === 0 ? 0 : Math.max(0, nowMs - now.lastMs);
      const gapMs = now.gapMs === 0 ? gap : now.gapMs + GAP_WEIGHT * (gap - now.gapMs);
      const left = Math.max(0, budget - now.spentNanoUsd);
      const share = left / requestsLeft({ ...now, gapMs }, nowMs);
      const shares = share > 0 ? Math.min(MOST_SHARES, costNanoUsd / share) : MOST_SHARES;
      const isPaced = gapMs > 0;
      const lambda = isPaced ? now.lambda * Math.exp(STEP * (shares - 1)) : now.lambda;
      state = {
        lambda: Math.min(MOST_LAMBDA, Math.max(LEAST_LAMBDA, lambda)),
        periodStartMs: now.periodStartMs,
        spentNanoUsd: now.spentNanoUsd + costNanoUsd,
        gapMs,
        lastMs: nowMs,
      };
    },
  };
}

/** Begins where the mean difference in cost between the route's candidates is worth a tenth of quality. */
function startState(calibration: RouteCalibration | null): State {
  const start = { periodStartMs: 0, spentNanoUsd: 0, gapMs: 0, lastMs: 0 };
  if (calibration === null) return { ...start, lambda: 1e-7 };
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const cost of calibration.costNanoUsd) {
    if (cost < least) least = cost;
    if (cost > most) most = cost;
  }
  return { ...start, lambda: most > least ? 0.1 / (most - least) : 1e-7 };
}

function stateOf(facts: PolicyFacts): State {
  const { lambda = 1e-7, periodStartMs = 0, spentNanoUsd = 0, gapMs = 0, lastMs = 0 } = facts;
  return { lambda, periodStartMs, spentNanoUsd, gapMs, lastMs };
}
