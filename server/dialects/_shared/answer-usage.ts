import { estimateInputTokens } from "../../../engine/tokens.ts";
import type { ChatRequest, ChatResult, Usage } from "../../chat.ts";
import { conversationOfChat } from "../../gateway/conversation-of-chat.ts";

const CHARS_PER_TOKEN = 4;

/** All input of a usage, cached or not. */
export function inputTokensOf(usage: Usage): number {
  return usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

/** Usage where a dialect must name one and the upstream said none. */
export function estimatedUsage(request: ChatRequest, outputChars: number): Usage {
  return {
    inputUncached: estimateInputTokens(conversationOfChat(request)),
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: Math.ceil(outputChars / CHARS_PER_TOKEN),
    reasoning: 0,
    estimated: true,
  };
}

export function usageOfResult(result: ChatResult, request: ChatRequest): Usage {
  if (result.usage !== null) return result.usage;
  let chars = 0;
  for (const { parts } of result.choices) {
    for (const part of parts) chars += part.kind === "tool_call" ? part.argumentsJson.length : part.text.length;
  }
  return estimatedUsage(request, chars);
}
