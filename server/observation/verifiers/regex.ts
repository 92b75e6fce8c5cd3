import { z } from "zod";
import { defineVerifier } from "../verifier.ts";

/** Answers longer than this are not searched. */
const MOST_CHARS = 100_000;
/** What RE2 does not do, so that no answer makes it slow: look-around and back-references. */
const BEYOND_RE2 = /\(\?(?:[=!]|<[=!])|\\[1-9k]/;

/** A good answer matches a pattern of the configuration, in RE2's syntax. */
export default defineVerifier({
  name: "regex",
  options: z
    .strictObject({
      pattern: z.string().min(1).max(2_000),
      flags: z
        .string()
        .regex(/^[gimsuy]*$/)
        .default(""),
    })
    .superRefine(({ pattern, flags }, context) => {
      const refuse = (message: string) => context.addIssue({ code: "custom", path: ["pattern"], message });
      if (BEYOND_RE2.test(pattern)) return refuse("look-around and back-references are not taken");
      try {
        new RegExp(pattern, flags);
      } catch (error) {
        refuse((error as Error).message);
      }
    }),
  tells: "quality",
  async verify(answer, _request, { pattern, flags }) {
    if (answer.length > MOST_CHARS) return null;
    const { RE2JS } = await import("re2js");
    const known = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL };
    const bits = Object.entries(known).reduce((sum, [flag, bit]) => (flags.includes(flag) ? sum | bit : sum), 0);
    return Number(RE2JS.compile(RE2JS.translateRegExp(pattern), bits).matcher(answer).find());
  },
});
