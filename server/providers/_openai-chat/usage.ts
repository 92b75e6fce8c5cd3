import type { Usage } from "../../chat.ts";
import { modalities } from "../_shared/billed-apart.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";
import type { WireUsage } from "./wire.ts";

/** Usage of the chat format in disjoint classes; details are within their whole, except reasoning where the sums say so. */
export function usageOf(usage: WireUsage, quirks: Pick<OpenAiChatQuirks, "reasoningBesideOutput">): Usage {
  const { prompt_tokens_details: read, completion_tokens_details: written } = usage;
  const input = usage.prompt_tokens ?? 0;
  const cached = read?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? 0;
  const cacheRead = Math.min(input, cached);
  const cacheWrite5m = Math.min(input - cacheRead, read?.cache_write_tokens ?? 0);
  const reasoning = written?.reasoning_tokens ?? usage.reasoning_tokens ?? 0;
  const completion = usage.completion_tokens ?? 0;
  const isBeside = isReasoningBeside(usage, reasoning, quirks.reasoningBesideOutput);
  const whole = {
    inputUncached: input - cacheRead - cacheWrite5m,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: 0,
    output: isBeside ? completion + reasoning : completion,
    reasoning,
    estimated: false,
  };
  const counts = {
    inputAudio: read?.audio_tokens,
    inputImage: read?.image_tokens,
    cacheReadAudio: 0,
    outputAudio: written?.audio_tokens,
    outputImage: written?.image_tokens,
  };
  return { ...whole, ...modalities(counts, whole) };
}

/** The sum tells on which side of the line reasoning was counted; where there is none, the vendor's habit does. */
function isReasoningBeside(usage: WireUsage, reasoning: number, isHabit: boolean): boolean {
  const { prompt_tokens: input, completion_tokens: completion, total_tokens: total } = usage;
  // A part is never more than its whole.
  if (reasoning > (completion ?? 0)) return true;
  if (total == null) return isHabit;
  return reasoning > 0 && total === (input ?? 0) + (completion ?? 0) + reasoning;
}
