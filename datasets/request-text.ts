import { z } from "zod";
import { Message } from "../engine/schema/conversation.ts";
import { valueAt } from "./row-to-records.ts";

const Messages = z.array(Message).min(1);

/** Text of a logged request and what it asked for, as fields of a quality record. */
export interface RequestText {
  readonly messages: Message[];
  readonly tools?: unknown[];
  readonly response_format?: { type: string; [key: string]: unknown };
  readonly max_output_tokens?: number;
}

/**
 * Reads an OpenAI or Anthropic request body, as an object or as the JSON text of one; a bare string or list counts as
 * its messages. null when it holds no text that routing could read.
 */
export function requestText(body: unknown): RequestText | null {
  const request = parseText(body);
  const messages = messagesOf(request);
  if (messages === null) return null;
  const tools = valueAt(request, "tools");
  const format = valueAt(request, "response_format");
  const limit = [
    valueAt(request, "max_output_tokens"),
    valueAt(request, "max_completion_tokens"),
    valueAt(request, "max_tokens"),
  ].find((value) => Number.isInteger(value) && (value as number) > 0);
  return {
    messages,
    ...(Array.isArray(tools) && tools.length > 0 ? { tools } : {}),
    ...(typeof valueAt(format, "type") === "string" ? { response_format: format as { type: string } } : {}),
    ...(limit === undefined ? {} : { max_output_tokens: limit as number }),
  };
}

function messagesOf(request: unknown): Message[] | null {
  const found = Array.isArray(request)
    ? request
    : typeof request === "string"
      ? request
      : (parseText(valueAt(request, "messages")) ?? valueAt(request, "input") ?? valueAt(request, "prompt"));
  const list = typeof found === "string" ? [{ role: "user", content: found }] : found;
  const system = parseText(valueAt(request, "system"));
  const withSystem =
    Array.isArray(list) && (typeof system === "string" || Array.isArray(system)) && system.length > 0
      ? [{ role: "system", content: system }, ...list]
      : list;
  const parsed = Messages.safeParse(withSystem);
  if (!parsed.success) return null;
  return parsed.data.some(({ role, content }) => role === "user" && hasText(content)) ? parsed.data : null;
}

function hasText(content: Message["content"]): boolean {
  if (typeof content === "string") return content.trim() !== "";
  return (content ?? []).some((part) => typeof part.text === "string" && part.text.trim() !== "");
}

/** Text that is JSON is read as JSON; any other text stays text. */
export function parseText(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
