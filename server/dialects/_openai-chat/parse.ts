import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  ImagePart,
  MediaSource,
  OutputFormat,
  ReasoningEffort,
  TextPart,
  ToolChoice,
  ToolDefinition,
  UserPart,
} from "../../chat.ts";
import { invalidBody } from "../../invalid-body.ts";
import { createExtras, type Extras } from "../_shared/extras.ts";
import { sealProof } from "../_shared/proof.ts";
import { cacheControlOf, optionalCacheControl, sourceOfUrl, textPart } from "../_shared/text-part.ts";
import { unknownFields } from "../_shared/unknown-fields.ts";
import { reasoningParts } from "./reasoning-details.ts";
import { WireChatRequest, type WireMessage } from "./schema.ts";

/** @throws ApiError `invalid_request` naming the first field at fault */
export function parseOpenAiChat(body: unknown): ChatRequest {
  const parsed = WireChatRequest.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  const wire = parsed.data;
  const extras = createExtras();
  const system: TextPart[] = [];
  const messages: ChatMessage[] = [];
  const toolNames = new Map<string, string>();
  for (const message of wire.messages) {
    if (message.role === "system" || message.role === "developer") system.push(...textParts(message.content));
    else messages.push(parseMessage(message, toolNames));
  }
  return {
    model: wire.model,
    system,
    messages,
    tools: toolsOf(wire, extras),
    toolChoice: toolChoiceOf(wire, extras),
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
    reasoning: { effort: effortOf(wire.reasoning_effort), budgetTokens: null, includeText: null },
    stream: wire.stream === true,
    streamUsage: wire.stream_options?.include_usage === true,
    user: wire.user ?? null,
    promptCacheKey: wire.prompt_cache_key ?? null,
    serviceTier: wire.service_tier ?? null,
    metadata: wire.metadata ?? null,
    extras: extras.with(unknownFields(body, wire)),
    ...(wire.functions == null ? {} : { forRender: { legacyFunctions: true } }),
  };
}

/** OpenAI's word above `high` is `xhigh`. */
export function effortOf(
  effort: Exclude<WireChatRequest["reasoning_effort"], undefined> | undefined,
): ReasoningEffort | null {
  return effort === "xhigh" ? "max" : (effort ?? null);
}

type SpokenMessage = Exclude<WireMessage, { role: "system" | "developer" }>;

function parseMessage(message: SpokenMessage, toolNames: Map<string, string>): ChatMessage {
  switch (message.role) {
    case "user": {
      const { content } = message;
      return { role: "user", parts: typeof content === "string" ? [textPart(content)] : content.map(parseUserContent) };
    }
    case "tool":
      return {
        role: "tool",
        toolCallId: message.tool_call_id,
        name: toolNames.get(message.tool_call_id) ?? message.name ?? null,
        parts:
          typeof message.content === "string"
            ? textParts(message.content)
            : message.content.map((part) => (part.type === "text" ? textOf(part) : imageOf(part))),
        isError: false,
      };
    case "function":
      return {
        role: "tool",
        toolCallId: message.name,
        name: message.name,
        parts: textParts(message.content ?? ""),
        isError: false,
      };
    case "assistant":
      return { role: "assistant", parts: parseAssistant(message, toolNames) };
  }
}

function parseAssistant(
  message: Extract<WireMessage, { role: "assistant" }>,
  toolNames: Map<string, string>,
): AssistantPart[] {
  const parts: AssistantPart[] = reasoningParts(
    message.reasoning_details ?? [],
    message.reasoning_content ?? message.reasoning ?? "",
  );
  if (typeof message.content === "string") {
    if (message.content !== "") parts.push(textPart(message.content));
  } else {
    for (const part of message.content ?? []) {
      if (part.type === "text") parts.push(...textParts([part]));
      else parts.push({ kind: "refusal", text: part.refusal });
    }
  }
  if (message.refusal) parts.push({ kind: "refusal", text: message.refusal });
  for (const call of message.tool_calls ?? []) {
    const { name, argumentsJson } =
      "function" in call
        ? { name: call.function.name, argumentsJson: call.function.arguments }
        : { name: call.custom.name, argumentsJson: call.custom.input };
    const proof = "function" in call ? call.extra_content?.google?.thought_signature : null;
    toolNames.set(call.id, name);
    parts.push({ kind: "tool_call", id: call.id, name, argumentsJson, signature: sealProof("google", proof) });
  }
  if (message.function_call) {
    const { name, arguments: argumentsJson } = message.function_call;
    parts.push({ kind: "tool_call", id: name, name, argumentsJson, signature: null });
  }
  return parts;
}

