import type { ChatRequest, OutputFormat, ToolChoice, ToolDefinition } from "../../chat.ts";
import { ApiError } from "../../errors.ts";
import { invalidBody } from "../../invalid-body.ts";
import { effortOf } from "../_openai-chat/parse.ts";
import { createExtras, type Extras } from "../_shared/extras.ts";
import { textPart } from "../_shared/text-part.ts";
import { unknownFields } from "../_shared/unknown-fields.ts";
import type { ItemMemory } from "./item-memory.ts";
import { historyOf } from "./parse-items.ts";
import { type FunctionTool, WireResponsesRequest } from "./schema.ts";

/** @throws ApiError `invalid_request` naming the first field at fault */
export function parseResponses(body: unknown, memory: ItemMemory): ChatRequest {
  const parsed = WireResponsesRequest.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  const wire = parsed.data;
  refuseStored(wire);
  const extras = createExtras();
  const { messages, system } = historyOf(wire.input ?? [], memory, extras);
  noteChoices(wire, extras);
  return {
    model: wire.model,
    system: wire.instructions ? [textPart(wire.instructions), ...system] : system,
    messages,
    tools: toolsOf(wire.tools ?? [], extras),
    toolChoice: toolChoiceOf(wire.tool_choice, extras),
    parallelToolCalls: wire.parallel_tool_calls ?? null,
    output: outputOf(wire.text?.format),
    maxOutputTokens: wire.max_output_tokens ?? null,
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    topK: null,
    stop: [],
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    logitBias: null,
    topLogprobs: wire.top_logprobs ?? (wire.include?.includes(LOGPROBS) ? 0 : null),
    count: 1,
    reasoning: {
      effort: effortOf(wire.reasoning?.effort),
      budgetTokens: null,
      includeText: wire.reasoning?.summary || wire.reasoning?.generate_summary ? true : null,
    },
    stream: wire.stream === true,
    streamUsage: true,
    user: wire.user ?? null,
    promptCacheKey: wire.prompt_cache_key ?? null,
    serviceTier: wire.service_tier ?? null,
    metadata: wire.metadata ?? null,
    extras: extras.with(unknownFields(body, wire)),
    forRender: { echo: echoOf(body as Readonly<Record<string, unknown>>) }, // the schema found it an object
  };
}

const LOGPROBS = "message.output_text.logprobs";
const INCLUDED = new Set([LOGPROBS, "reasoning.encrypted_content"]);

/** Nothing is stored: what needs storage is refused in plain words. docs/decisions/0004 */
function refuseStored(wire: WireResponsesRequest): void {
  const refuse = (place: string, hint: string): never => {
    throw new ApiError("invalid_request", `${place}: responses are not stored here; ${hint}`, { place });
  };
  if (wire.previous_response_id != null) {
    refuse(
      "previous_response_id",
      "send the whole conversation as `input` instead: the earlier items, the `output` items of each answer, then the new message",
    );
  }
  if (wire.conversation != null) refuse("conversation", "send the whole conversation as `input` instead");
  if (wire.prompt != null) refuse("prompt", "send the template's text as `instructions` and `input` instead");
  if (wire.background === true) refuse("background", "leave the field out and wait for the answer, or stream it");
  if (wire.input == null && !wire.instructions) {
    throw new ApiError("invalid_request", "input: a text or a list of items is needed", { place: "input" });
  }
}

function noteChoices(wire: WireResponsesRequest, extras: Extras): void {
  const others = (wire.include ?? []).filter((name) => !INCLUDED.has(name));
  if (others.length > 0) extras.add("include", others);
  if (wire.truncation != null && wire.truncation !== "disabled") extras.add("truncation", wire.truncation);
  if (wire.text?.verbosity != null) extras.add("verbosity", wire.text.verbosity);
}

/** Tools that OpenAI runs itself go along by their type. */
function toolsOf(wire: NonNullable<WireResponsesRequest["tools"]>, extras: Extras): ToolDefinition[] {
  const tools: ToolDefinition[] = [];
  for (const tool of wire) {
    if (!isFunction(tool)) {
      extras.add(`tools.${tool.type}`, tool);
      continue;
    }
    tools.push({
      name: tool.name,
      description: tool.description ?? null,
      parameters: tool.parameters ?? { type: "object", properties: {} },
      strict: tool.strict ?? null,
      cacheControl: null,
    });
  }
  return tools;
}

function isFunction(tool: NonNullable<WireResponsesRequest["tools"]>[number]): tool is FunctionTool {
  return tool.type === "function";
}

function toolChoiceOf(choice: WireResponsesRequest["tool_choice"], extras: Extras): ToolChoice | null {
  if (choice == null) return null;
  if (typeof choice === "string") return { kind: choice };
  const { type, name, mode } = choice as { type: string; name?: unknown; mode?: unknown };
  if ((type === "function" || type === "custom") && typeof name === "string") return { kind: "tool", name };
  extras.add(`tool_choice.${type}`, choice);
  return type === "allowed_tools" && (mode === "auto" || mode === "required") ? { kind: mode } : null;
}

function outputOf(format: NonNullable<WireResponsesRequest["text"]>["format"]): OutputFormat {
  if (format == null || format.type === "text") return { kind: "text" };
  if (format.type === "json_object") return { kind: "json" };
  const { name, description, schema, strict } = format;
  return { kind: "json_schema", name, description: description ?? null, schema: schema ?? {}, strict: strict ?? null };
}

/** Settings that a response repeats as the client said them. */
const ECHOED = [
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "parallel_tool_calls",
  "prompt_cache_key",
  "prompt_cache_retention",
  "reasoning",
  "safety_identifier",
  "store",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user",
] as const;

function echoOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(ECHOED.flatMap((name) => (body[name] == null ? [] : [[name, body[name]]])));
}
