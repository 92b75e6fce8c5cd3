import { z } from "zod";
import { injectionScore } from "../../engine/injection/score.ts";
import { defineGuardrail, type Finding } from "../guardrail.ts";

/** Attempts to make a model leave its instructions, by what they say. A filter for the careless: a new wording passes. */
export default defineGuardrail({
  name: "injection",
  options: z
    .strictObject({
      threshold: z
        .number()
        .positive()
        .max(5)
        .default(1)
        .describe("signs add up, and 1 is what one sure sign weighs; lower finds more, and more that is none"),
      all: z.boolean().default(false).describe("whether the conversation's earlier turns are looked at again"),
    })
    .describe("attempts to make a model leave its instructions; a new wording passes"),
  abilities: { phases: ["input"], redacts: false, needsWhole: false, isRemote: false, timeoutMs: 1_000 },
  open({ threshold, all }) {
    return {
      inspect({ passages, newFrom }) {
        const findings: Finding[] = [];
        for (const { text, voice } of all ? passages : passages.slice(newFrom)) {
          if (voice !== "user" && voice !== "tool") continue;
          const { score, names } = injectionScore(text, voice === "tool");
          if (score >= threshold) for (const label of names) findings.push({ label, place: null });
        }
        return { findings };
      },
    };
  },
});
