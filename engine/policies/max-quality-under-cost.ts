import { z } from "zod";
import { nanoFromUsd } from "../cost.ts";
import { definePolicy } from "../policy.ts";
import { bestNetQuality, cheapest, scoredQuality } from "./_net-quality.ts";

/** Best quality among the candidates whose expected cost is at most `maxCostUsd`; the cheapest when none is. */
export default definePolicy({
  name: "max-quality-under-cost",
  options: z.strictObject({ maxCostUsd: z.number().positive() }),
  examples: [{ maxCostUsd: 0.001 }, { maxCostUsd: 1e-9 }, { maxCostUsd: 1000 }],
  ready({ maxCostUsd }) {
    const limit = nanoFromUsd(maxCostUsd);
    return {
      facts: {},
      decide({ scored }) {
        const quality = scoredQuality(scored);
        for (let i = 0; i < scored.length; i++) if (scored[i]!.costNanoUsd > limit) quality[i] = Number.NaN;
        const within = bestNetQuality(scored, quality, 0);
        const chosen = within === -1 ? cheapest(scored, () => true) : within;
        return { chosen, reason: "best_quality_within_cost", propensity: 1 };
      },
    };
  },
});
