import { conversationFromPrompt } from "../../../engine/conversation.ts";
import { estimateInputTokens } from "../../../engine/tokens.ts";
import type { EmbedRequest, EmbedResult } from "../../embed.ts";
import { inputUsage } from "../_shared/input-usage.ts";
import { rngOf } from "./request-facts.ts";

const DEFAULT_DIMENSIONS = 256;

/** Unit vectors by the words of a text: texts that share words lie near each other. */
export function simulateEmbed(request: EmbedRequest, model: string): EmbedResult {
  const dimensions = request.dimensions ?? DEFAULT_DIMENSIONS;
  let tokens = 0;
  const vectors = request.inputs.map((input) => {
    const text = typeof input === "string" ? input : input.join(" ");
    tokens +=
      typeof input === "string"
        ? Math.max(1, Math.round(estimateInputTokens(conversationFromPrompt(text))))
        : input.length;
    return vectorOf(text, dimensions);
  });
  return { model, vectors, usage: inputUsage(tokens) };
}

function vectorOf(text: string, dimensions: number): number[] {
  const sums = new Float64Array(dimensions);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [""]) {
    const rng = rngOf("word", word);
    for (let i = 0; i < dimensions; i++) sums[i] = sums[i]! + rng.next() - 0.5;
  }
  const length = Math.hypot(...sums) || 1;
  return Array.from(sums, (value) => value / length);
}
