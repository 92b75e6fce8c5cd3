import { z } from "zod";

/** One part of a message in OpenAI or Anthropic form; only what routing reads is named, the rest passes. */
const ContentPart = z.looseObject({ type: z.string(), text: z.string().optional() });

/** A chat message in OpenAI or Anthropic form. */
export const Message = z.looseObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool", "function"]),
  content: z.union([z.string(), z.array(ContentPart), z.null()]).optional(),
});
export type Message = z.infer<typeof Message>;
