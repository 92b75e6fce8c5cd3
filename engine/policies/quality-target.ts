import { z } from "zod";
import { definePolicy, type PolicyFacts, type ReadyPolicy, type RouteCalibration } from "../policy.ts";
import { PlanOptions, restoredPlans, withPlans } from "./_plans.ts";
import { fitShrinkage, shrink } from "./_shrinkage.ts";
import { decideByFacts, readyTarget, withoutCalibration } from "./_target.ts";

const REASONS = { met: "cheapest_meeting_target", unmet: "best_net_quality" } as const;

/**
 * Least cost whose expected quality over the route's traffic is at least `quality` times the incumbent's: argmax of
 * quality - lambda x cost, with lambda solved on calibration rows and the differences between candidates shrunk as far as
 * observed quality says. Facts: `lambda` (quality a nano-USD), `shrinkage`, `isMet`, and what is expected of it.
 */
export default definePolicy({
  name: "quality-target",
  options: z.strictObject({
    quality: z.number().positive().max(2).default(0.95),
    /** Lets it follow plans that look at answers, as `cascade` does; absent: one model a request. */
    plans: PlanOptions.optional(),
  }),
  examples: [{}, { plans: {} }],
  ready({ quality, plans }, calibration) {
    const alone = choosing(quality, calibration);
    return plans === undefined ? alone : withPlans(alone, quality, plans, calibration);
  },
  restore({ quality, plans }, facts) {
    const alone = restored(quality, facts);
    return plans === undefined ? alone : restoredPlans(alone, facts);
  },
});

function choosing(quality: number, calibration: RouteCalibration | null): ReadyPolicy {
  if (calibration === null) return withoutCalibration(quality);
  if (calibration.incumbent === -1) return keepIncumbent();
  const shrinkage = fitShrinkage(calibration);
  const { rows, candidateIds } = calibration;
  const width = candidateIds.length;
  const estimates = new Float64Array(rows * width);
  const everyone = Int32Array.from({ length: width }, (_, c) => c);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    const to = from + width;
    shrink(shrinkage, calibration.quality.subarray(from, to), everyone, estimates.subarray(from, to));
  }
  const ready = readyTarget(
    quality,
    calibration,
    {
      rows: estimates,
      estimate({ scored }, candidates, out) {
        for (let i = 0; i < scored.length; i++) out[i] = scored[i]!.quality;
        shrink(shrinkage, out, candidates, out);
      },
    },
    REASONS,
  );
  return { ...ready, facts: { ...ready.facts, shrinkage: shrinkage.factor, labels: shrinkage.labels } };
}

function restored(quality: number, facts: PolicyFacts): ReadyPolicy {
  if (facts.perRequest === 1) return withoutCalibration(quality);
  return facts.keepIncumbent === 1 ? keepIncumbent() : decideByFacts(facts, REASONS);
}

/** Nothing is promised against an incumbent that the router knows nothing of. */
function keepIncumbent(): ReturnType<typeof withoutCalibration> {
  return {
    facts: { keepIncumbent: 1 },
    decide: ({ incumbent }) => ({ chosen: incumbent, reason: "incumbent", propensity: 1 }),
  };
}
