import { z } from "zod";
import { definePolicy, type PolicyChoice, type PolicyInput } from "../policy.ts";

/**
 * Shares requests out between candidates by fixed weights, whatever they ask: an A/B test. Candidates without a weight get
 * none; when nobody who has one is eligible, the incumbent serves. A session keeps what it was given.
 */
export default definePolicy({
  name: "split",
  options: z.strictObject({ weights: z.record(z.string().min(1), z.number().positive()) }),
  examples: [{ weights: { cheap: 9, best: 1 } }, { weights: { elsewhere: 1 } }],
  usesScores: false,
  drawsLots: true,
  ready({ weights }) {
    return { facts: {}, decide: (input) => draw(input, weights) };
  },
});

function draw({ scored, incumbent, rng }: PolicyInput, weights: Readonly<Record<string, number>>): PolicyChoice {
  const shares = scored.map(({ candidateId }) => (Object.hasOwn(weights, candidateId) ? weights[candidateId]! : 0));
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total === 0) return { chosen: incumbent, reason: "incumbent", propensity: 1 };
  let left = rng.next() * total;
  let chosen = shares.findIndex((share) => {
    left -= share;
    return left < 0;
  });
  if (chosen === -1) chosen = shares.findLastIndex((share) => share > 0);
  return { chosen, reason: "random", propensity: shares[chosen]! / total };
}
