import { z } from "zod";
import { definePolicy } from "../policy.ts";

/** Each eligible candidate with equal probability; the baseline, and the way to unconfounded labels. */
export default definePolicy({
  name: "random",
  options: z.strictObject({}),
  usesScores: false,
  drawsLots: true,
  ready() {
    return {
      facts: {},
      decide({ scored, rng }) {
        const chosen = Math.min(scored.length - 1, Math.floor(rng.next() * scored.length));
        return { chosen, reason: "random", propensity: 1 / scored.length };
      },
    };
  },
});
