import type { Conversation, Turn } from "../../engine/conversation.ts";
import type { ChatRequest } from "../chat.ts";

/** What the router reads of a chat request, the same for every dialect. */
export function conversationOfChat(chat: ChatRequest): Conversation {
  let imageCount = 0;
  let toolCallCount = 0;
  const turns = chat.messages.map((message): Turn => {
    const texts: string[] = [];
    for (const part of message.parts) {
      if (part.kind === "text") texts.push(part.text);
      else if (part.kind === "image") imageCount++;
      else if (part.kind === "tool_call") toolCallCount++;
    }
    return { role: message.role, text: texts.join("\n") };
  });
  return {
    system: chat.system.map((part) => part.text).join("\n"),
    turns,
    toolCount: chat.tools.length,
    toolChars: chat.tools.length === 0 ? 0 : JSON.stringify(chat.tools).length,
    toolCallCount,
    imageCount,
    responseFormat: chat.output.kind,
    maxOutputTokens: chat.maxOutputTokens,
  };
}
