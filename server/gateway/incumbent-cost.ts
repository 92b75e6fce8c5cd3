import { boundedOutputTokens } from "../../engine/capability.ts";
import type { NanoUsd } from "../../engine/cost.ts";
import type { Candidate } from "../../engine/schema/candidate.ts";
import type { Usage } from "../chat.ts";
import type { CallPlan } from "./plan-call.ts";
import type { Story } from "./story.ts";
import { costOfUsage, withInputOf } from "./usage-meter.ts";

/** What the cache gave would have cost its own price where no incumbent is known; one that mends, as the first was asked. */
export function costAtIncumbent(
  { plan, candidate, cached, mended, state }: Pick<Story, "plan" | "candidate" | "cached" | "mended" | "state">,
  usage: Usage | null,
): NanoUsd | null {
  if (usage === null || plan === null || candidate === null) return null;
  const asked = mended === null ? usage : withInputOf(mended, usage);
  const cost = incumbentCost(plan, candidate, asked, state.routers.catalogue.candidates);
  return cost === null && cached?.pays === false ? costOfUsage(usage, candidate) : cost;
}

/**
 * What the answer would have cost at the route's incumbent, from what it used where it was given:
 *
 *     output at incumbent = output x foretold output of incumbent / foretold output of the model that answered
 *     cost at incumbent   = incumbent's price of (input in its classes, output at incumbent)
 *
 * Input keeps its classes: what was read from a prompt cache is reckoned as read from the incumbent's, for a route that
 * stays with one model has a warm cache too. Forecasts give only the ratio of lengths, so an error that both share
 * cancels; without both the lengths are taken as equal. The output stays within what was asked for and what the
 * incumbent can write, unless the answer itself was longer.
 *
 * @returns null where there is no decision or no incumbent, or its price is unknown
 */
export function incumbentCost(
  plan: CallPlan,
  answered: Candidate,
  usage: Usage,
  catalogue: readonly Candidate[],
): NanoUsd | null {
  if (plan.decision === null) return null;
  const incumbent = catalogue.find(({ candidateId }) => candidateId === plan.route?.incumbent);
  if (incumbent === undefined) return null;
  if (incumbent.candidateId === answered.candidateId) return costOfUsage(usage, incumbent);
  const there = usageAt(incumbent, plan, answered, usage);
  // A service tier that the incumbent does not sell is no part of what it would have cost.
  return costOfUsage(there, incumbent) ?? costOfUsage({ ...there, serviceTier: "default" }, incumbent);
}

function usageAt(incumbent: Candidate, plan: CallPlan, answered: Candidate, usage: Usage): Usage {
  const ratio = lengthRatio(plan, incumbent, answered);
  if (ratio === 1) return usage;
  const asked = plan.conversation?.maxOutputTokens ?? null;
  const output = Math.round(
    Math.max(Math.min(usage.output, usage.output * ratio), boundedOutputTokens(usage.output * ratio, incumbent, asked)),
  );
  const part = (tokens: number) => Math.min(output, Math.round(tokens * ratio));
  const { outputAudio, outputImage } = usage;
  return {
    ...usage,
    output,
    reasoning: part(usage.reasoning),
    ...(outputAudio === undefined ? {} : { outputAudio: part(outputAudio) }),
    ...(outputImage === undefined ? {} : { outputImage: Math.min(part(outputImage), output - part(outputAudio ?? 0)) }),
  };
}

function lengthRatio({ decision }: CallPlan, incumbent: Candidate, answered: Candidate): number {
  const foretold = ({ candidateId }: Candidate) =>
    decision?.facts.candidates.find((one) => one.candidateId === candidateId)?.outputTokens ?? null;
  const [there, here] = [foretold(incumbent), foretold(answered)];
  return there === null || here === null || here <= 0 ? 1 : there / here;
}
