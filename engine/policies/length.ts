import { z } from "zod";
import { definePolicy } from "../policy.ts";
import { type Measure, readyStrongWeak, strongWeakAt } from "./_strong-weak.ts";

const TOKENS: Measure = {
  ofRequest: ({ inputTokens }) => inputTokens,
  ofRow: ({ inputTokens }, row) => inputTokens[row]!,
};
const LONG_PROMPT = 200;

/** Long prompts to the strong model, short ones to the weak: a baseline that needs no training. */
export default definePolicy({
  name: "length",
  options: z.strictObject({
    strong: z.string().min(1),
    weak: z.string().min(1),
    /** Input tokens from which on a prompt is long; default 200, or what a `strongRate` asks for. */
    tokens: z.number().nonnegative().optional(),
    strongRate: z.number().min(0).max(1).optional(),
  }),
  usesScores: false,
  examples: [
    { strong: "best", weak: "cheap" },
    { strong: "best", weak: "cheap", tokens: 50 },
    { strong: "best", weak: "cheap", strongRate: 0.5 },
  ],
  ready: ({ tokens, ...options }, calibration) =>
    readyStrongWeak({ ...options, threshold: tokens }, calibration, TOKENS, LONG_PROMPT),
  restore: (options, { threshold = LONG_PROMPT }) => strongWeakAt(options, threshold, TOKENS),
});
