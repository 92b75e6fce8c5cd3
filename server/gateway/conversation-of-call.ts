import type { Conversation } from "../../engine/conversation.ts";
import { conversationOfBody } from "./conversation-of-body.ts";
import { conversationOfChat } from "./conversation-of-chat.ts";
import type { ReadCall } from "./read-call.ts";
import { reducedBody } from "./reduced-body.ts";

/** Larger bodies are not parsed to be routed. */
const PARSED_BYTES = 32 * 1024;

/** What the router reads of a call, as cheaply as its size allows. */
export function conversationOfCall({ raw, dialect, chat, json }: ReadCall): Conversation {
  const { bytes, fields } = raw;
  const isLarge = bytes.length > PARSED_BYTES;
  const tools = fields.get("tools") ?? fields.get("functions");
  const toolChars = tools === undefined ? 0 : tools.end - tools.start;
  // A body is an object, or the scan would have refused it.
  const body = isLarge ? reducedBody(raw) : (json() as Record<string, unknown>);
  return conversationOfBody(body, dialect.format, toolChars) ?? conversationOfChat(chat());
}
