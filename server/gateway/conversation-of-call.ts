import type { Conversation } from "../../engine/conversation.ts";
import { estimateInputTokens } from "../../engine/tokens.ts";
import { conversationOfBody } from "./conversation-of-body.ts";
import { conversationOfChat } from "./conversation-of-chat.ts";
import type { ReadCall } from "./read-call.ts";
import { reducedBody, type TextCount } from "./reduced-body.ts";

/** Larger bodies are not parsed to be routed. */
const PARSED_BYTES = 32 * 1024;

/** What the router reads of a call, as cheaply as its size allows. */
export function conversationOfCall(call: ReadCall): Conversation {
  return readConversation(call, null);
}

/** What a call takes in, and the limit that it sets on its answer; a large body is not made a text for that. */
export interface CallSize {
  /** Expected; an integer >= 1. */
  readonly inputTokens: number;
  readonly maxOutputTokens: number | null;
}

export function sizeOfCall(call: ReadCall): CallSize {
  const leftOut = { tokens: 0 };
  const conversation = readConversation(call, leftOut);
  return {
    inputTokens: Math.round(estimateInputTokens(conversation) + leftOut.tokens),
    maxOutputTokens: conversation.maxOutputTokens,
  };
}

function readConversation({ raw, dialect, chat, json }: ReadCall, leftOut: TextCount | null): Conversation {
  const { bytes, fields } = raw;
  const isLarge = bytes.length > PARSED_BYTES;
  const tools = fields.get("tools") ?? fields.get("functions");
  const toolChars = tools === undefined ? 0 : tools.end - tools.start;
  // A body is an object, or the scan would have refused it.
  const body = isLarge ? reducedBody(raw, leftOut) : (json() as Record<string, unknown>);
  const read = conversationOfBody(body, dialect.format, toolChars);
  if (read !== null) return read;
  if (leftOut !== null) leftOut.tokens = 0;
  return conversationOfChat(chat());
}
