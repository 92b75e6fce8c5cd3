import { sizeOfCall } from "./conversation-of-call.ts";
import { fieldOf, type ReadCall } from "./read-call.ts";
import type { AskedTokens } from "./stage.ts";

/** What a call may use at most, as far as its body says. */
export function askedTokens(call: ReadCall, inputTokens: number | null): AskedTokens {
  const size = sizeOfCall(call);
  const count = fieldOf(call.raw, "n");
  const tier = fieldOf(call.raw, "service_tier");
  return {
    input: inputTokens ?? size.inputTokens,
    maxOutput: size.maxOutputTokens,
    answers: typeof count === "number" && count >= 1 ? Math.floor(count) : 1,
    serviceTier: typeof tier === "string" ? tier : null,
  };
}
