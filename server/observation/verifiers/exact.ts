import { z } from "zod";
import { defineVerifier } from "../verifier.ts";

/** Compares with a reference that the client sends along in `x-weir-metadata`. */
export default defineVerifier({
  name: "exact",
  options: z.strictObject({
    /** Name of the metadata field that holds the reference. */
    field: z.string().min(1).default("expected"),
    /** `contains`: the reference may stand anywhere in the answer. */
    match: z.enum(["whole", "contains"]).default("whole"),
    ignoreCase: z.boolean().default(false),
  }),
  tells: "quality",
  verify(answer, { metadata }, { field, match, ignoreCase }) {
    const reference = metadata[field];
    if (reference === undefined || reference === null) return null;
    const plain = (text: string) => (ignoreCase ? text.toLowerCase() : text).trim().replace(/\s+/g, " ");
    const [wanted, given] = [plain(String(reference)), plain(answer)];
    return Number(match === "whole" ? given === wanted : given.includes(wanted));
  },
});
