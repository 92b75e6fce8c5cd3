import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  MediaSource,
  OutputFormat,
  TextPart,
  ToolChoice,
  UserPart,
} from "../../chat.ts";
import { invalidBody } from "../../invalid-body.ts";
import { WireChatRequest, type WireMessage } from "./schema.ts";

/** Fields with a neutral place; every other top-level field becomes an extra. */
const KNOWN = new Set(Object.keys(WireChatRequest.shape));

/** @throws ApiError `invalid_request` naming the first field at fault */
export function parseOpenAiChat(body: unknown): ChatRequest {
  const parsed = WireChatRequest.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  const wire = parsed.data;
  const system: TextPart[] = [];
  const messages: ChatMessage[] = [];
  const toolNames = new Map<string, string>();
  for (const message of wire.messages) {
    if (message.role === "system" || message.role === "developer") system.push(...textParts(message.content));
    else messages.push(parseMessage(message, toolNames));
  }
  const functions = wire.tools?.map((tool) => tool.function) ?? wire.functions ?? [];
  return {
    model: wire.model,
    system,
    messages,
    tools: functions.map((tool) => ({
      name: tool.name,
      description: tool.description ?? null,
      parameters: tool.parameters ?? { type: "object", properties: {} },
      strict: tool.strict ?? null,
      cacheControl: null,
    })),
    toolChoice: toolChoiceOf(wire.tool_choice),
    parallelToolCalls: wire.parallel_tool_calls ?? null,
    output: outputOf(wire.response_format),
    maxOutputTokens: wire.max_completion_tokens ?? wire.max_tokens ?? null,
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    topK: wire.top_k ?? null,
    stop: typeof wire.stop === "string" ? [wire.stop] : (wire.stop ?? []),
    seed: wire.seed ?? null,
    presencePenalty: wire.presence_penalty ?? null,
    frequencyPenalty: wire.frequency_penalty ?? null,
    logitBias: wire.logit_bias ?? null,
    topLogprobs: wire.logprobs === true ? (wire.top_logprobs ?? 0) : null,
    count: wire.n ?? 1,
    reasoning: {
      effort: wire.reasoning_effort === "xhigh" ? "max" : (wire.reasoning_effort ?? null),
      budgetTokens: null,
      includeText: null,
    },
    stream: wire.stream === true,
    streamUsage: wire.stream_options?.include_usage === true,
    user: wire.user ?? null,
    promptCacheKey: wire.prompt_cache_key ?? null,
    serviceTier: wire.service_tier ?? null,
    metadata: wire.metadata ?? null,
    extras: Object.fromEntries(Object.entries(wire).filter(([name, value]) => !KNOWN.has(name) && value != null)),
  };
}

function parseMessage(
  message: Exclude<WireMessage, { role: "system" | "developer" }>,
  toolNames: Map<string, string>,
): ChatMessage {
  if (message.role === "user") {
    const { content } = message;
    return { role: "user", parts: typeof content === "string" ? [textPart(content)] : content.map(parseUserContent) };
  }
  if (message.role === "tool") {
    return {
      role: "tool",
      toolCallId: message.tool_call_id,
      name: toolNames.get(message.tool_call_id) ?? null,
      parts: textParts(message.content),
      isError: false,
    };
  }
  if (message.role === "function") {
    return {
      role: "tool",
      toolCallId: message.name,
      name: message.name,
      parts: textParts(message.content ?? ""),
      isError: false,
    };
  }
  const parts: AssistantPart[] = [];
  if (message.reasoning_content) {
    parts.push({ kind: "reasoning", text: message.reasoning_content, signature: null, redacted: null });
  }
  if (typeof message.content === "string") {
    if (message.content !== "") parts.push(textPart(message.content));
  } else {
    for (const part of message.content ?? []) {
      parts.push(part.type === "text" ? textPart(part.text) : { kind: "refusal", text: part.refusal });
    }
  }
  if (message.refusal) parts.push({ kind: "refusal", text: message.refusal });
  for (const call of message.tool_calls ?? []) {
    toolNames.set(call.id, call.function.name);
    parts.push({
      kind: "tool_call",
      id: call.id,
      name: call.function.name,
      argumentsJson: call.function.arguments,
      signature: signatureOf(call.extra_content),
    });
  }
  if (message.function_call) {
    const { name, arguments: argumentsJson } = message.function_call;
    parts.push({ kind: "tool_call", id: name, name, argumentsJson, signature: null });
  }
  return { role: "assistant", parts };
}

type UserContent = Exclude<Extract<WireMessage, { role: "user" }>["content"], string>[number];

function parseUserContent(part: UserContent): UserPart {
  switch (part.type) {
    case "text":
      return textPart(part.text);
    case "image_url":
      return { kind: "image", source: sourceOf(part.image_url.url), detail: part.image_url.detail ?? null };
    case "input_audio":
      return {
        kind: "audio",
        source: { kind: "base64", mediaType: `audio/${part.input_audio.format}`, data: part.input_audio.data },
      };
    case "file": {
      const { file_id, file_data, filename } = part.file;
      const source: MediaSource = file_id ? { kind: "file", fileId: file_id } : sourceOf(file_data ?? "");
      return { kind: "document", source, filename: filename ?? null, title: null };
    }
  }
}

/** A data URL becomes its bytes; anything else stays a link. */
export function sourceOf(url: string): MediaSource {
  const match = /^data:([^;,]+);base64,/.exec(url);
  if (match === null) return { kind: "url", url };
  return { kind: "base64", mediaType: match[1]!, data: url.slice(match[0].length) };
}

function textPart(text: string): TextPart {
  return { kind: "text", text, citations: [], cacheControl: null };
}

function textParts(content: string | readonly { readonly text: string }[]): TextPart[] {
  return typeof content === "string" ? [textPart(content)] : content.map(({ text }) => textPart(text));
}

function toolChoiceOf(choice: WireChatRequest["tool_choice"]): ToolChoice | null {
  if (choice == null) return null;
  return typeof choice === "string" ? { kind: choice } : { kind: "tool", name: choice.function.name };
}

function outputOf(format: WireChatRequest["response_format"]): OutputFormat {
  if (format == null || format.type === "text") return { kind: "text" };
  if (format.type === "json_object") return { kind: "json" };
  const { name, description, schema, strict } = format.json_schema;
  return { kind: "json_schema", name, description: description ?? null, schema: schema ?? {}, strict: strict ?? null };
}

/** Gemini's thought signature as its OpenAI-compatible endpoint carries it. */
function signatureOf(extra: unknown): string | null {
  const signature = (extra as { google?: { thought_signature?: unknown } } | null | undefined)?.google
    ?.thought_signature;
  return typeof signature === "string" ? signature : null;
}