function textOf({ text, cache_control }: Extract<UserContent, { type: "text" }>): TextPart {
  return textPart(text, { cacheControl: cacheControlOf(cache_control) });
}

function imageOf({ image_url: image, cache_control }: Extract<UserContent, { type: "image_url" }>): ImagePart {
  return {
    kind: "image",
    source: sourceOfUrl(image.url),
    detail: image.detail ?? null,
    ...optionalCacheControl(cache_control),
  };
}

type UserContent = Exclude<Extract<WireMessage, { role: "user" }>["content"], string>[number];

function parseUserContent(part: UserContent): UserPart {
  switch (part.type) {
    case "text":
      return textOf(part);
    case "image_url":
      return imageOf(part);
    case "input_audio":
      return {
        kind: "audio",
        source: { kind: "base64", mediaType: `audio/${part.input_audio.format}`, data: part.input_audio.data },
      };
    case "file": {
      const { file_id, file_data, filename } = part.file;
      return {
        kind: "document",
        source: fileSource(file_id, file_data),
        filename: filename ?? null,
        title: null,
        ...optionalCacheControl(part.cache_control),
      };
    }
  }
}

/** `file_data` is a data URL, a link in OpenRouter's manner, or a PDF's bare bytes. */
export function fileSource(fileId: string | null | undefined, data: string | null | undefined): MediaSource {
  if (fileId) return { kind: "file", fileId };
  const text = data ?? "";
  if (/^(?:data:|https?:\/\/)/.test(text)) return sourceOfUrl(text);
  return { kind: "base64", mediaType: "application/pdf", data: text };
}

function textParts(
  content:
    | string
    | readonly {
        readonly text: string;
        readonly cache_control?: { readonly ttl?: string | null | undefined } | null | undefined;
      }[],
): TextPart[] {
  if (typeof content === "string") return [textPart(content)];
  return content.map(({ text, cache_control }) => textPart(text, { cacheControl: cacheControlOf(cache_control) }));
}

function toolsOf(wire: WireChatRequest, extras: Extras): ToolDefinition[] {
  const tools = (wire.functions ?? []).map((definition) => toolOf(definition, null));
  for (const tool of wire.tools ?? []) {
    if (tool.type === "function") tools.push(toolOf(tool.function, tool.cache_control));
    else extras.add(`tools.${tool.type}`, tool);
  }
  return tools;
}

function toolOf(
  definition: NonNullable<WireChatRequest["functions"]>[number],
  mark: Parameters<typeof cacheControlOf>[0],
): ToolDefinition {
  return {
    name: definition.name,
    description: definition.description ?? null,
    parameters: definition.parameters ?? { type: "object", properties: {} },
    strict: definition.strict ?? null,
    cacheControl: cacheControlOf(mark),
  };
}

function toolChoiceOf(
  { tool_choice: choice, function_call: legacy }: WireChatRequest,
  extras: Extras,
): ToolChoice | null {
  if (choice == null) {
    if (legacy == null) return null;
    return typeof legacy === "string" ? { kind: legacy } : { kind: "tool", name: legacy.name };
  }
  if (typeof choice === "string") return { kind: choice };
  if (choice.type === "function") return { kind: "tool", name: choice.function.name };
  if (choice.type === "custom") return { kind: "tool", name: choice.custom.name };
  extras.add("tool_choice.allowed_tools", choice.allowed_tools);
  return { kind: choice.allowed_tools.mode };
}

function outputOf(format: WireChatRequest["response_format"]): OutputFormat {
  if (format == null || format.type === "text") return { kind: "text" };
  if (format.type === "json_object") return { kind: "json" };
  const { name, description, schema, strict } = format.json_schema;
  return { kind: "json_schema", name, description: description ?? null, schema: schema ?? {}, strict: strict ?? null };
}
