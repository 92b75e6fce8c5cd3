import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  MediaSource,
  ReasoningEffort,
  ToolChoice,
  UserPart,
} from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

/** Extra fields of the OpenAI dialect go along untouched; those of other dialects are reported. */
const OPENAI_EXTRAS = new Set([
  "modalities",
  "audio",
  "prediction",
  "store",
  "verbosity",
  "web_search_options",
  "safety_identifier",
]);

/** Neutral request to the body of `POST /chat/completions`. */
export function encodeOpenAiChat(request: ChatRequest, model: string, quirks: OpenAiChatQuirks): Encoded {
  const dropped: string[] = [];
  const take = <T>(isTaken: boolean, name: string, value: T | null): T | undefined => {
    if (value === null) return undefined;
    if (!isTaken) dropped.push(name);
    return isTaken ? value : undefined;
  };
  const extras: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request.extras)) {
    if (OPENAI_EXTRAS.has(name)) extras[name] = value;
    else dropped.push(name);
  }
  const body = {
    ...extras,
    model,
    messages: [
      ...request.system.map((part) => ({ role: "system", content: part.text })),
      ...request.messages.map((message) => encodeMessage(message, quirks, dropped)),
    ],
    tools:
      request.tools.length === 0
        ? undefined
        : request.tools.map((tool) => ({
            type: "function",
            function: {
              name: tool.name,
              description: tool.description ?? undefined,
              parameters: tool.parameters,
              strict: tool.strict ?? undefined,
            },
          })),
    tool_choice: request.toolChoice === null ? undefined : encodeToolChoice(request.toolChoice, quirks),
    parallel_tool_calls: take(quirks.takesParallelToolCalls, "parallel_tool_calls", request.parallelToolCalls),
    response_format: encodeOutput(request, quirks, dropped),
    [quirks.maxTokensField]: request.maxOutputTokens ?? undefined,
    temperature: request.temperature ?? undefined,
    top_p: request.topP ?? undefined,
    top_k: take(quirks.takesTopK, "top_k", request.topK),
    stop: request.stop.length === 0 ? undefined : request.stop,
    [quirks.takesSeed ?? "seed"]: take(quirks.takesSeed !== null, "seed", request.seed),
    presence_penalty: take(quirks.takesPenalties, "presence_penalty", request.presencePenalty),
    frequency_penalty: take(quirks.takesPenalties, "frequency_penalty", request.frequencyPenalty),
    logit_bias: take(quirks.takesLogprobs, "logit_bias", request.logitBias),
    logprobs: take(quirks.takesLogprobs, "logprobs", request.topLogprobs === null ? null : true),
    top_logprobs:
      quirks.takesLogprobs && request.topLogprobs !== null && request.topLogprobs > 0 ? request.topLogprobs : undefined,
    n: request.count === 1 ? undefined : request.count,
    reasoning_effort: take(quirks.takesReasoningEffort, "reasoning", effortOf(request)),
    stream: request.stream || undefined,
    stream_options: request.stream && quirks.takesStreamOptions ? { include_usage: true } : undefined,
    user: request.user ?? undefined,
    prompt_cache_key: request.promptCacheKey ?? undefined,
    service_tier: request.serviceTier ?? undefined,
    metadata: request.metadata ?? undefined,
  };
  return { body, dropped };
}

function encodeMessage(message: ChatMessage, quirks: OpenAiChatQuirks, dropped: string[]): object {
  if (message.role === "user") return { role: "user", content: encodeUserParts(message.parts, dropped) };
  if (message.role === "tool") {
    const texts = message.parts.map((part) => {
      if (part.kind === "text") return part.text;
      dropped.push(`tool_result.${part.kind}`);
      return `[${part.kind} left out]`;
    });
    const text = texts.join("\n");
    return { role: "tool", tool_call_id: message.toolCallId, content: message.isError ? `Error: ${text}` : text };
  }
  return encodeAssistant(message.parts, quirks);
}

function encodeAssistant(parts: readonly AssistantPart[], quirks: OpenAiChatQuirks): object {
  const text = parts.filter((part) => part.kind === "text").map((part) => part.text);
  const refusal = parts.filter((part) => part.kind === "refusal").map((part) => part.text);
  const reasoning = parts.filter((part) => part.kind === "reasoning").map((part) => part.text);
  const calls = parts.filter((part) => part.kind === "tool_call");
  return {
    role: "assistant",
    content: text.length === 0 ? null : text.join(""),
    refusal: refusal.length === 0 ? undefined : refusal.join(""),
    [quirks.reasoningField ?? "reasoning_content"]:
      quirks.reasoningField === null || reasoning.length === 0 ? undefined : reasoning.join(""),
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map((call) => ({
            id: call.id,
            type: "function",
            function: { name: call.name, arguments: call.argumentsJson },
          })),
  };
}

/** One text alone is a plain string, which every server of the format takes. */
function encodeUserParts(parts: readonly UserPart[], dropped: string[]): string | object[] {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === "text") return only.text;
  return parts.map((part) => {
    if (part.kind === "text") return { type: "text", text: part.text };
    if (part.kind === "image") {
      return { type: "image_url", image_url: { url: urlOf(part.source), detail: part.detail ?? undefined } };
    }
    if (part.kind === "audio") {
      if (part.source.kind === "base64") {
        return {
          type: "input_audio",
          input_audio: { data: part.source.data, format: part.source.mediaType.replace(/^audio\//, "") },
        };
      }
      dropped.push("audio");
      return { type: "text", text: "[audio left out]" };
    }
    if (part.source.kind === "file") return { type: "file", file: { file_id: part.source.fileId } };
    return { type: "file", file: { filename: part.filename ?? "document.pdf", file_data: urlOf(part.source) } };
  });
}

function urlOf(source: MediaSource): string {
  if (source.kind === "base64") return `data:${source.mediaType};base64,${source.data}`;
  return source.kind === "url" ? source.url : source.fileId;
}

function encodeToolChoice(choice: ToolChoice, quirks: OpenAiChatQuirks): string | object {
  if (choice.kind === "tool") return { type: "function", function: { name: choice.name } };
  return choice.kind === "required" ? quirks.requiredToolChoice : choice.kind;
}

function encodeOutput(request: ChatRequest, quirks: OpenAiChatQuirks, dropped: string[]): object | undefined {
  const { output } = request;
  if (output.kind === "text") return undefined;
  if (output.kind === "json") return { type: "json_object" };
  if (!quirks.takesJsonSchema) {
    dropped.push("response_format.json_schema");
    return { type: "json_object" };
  }
  return {
    type: "json_schema",
    json_schema: {
      name: output.name,
      description: output.description ?? undefined,
      schema: output.schema,
      strict: output.strict ?? undefined,
    },
  };
}

/** A thinking budget in tokens becomes the nearest effort. */
function effortOf({ reasoning }: ChatRequest): ReasoningEffort | null {
  const { effort, budgetTokens } = reasoning;
  if (effort !== null) return effort === "max" ? "high" : effort;
  if (budgetTokens === null) return null;
  if (budgetTokens === 0) return "none";
  if (budgetTokens <= 2048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
}
