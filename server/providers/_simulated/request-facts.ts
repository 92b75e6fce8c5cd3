import { createHash } from "node:crypto";
import type { Conversation } from "../../../engine/conversation.ts";
import { type Rng, seededRng } from "../../../engine/rng.ts";
import { estimateInputTokens } from "../../../engine/tokens.ts";
import type { ChatRequest } from "../../chat.ts";

/** Tokens of a request, by the project's own estimate. */
export function inputTokensOf(request: ChatRequest): number {
  return Math.round(estimateInputTokens(conversationOf(request)));
}

function conversationOf({ system, messages, tools, output, maxOutputTokens }: ChatRequest): Conversation {
  let imageCount = 0;
  let toolCallCount = 0;
  const turns = messages.map(({ role, parts }) => {
    const texts: string[] = [];
    for (const part of parts) {
      if (part.kind === "text" || part.kind === "refusal") texts.push(part.text);
      else if (part.kind === "tool_call") {
        toolCallCount++;
        texts.push(part.name, part.argumentsJson);
      } else if (part.kind === "image" || part.kind === "document") imageCount++;
    }
    return { role, text: texts.join("\n") };
  });
  return {
    system: system.map(({ text }) => text).join("\n"),
    turns,
    toolCount: tools.length,
    toolChars: tools.length === 0 ? 0 : JSON.stringify(tools).length,
    toolCallCount,
    imageCount,
    responseFormat: output.kind,
    maxOutputTokens,
  };
}

/** Text of the last user turn. */
export function promptOf({ messages }: ChatRequest): string {
  const last = messages.findLast(({ role }) => role === "user");
  return (last?.parts ?? []).flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
}

/** The same request and purpose, the same numbers. */
export function rngOf(purpose: string, ...facts: readonly string[]): Rng {
  const digest = createHash("sha256")
    .update([purpose, ...facts].join("\0"))
    .digest();
  return seededRng(digest.readUInt32LE(0));
}

/** What the answer depends on: all that was said, whatever dialect said it. */
export function seedText({ system, messages, seed }: ChatRequest): string {
  const said = messages.map(({ role, parts }) => [
    role,
    ...parts.map((part) => ("text" in part ? part.text : part.kind === "tool_call" ? part.argumentsJson : part.kind)),
  ]);
  return JSON.stringify([system.map(({ text }) => text), said, seed]);
}
