import { z } from "zod";
import type { Decision } from "../../engine/decision.ts";
import { TracedCandidate } from "../../engine/schema/decision-trace.ts";
import { ChosenPlan } from "../../engine/schema/plan-offer.ts";
import type { PolicyConfig } from "../../engine/schema/route-config.ts";

/** All that following a plan needs of the decision that made it: it can be kept, and followed by whoever has it. */
export const PlanBasis = z.strictObject({
  plan: ChosenPlan,
  /** Those that the plan's indices name. */
  candidates: z.array(TracedCandidate),
  inputTokens: z.number(),
  /** Of the router whose cascade judges the answers; with another one nothing judges them. */
  routerVersion: z.string(),
  /** A streaming client gets the first model's answer at once, and nobody else is asked. */
  streamsAtOnce: z.boolean(),
});
export type PlanBasis = z.infer<typeof PlanBasis>;

/** null where the decision is one call. */
export function planBasisOf({ choice, facts, router, policy }: Decision): PlanBasis | null {
  const { plan } = choice;
  if (plan === null) return null;
  const { candidates, inputTokens } = facts;
  const streamsAtOnce = plan.rule === "format" || wantsFirst(policy);
  return { plan, candidates, inputTokens, routerVersion: router.version, streamsAtOnce };
}

/** As the options of `cascade`, or those under `plans` of `quality-target`, say. */
function wantsFirst(policy: PolicyConfig): boolean {
  const options = (policy["plans"] ?? policy) as { readonly whenStreaming?: unknown }; // checked by the policy
  return options.whenStreaming === "first";
}

/** A plan's name as a single choice: equal for plans that ask the same in the same way. */
export function planChoiceName({ plan, candidates }: Pick<PlanBasis, "plan" | "candidates">): string {
  const name = (index: number) => candidates[index]!.candidateId;
  const later = plan.candidates.filter((index) => !plan.first.includes(index));
  return `plan:${plan.rule}(${plan.first.map(name).join("+")}>${later.map(name).join("|")})`;
}
