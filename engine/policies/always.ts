import { z } from "zod";
import { definePolicy } from "../policy.ts";

/** Always the same candidate (default: the incumbent), and the incumbent when that one is not eligible. */
export default definePolicy({
  name: "always",
  options: z.strictObject({ candidate: z.string().min(1).optional() }),
  usesScores: false,
  examples: [{}, { candidate: "middle" }, { candidate: "unheard-of" }],
  ready({ candidate }) {
    return {
      facts: {},
      decide({ scored, incumbent }) {
        const index = scored.findIndex(({ candidateId }) => candidateId === candidate);
        if (index !== -1) return { chosen: index, reason: "fixed", propensity: 1 };
        return { chosen: incumbent, reason: "incumbent", propensity: 1 };
      },
    };
  },
});
