import type { Conversation } from "./conversation.ts";

/** About four characters a token. */
export function estimateInputTokens(conversation: Conversation): number {
  let characters = conversation.system.length + conversation.toolChars;
  for (const turn of conversation.turns) characters += turn.text.length;
  return Math.max(1, Math.round(characters / 4));
}
