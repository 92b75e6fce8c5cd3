import { z } from "zod";

/**
 * A field that an answer can do without: in any other form than the vendor documents it counts as unsaid, for an answer
 * must not break over its ornaments.
 */
export function lax<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().catch(undefined);
}

/** A count; nonsense counts as unsaid. */
export const laxCount = lax(z.number().nonnegative());

export const laxText = lax(z.string());
