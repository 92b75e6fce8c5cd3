import type { ChatMessage, ChatRequest, OutputFormat, TextPart, ToolChoice, ToolDefinition } from "../../chat.ts";
import { ApiError } from "../../errors.ts";
import { invalidBody } from "../../invalid-body.ts";
import { createExtras, type Extras } from "../_shared/extras.ts";
import { cacheControlOf, textPart } from "../_shared/text-part.ts";
import { unknownFields } from "../_shared/unknown-fields.ts";
import { assistantParts, textOf, userMessages } from "./parse-blocks.ts";
import { type CustomTool, WireMessagesRequest } from "./schema.ts";

/** @throws ApiError `invalid_request` naming the first field at fault */
export function parseAnthropicMessages(body: unknown): ChatRequest {
  const parsed = WireMessagesRequest.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  const wire = parsed.data;
  refuseThread(body);
  const extras = createExtras();
  const system = systemOf(wire.system);
  const messages: ChatMessage[] = [];
  const toolNames = new Map<string, string>();
  for (const message of wire.messages) {
    if (message.role === "system") system.push(...systemOf(message.content));
    else if (message.role === "user") messages.push(...userMessages(message.content, toolNames, extras));
    else {
      const parts = assistantParts(message.content, toolNames, extras);
      if (parts.length > 0) messages.push({ role: "assistant", parts });
    }
  }
  return {
    model: wire.model,
    system,
    messages,
    tools: toolsOf(wire.tools ?? [], extras),
    toolChoice: toolChoiceOf(wire.tool_choice),
    parallelToolCalls: parallelOf(wire.tool_choice),
    output: outputOf(wire),
    maxOutputTokens: wire.max_tokens ?? null,
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    topK: wire.top_k ?? null,
    stop: wire.stop_sequences ?? [],
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logitBias: null,
    topLogprobs: null,
    count: 1,
    reasoning: reasoningOf(wire, extras),
    stream: wire.stream === true,
    streamUsage: true,
    user: wire.metadata?.user_id ?? null,
    promptCacheKey: null,
    serviceTier: wire.service_tier ?? null,
    metadata: null,
    extras: extras.with(unknownFields(body, wire)),
  };
}

/**
 * A conversation that Anthropic's API keeps between turns cannot go on anywhere else. Its client hears by these two
 * codes to send all of it, and without a thread.
 *
 * @source @anthropic-ai/sdk 1.12, lib/internal/threads/ThreadState
 */
function refuseThread(body: unknown): void {
  const { thread } = body as { thread?: { type?: unknown } | null };
  if (thread === undefined || thread === null) return;
  if (thread.type === "continue") {
    throw new ApiError("thread_not_found", "thread: this conversation is not kept by the model that answers now", {
      place: "thread",
    });
  }
  throw new ApiError("thread_unsupported_request", "thread: only Anthropic's own models keep conversations", {
    place: "thread",
  });
}

function systemOf(content: WireMessagesRequest["system"]): TextPart[] {
  if (content == null || content === "") return [];
  return typeof content === "string" ? [textPart(content)] : content.map(textOf);
}

/** Tools that Anthropic runs itself (or defines, as its editor) go along by their type. */
function toolsOf(wire: NonNullable<WireMessagesRequest["tools"]>, extras: Extras): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  for (const tool of wire) {
    if (!isCustom(tool)) {
      extras.add(`tools.${tool.type}`, tool);
      continue;
    }
    tools.push({
      name: tool.name,
      description: tool.description ?? null,
      parameters: tool.input_schema,
      strict: tool.strict ?? null,
      cacheControl: cacheControlOf(tool.cache_control),
    });
  }
  return tools;
}

function isCustom(tool: NonNullable<WireMessagesRequest["tools"]>[number]): tool is CustomTool {
  return tool.type == null || tool.type === "custom";
}

function toolChoiceOf(choice: WireMessagesRequest["tool_choice"]): ToolChoice | null {
  if (choice == null) return null;
  if (choice.type === "tool") return { kind: "tool", name: choice.name };
  return { kind: choice.type === "any" ? "required" : choice.type };
}

function parallelOf(choice: WireMessagesRequest["tool_choice"]): boolean | null {
  if (choice == null || choice.type === "none" || choice.disable_parallel_tool_use == null) return null;
  return !choice.disable_parallel_tool_use;
}

/** Anthropic's schemas have no name; vendors that want one get this. */
function outputOf({ output_config, output_format }: WireMessagesRequest): OutputFormat {
  const format = output_config?.format ?? output_format;
  if (format == null) return { kind: "text" };
  return { kind: "json_schema", name: "output", description: null, schema: format.schema, strict: null };
}

function reasoningOf({ thinking, output_config }: WireMessagesRequest, extras: Extras): ChatRequest["reasoning"] {
  const word = output_config?.effort ?? null;
  const effort = word === "xhigh" ? "max" : word;
  switch (thinking?.type) {
    case undefined:
      return { effort, budgetTokens: null, includeText: null };
    case "disabled":
      return { effort: "none", budgetTokens: null, includeText: null };
    case "between_tools":
      extras.add("thinking.type", thinking!.type);
      return { effort, budgetTokens: null, includeText: null };
    case "adaptive":
      return { effort, budgetTokens: null, includeText: thinking!.display !== "omitted" };
    case "enabled":
      return { effort, budgetTokens: thinking!.budget_tokens, includeText: thinking!.display !== "omitted" };
  }
}
