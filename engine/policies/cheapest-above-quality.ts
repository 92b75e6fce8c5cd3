import { z } from "zod";
import { definePolicy } from "../policy.ts";
import { bestNetQuality, cheapest, scoredQuality } from "./_net-quality.ts";

/**
 * The literal promise: the cheapest candidate whose quality is at least `quality`; the best one when none is. With many
 * candidates this does worse than `quality-target` at equal cost, because a prompt that is hard for all goes to the
 * strongest for nothing and the luckiest of the cheap ones is picked.
 */
export default definePolicy({
  name: "cheapest-above-quality",
  options: z.strictObject({
    quality: z.number().min(0).max(1).default(0.8),
    /** Compare the expected quality or its lower bound. */
    by: z.enum(["expected", "low"]).default("expected"),
  }),
  examples: [{}, { quality: 0, by: "low" }, { quality: 1 }],
  ready({ quality, by }) {
    return {
      facts: {},
      decide({ scored }) {
        const chosen = cheapest(scored, (i) => (by === "low" ? scored[i]!.qualityLow : scored[i]!.quality) >= quality);
        if (chosen !== -1) return { chosen, reason: "threshold_met", propensity: 1 };
        return { chosen: bestNetQuality(scored, scoredQuality(scored), 0), reason: "threshold_unmet", propensity: 1 };
      },
    };
  },
});
