import { z } from "zod";
import { definePolicy } from "../policy.ts";
import { bestNetQuality, scoredQuality } from "./_net-quality.ts";

/** Best quality after charging for the expected cost at a given price of quality. */
export default definePolicy({
  name: "cost-penalty",
  options: z.strictObject({
    /** What one full point of quality is worth, in nano-USD; 1e7 is a cent. */
    nanoUsdPerQuality: z.number().positive(),
  }),
  examples: [{ nanoUsdPerQuality: 1e7 }, { nanoUsdPerQuality: 1 }],
  ready({ nanoUsdPerQuality }) {
    const lambda = 1 / nanoUsdPerQuality;
    return {
      facts: { lambda },
      decide({ scored }) {
        return {
          chosen: bestNetQuality(scored, scoredQuality(scored), lambda),
          reason: "best_net_quality",
          propensity: 1,
        };
      },
    };
  },
});
