import { z } from "zod";
import { defineVerifier } from "../verifier.ts";

/** Answers longer than this are not searched: a pattern may take very long on them. */
const MOST_CHARS = 100_000;

/** A good answer matches a pattern of the configuration. */
export default defineVerifier({
  name: "regex",
  options: z
    .strictObject({ pattern: z.string().min(1), flags: z.string().default("") })
    .superRefine(({ pattern, flags }, context) => {
      try {
        new RegExp(pattern, flags);
      } catch (error) {
        context.addIssue({ code: "custom", path: ["pattern"], message: (error as Error).message });
      }
    }),
  tells: "quality",
  verify(answer, _request, { pattern, flags }) {
    return answer.length > MOST_CHARS ? null : Number(new RegExp(pattern, flags).test(answer));
  },
});
