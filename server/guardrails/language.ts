import { z } from "zod";
import { defineGuardrail, PASSES } from "../guardrail.ts";

const Codes = z.array(z.string().regex(/^[a-z]{2}$/, "two letters of ISO 639-1")).min(1);
/** More tells no more. */
const READ_CHARS = 1_000;

/** Texts in a language that is not wanted. */
export default defineGuardrail({
  name: "language",
  options: z
    .strictObject({
      allow: Codes.optional().describe("the only languages that pass, by two letters of ISO 639-1, e.g. en"),
      deny: Codes.optional().describe("instead of allow: languages that do not pass"),
      leastChars: z
        .number()
        .int()
        .positive()
        .default(40)
        .describe("shorter texts pass: a name or a number has no language"),
      leastAccuracy: z.number().min(0).max(1).default(0.2).describe("how sure the detector must be, 0 to 1"),
    })
    .refine(({ allow, deny }) => (allow === undefined) !== (deny === undefined), "either allow or deny is needed")
    .describe("texts in a language that is not wanted"),
  abilities: { phases: ["input", "output"], redacts: false, needsWhole: false, isRemote: false, timeoutMs: 1_000 },
  async open({ allow, deny, leastChars, leastAccuracy }) {
    const { detectAll } = await import("tinyld");
    return {
      inspect({ phase, passages, newFrom }) {
        const wanted = phase === "input" ? "user" : "assistant";
        const texts = passages.slice(newFrom).filter(({ voice }) => voice === wanted);
        const text = texts
          .map((passage) => passage.text)
          .join("\n")
          .slice(0, READ_CHARS);
        if (text.length < leastChars) return PASSES;
        const best = detectAll(text)[0];
        if (best === undefined || best.accuracy < leastAccuracy) return PASSES;
        const isGood = allow === undefined ? !deny!.includes(best.lang) : allow.includes(best.lang);
        return isGood ? PASSES : { findings: [{ label: best.lang, place: null }] };
      },
    };
  },
});
