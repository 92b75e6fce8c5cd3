import type { ChatMessage } from "../../chat.ts";

/** Names of the called tools by call id, for vendors that want the name back with the result. */
export function toolNamesOf(messages: readonly ChatMessage[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.parts) if (part.kind === "tool_call") names.set(part.id, part.name);
  }
  return names;
}
