import { z } from "zod";
import { EngineError } from "../errors.ts";
import { definePolicy, type PolicyContext, type ReadyPolicy } from "../policy.ts";
import { PolicyConfig } from "../schema/route-config.ts";

/**
 * Another policy, but with probability `epsilon` a candidate drawn evenly from the eligible ones. The recorded propensity
 * is that of the choice however it came about, so that logs stay usable to judge other policies.
 */
export default definePolicy({
  name: "exploring",
  options: z.strictObject({
    epsilon: z.number().min(0).max(1).default(0.02),
    policy: PolicyConfig.default({ name: "quality-target" }),
  }),
  drawsLots: true,
  examples: [{}, { epsilon: 0.3, policy: { name: "always", candidate: "cheap" } }, { epsilon: 1 }],
  ready: ({ epsilon, policy }, _, context) => explore(epsilon, innerPolicy(policy, context)),
  restore: ({ epsilon, policy }, _, context) => explore(epsilon, innerPolicy(policy, context)),
});

function innerPolicy(config: PolicyConfig, context: PolicyContext | undefined): ReadyPolicy {
  if (context === undefined) throw new EngineError("unknown_policy", "exploring needs to be made by readyPolicy");
  return context.make(config);
}

function explore(epsilon: number, inner: ReadyPolicy): ReadyPolicy {
  return {
    get facts() {
      return inner.facts;
    },
    ...(inner.estimate && { estimate: (input) => inner.estimate!(input) }),
    ...(inner.settle && { settle: (cost, nowMs) => inner.settle!(cost, nowMs) }),
    decide(input, estimates) {
      const own = inner.decide(input, estimates);
      const count = input.scored.length;
      if (own.propensity !== 1) throw new RangeError("a policy that draws lots itself cannot be explored around");
      // An incumbent that is not among the candidates has no propensity to share.
      if (own.chosen === -1) return own;
      const isExploring = input.rng.next() < epsilon;
      const drawn = isExploring ? Math.min(count - 1, Math.floor(input.rng.next() * count)) : own.chosen;
      const propensity = epsilon / count + (drawn === own.chosen ? 1 - epsilon : 0);
      return { chosen: drawn, reason: drawn === own.chosen ? own.reason : "explored", propensity };
    },
  };
}
