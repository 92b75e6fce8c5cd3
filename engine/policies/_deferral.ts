import { z } from "zod";
import type { AnswerSignals } from "../policy.ts";

/**
 * Log-odds that each signal adds. Agreement: two comparable cheap models of different makers moved the odds of being right
 * from 2.4 to 22 when they agreed and to 0.23 when they did not, on short exact answers. The others are set alike, for
 * want of data; refit them per model where labels exist.
 */
export const SignalWeights = z.strictObject({
  agreement: z.number().nonnegative().default(2.2),
  check: z.number().nonnegative().default(2.2),
  /** A nat of mean log-probability above or below `logProbabilityCentre`. */
  logProbability: z.number().nonnegative().default(2),
  logProbabilityCentre: z.number().max(0).default(-0.35),
});
export type SignalWeights = z.infer<typeof SignalWeights>;

const EDGE = 1e-3;

/**
 * Probability that an answer in hand is right: the quality expected before the call, moved by what the answer shows.
 * A failed check (0) rejects the answer outright; without signals the expectation stays.
 *
 * @returns in [0, 1]
 */
export function deferralScore(prior: number, signals: AnswerSignals, weights: SignalWeights): number {
  const { agreement, check, meanLogProbability } = signals;
  if (check === 0) return 0;
  const inside = Math.min(1 - EDGE, Math.max(EDGE, prior));
  let odds = Math.log(inside / (1 - inside));
  if (agreement !== null) odds += weights.agreement * (2 * agreement - 1);
  if (check !== null) odds += weights.check * (2 * check - 1);
  if (meanLogProbability !== null) odds += weights.logProbability * (meanLogProbability - weights.logProbabilityCentre);
  return 1 / (1 + Math.exp(-odds));
}
