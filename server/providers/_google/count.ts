import { z } from "zod";
import { badResponse } from "../../upstream-fault.ts";

const WireCount = z.looseObject({ totalTokens: z.number().int().nonnegative() });

/** Answer of `countTokens`. @throws UpstreamFaultError `bad_response` */
export function decodeGeminiCount(body: unknown): { readonly inputTokens: number } {
  const parsed = WireCount.safeParse(body);
  if (!parsed.success) throw badResponse("the upstream's answer is no token count");
  return { inputTokens: parsed.data.totalTokens };
}
