import type { Message } from "./schema/conversation.ts";

/** A turn's text with everything but text left out. */
export interface Turn {
  readonly role: "user" | "assistant" | "tool";
  readonly text: string;
}

/**
 * What the router reads of a request, whatever dialect it came in. The one input of the featurizer and the embedder,
 * for training and serving alike; a plain prompt is one user turn.
 */
export interface Conversation {
  readonly system: string;
  readonly turns: readonly Turn[];
  /** Number of tool definitions, and the length of their JSON in characters. */
  readonly toolCount: number;
  readonly toolChars: number;
  /** Tool calls made by the assistant in earlier turns. */
  readonly toolCallCount: number;
  readonly imageCount: number;
  /** What the client asked for: free text, any JSON, or JSON after a schema. */
  readonly responseFormat: "text" | "json" | "json_schema";
  /** Requested limit of the answer; null when none was given. */
  readonly maxOutputTokens: number | null;
}

const EMPTY = {
  system: "",
  toolCount: 0,
  toolChars: 0,
  toolCallCount: 0,
  imageCount: 0,
  responseFormat: "text",
  maxOutputTokens: null,
} as const;

export function conversationFromPrompt(prompt: string): Conversation {
  return { ...EMPTY, turns: [{ role: "user", text: prompt }] };
}

/** Facts of a request that lie beside its messages. */
export interface ConversationExtras {
  readonly system?: string;
  readonly tools?: readonly unknown[];
  readonly responseFormat?: Conversation["responseFormat"];
  readonly maxOutputTokens?: number | null;
}

/** Reads messages in OpenAI or Anthropic form. Parts without text count as images when their type says so. */
export function conversationFromMessages(messages: readonly Message[], extras: ConversationExtras = {}): Conversation {
  const system: string[] = extras.system ? [extras.system] : [];
  const turns: Turn[] = [];
  let imageCount = 0;
  let toolCallCount = 0;
  for (const message of messages) {
    const texts: string[] = [];
    if (typeof message.content === "string") texts.push(message.content);
    else {
      for (const part of message.content ?? []) {
        if (part.type === "image_url" || part.type === "image" || part.type === "input_image") imageCount++;
        else if (part.type === "tool_use") toolCallCount++;
        else if (part.type === "tool_result") texts.push(toolResultText(part["content"]));
        else if (typeof part.text === "string") texts.push(part.text);
      }
    }
    if (Array.isArray(message["tool_calls"])) toolCallCount += message["tool_calls"].length;
    const text = texts.join("\n");
    if (message.role === "system" || message.role === "developer") system.push(text);
    else turns.push({ role: message.role === "function" ? "tool" : message.role, text });
  }
  const tools = extras.tools ?? [];
  return {
    system: system.join("\n"),
    turns,
    toolCount: tools.length,
    toolChars: tools.length === 0 ? 0 : JSON.stringify(tools).length,
    toolCallCount,
    imageCount,
    responseFormat: extras.responseFormat ?? "text",
    maxOutputTokens: extras.maxOutputTokens ?? null,
  };
}

function toolResultText(content: unknown): string {
  if (typeof content === "string") return content;
  return content === undefined ? "" : JSON.stringify(content);
}
