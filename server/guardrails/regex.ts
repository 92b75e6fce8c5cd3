import { z } from "zod";
import { defineGuardrail, type Finding } from "../guardrail.ts";

const Pattern = z.strictObject({
  name: z.string().min(1).max(48).describe("what log and header call it"),
  // No look-around and no back-references, so no text makes it slow.
  pattern: z.string().min(1).max(2_000).describe("in RE2's syntax"),
  ignoreCase: z.boolean().default(false).describe("whether capitals may differ"),
});

/** Regular expressions of the operator's, run by RE2 in time linear in the text. */
export default defineGuardrail({
  name: "regex",
  options: z
    .strictObject({
      patterns: z
        .array(Pattern)
        .min(1)
        .max(200)
        .describe('patterns in RE2\'s syntax, e.g. [{ "name": "ticket", "pattern": "T-[0-9]{6}" }]'),
      longestMatch: z
        .number()
        .int()
        .positive()
        .max(4_096)
        .default(128)
        .describe("longest match that is still found whole in a stream; so many characters are held back"),
    })
    .superRefine(async ({ patterns }, context) => {
      for (const [i, one] of patterns.entries()) {
        const message = await faultOf(one);
        if (message !== null) context.addIssue({ code: "custom", path: ["patterns", i, "pattern"], message });
      }
    })
    .describe("regular expressions of your own, in time linear in the text"),
  abilities: { phases: ["input", "output"], redacts: true, needsWhole: false, isRemote: false, timeoutMs: 1_000 },
  async open({ patterns, longestMatch }) {
    const { RE2JS } = await import("re2js");
    const compiled = patterns.map(({ name, pattern, ignoreCase }) => ({
      name,
      expression: RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0),
    }));
    return {
      inspect({ passages }) {
        const findings: Finding[] = [];
        for (const [passage, { text }] of passages.entries()) {
          for (const { name, expression } of compiled) {
            const matcher = expression.matcher(text);
            while (matcher.find()) {
              const [start, end] = [matcher.start(), matcher.end()];
              if (end > start) findings.push({ label: name, place: { passage, start, end } });
            }
          }
        }
        return { findings };
      },
      settledUntil: (text) => Math.max(0, text.length - longestMatch),
    };
  },
});

async function faultOf({ pattern }: { readonly pattern: string }): Promise<string | null> {
  const { RE2JS } = await import("re2js");
  try {
    RE2JS.compile(pattern);
    return null;
  } catch (error) {
    return `is no pattern of RE2's: ${(error as Error).message}`;
  }
}
