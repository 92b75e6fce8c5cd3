import { z } from "zod";
import { type AnswerSignals, definePolicy, type PolicyInput, type ReadyPolicy } from "../policy.ts";
import { deferralScore, SignalWeights } from "./_deferral.ts";
import { bestNetQuality, scoredQuality } from "./_net-quality.ts";
import qualityTarget from "./quality-target.ts";

const Options = z.strictObject({
  /** Share of the incumbent's quality to keep, as for `quality-target`, whose lambda is used throughout. */
  quality: z.number().positive().max(2).default(0.95),
  maxCalls: z.number().int().min(1).max(5).default(2),
  /** A cheap model is asked first only below this share of the price of the one chosen without looking. */
  priceRatio: z.number().positive().max(1).default(0.1),
  /** How much of a perfect judge the answer's signals are worth, in [0, 1]; 0.3 to 0.4 was measured on exact tasks. */
  signalStrength: z.number().min(0).max(1).default(0.35),
  /** What is left of another candidate's quality when an answer was wrong: such prompts are hard for all. */
  hardness: z.number().min(0).max(1).default(0.7),
  weights: SignalWeights.prefault({}),
});
type Options = z.infer<typeof Options>;

/**
 * Asks a cheap candidate first where that is worth it, looks at its answer, and calls another one when that one's expected
 * quality, less lambda x cost, exceeds what the answers in hand are worth. In the end the answer most likely to be right
 * is kept. The second step is a choice among all candidates, not a fixed strong model.
 */
export default definePolicy({
  name: "cascade",
  options: Options,
  examples: [{}, { maxCalls: 1 }, { priceRatio: 1, signalStrength: 1 }],
  ready: (options, calibration) => cascade(options, qualityTarget.ready({ quality: options.quality }, calibration)),
  restore: (options, facts) => cascade(options, qualityTarget.restore!({ quality: options.quality }, facts)),
});

function cascade(options: Options, inner: ReadyPolicy): ReadyPolicy {
  const lambda = inner.facts.lambda ?? 0;
  const { estimate } = inner;
  const estimatesOf = (input: PolicyInput) => estimate?.(input) ?? scoredQuality(input.scored);
  return {
    facts: inner.facts,
    ...(estimate && { estimate }),
    decide(input, estimates = estimatesOf(input)) {
      const alone = inner.decide(input, estimates);
      if (alone.chosen === -1 || options.maxCalls < 2) return alone;
      const first = worthAskingFirst(input, estimates, alone.chosen, lambda, options);
      return first === -1 ? alone : { chosen: first, reason: "cascade_first", propensity: 1 };
    },
    next(input, answers, estimates = estimatesOf(input)) {
      const { scored } = input;
      const inHand = answers.map((answer) => believed(answer, estimates, input, options));
      const kept = inHand.indexOf(Math.max(...inHand));
      const stop = { kind: "stop", answer: answers[kept]!.candidate, quality: inHand[kept]! } as const;
      if (answers.length >= options.maxCalls) return stop;
      const updated = estimates.map((value) => value * (options.hardness + (1 - options.hardness) * stop.quality));
      for (const { candidate } of answers) updated[candidate] = Number.NaN;
      const other = bestNetQuality(scored, updated, lambda);
      if (other === -1 || updated[other]! - lambda * scored[other]!.costNanoUsd <= stop.quality) return stop;
      return { kind: "call", candidate: other, quality: updated[other]! };
    },
  };
}

/** The candidate whose answer is best worth a look before the one chosen without looking is called; -1 for none. */
function worthAskingFirst(
  { scored }: PolicyInput,
  estimates: Float64Array,
  alone: number,
  lambda: number,
  { priceRatio, signalStrength, hardness }: Options,
): number {
  const later = estimates[alone]! * hardness - lambda * scored[alone]!.costNanoUsd;
  let best = -1;
  let bestWorth = estimates[alone]! - lambda * scored[alone]!.costNanoUsd;
  for (let i = 0; i < scored.length; i++) {
    const own = estimates[i]!;
    if (i === alone || scored[i]!.costNanoUsd > priceRatio * scored[alone]!.costNanoUsd) continue;
    const rescued = signalStrength * (1 - own) * Math.max(0, later);
    const worth = own + rescued - lambda * scored[i]!.costNanoUsd;
    if (worth > bestWorth) {
      best = i;
      bestWorth = worth;
    }
  }
  return best;
}

function believed(
  answer: AnswerSignals,
  estimates: Float64Array,
  { scored }: PolicyInput,
  { weights }: Options,
): number {
  const prior = estimates[answer.candidate]!;
  return deferralScore(Number.isNaN(prior) ? scored[answer.candidate]!.quality : prior, answer, weights);
}
