import { z } from "zod";
import { defineGuardrail } from "../guardrail.ts";

/** Too much text, or too little. */
export default defineGuardrail({
  name: "length",
  options: z
    .strictObject({
      maxChars: z.number().int().positive().optional().describe("most characters"),
      minChars: z.number().int().positive().optional().describe("fewest characters"),
    })
    .refine(
      ({ maxChars, minChars }) => maxChars !== undefined || minChars !== undefined,
      "maxChars or minChars is needed",
    )
    .describe("too much text, or too little"),
  abilities: { phases: ["input", "output"], redacts: false, needsWhole: false, isRemote: false, timeoutMs: 1_000 },
  open({ maxChars = Number.POSITIVE_INFINITY, minChars = 0 }) {
    return {
      inspect({ passages, isWhole, skipped }) {
        let chars = skipped;
        for (const [passage, { text }] of passages.entries()) {
          if (chars + text.length > maxChars) {
            const start = Math.max(0, maxChars - chars);
            return { findings: [{ label: "too_long", place: { passage, start, end: text.length } }] };
          }
          chars += text.length;
        }
        return { findings: isWhole && chars < minChars ? [{ label: "too_short", place: null }] : [] };
      },
      settledUntil: (text) => text.length,
    };
  },
});
