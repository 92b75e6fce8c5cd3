import type { ChatRequest, ToolChoice } from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import { createDrops, type Drops, dropSampling, takeExtras } from "../_shared/drops.ts";
import { isObject } from "../_shared/json.ts";
import { type ClaudeFacts, claudeFacts } from "./claude-facts.ts";
import { cacheOf, encodeMessages, encodeText, lacksThinking } from "./messages.ts";
import { schemaSubset } from "./schema-subset.ts";
import { thinkingOf } from "./thinking.ts";

/** Tool by which a model without structured outputs is made to answer in JSON; decoders turn its call back into text. */
export const JSON_TOOL = "weir_json_output";
const DEFAULT_MAX_TOKENS = 32_000;
const FILES_BETA = "files-api-2025-04-14";

const OWN_EXTRAS = new Set([
  "container",
  "context_management",
  "mcp_servers",
  "inference_geo",
  "cache_control",
  "speed",
]);

export interface AnthropicOptions {
  /** `max_tokens` when the client gave none; the API demands one. */
  readonly maxTokens?: number | undefined;
}

/** Neutral request to the body of `POST /v1/messages`. */
export function encodeAnthropic(request: ChatRequest, model: string, options: AnthropicOptions = {}): Encoded {
  const drops = createDrops();
  const facts = claudeFacts(model);
  const extras = takeExtras(request, OWN_EXTRAS, drops);
  // OpenAI's field of this name is another thing.
  if (Array.isArray(extras["context_management"])) {
    delete extras["context_management"];
    drops.add("context_management");
  }
  dropSampling(request, ["seed", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "n"], drops);
  const messages = encodeMessages(request.messages, drops);
  const tools = encodeTools(request, facts, drops);
  const { thinking, effort, maxTokens, isOn } = thinkingOf(
    request,
    facts,
    {
      asked: request.maxOutputTokens,
      unasked: options.maxTokens ?? DEFAULT_MAX_TOKENS,
      isBudgetBlocked: tools.isForced || lacksThinking(messages),
    },
    drops,
  );
  if (request.maxOutputTokens !== null && request.maxOutputTokens > maxTokens) drops.add("max_tokens");
  const format =
    request.output.kind === "json_schema" && facts.takesJsonSchema
      ? { type: "json_schema", schema: schemaSubset(request.output.schema) }
      : undefined;
  const system = encodeSystem(request);
  const userId = request.user ?? request.metadata?.["user_id"];
  const body = {
    ...extras,
    model,
    max_tokens: maxTokens,
    system: system.length === 0 ? undefined : system,
    messages,
    tools: tools.list.length === 0 ? undefined : tools.list,
    tool_choice: tools.choice,
    thinking,
    output_config: effort === undefined && format === undefined ? undefined : { effort, format },
    ...encodeSampling(request, facts, isOn, drops),
    stop_sequences: encodeStop(request, drops),
    metadata: userId === undefined ? undefined : { user_id: userId },
    service_tier: encodeTier(request, drops),
    stream: request.stream || undefined,
  };
  if (Object.keys(request.metadata ?? {}).some((name) => name !== "user_id")) drops.add("metadata");
  const usesFiles = JSON.stringify(messages).includes('"type":"file","file_id"');
  return { body, dropped: drops.list(), ...(usesFiles ? { headers: { "anthropic-beta": FILES_BETA } } : {}) };
}

/** The fields of a request that its token count depends on. */
export function encodeAnthropicCount(request: ChatRequest, model: string): Encoded {
  const { body, dropped, headers } = encodeAnthropic(request, model);
  const { system, messages, tools, tool_choice, thinking } = body as Record<string, unknown>;
  return {
    body: { model, system, messages, tools, tool_choice, thinking },
    dropped,
    ...(headers === undefined ? {} : { headers }),
  };
}

function encodeSystem({ system, output }: ChatRequest): object[] {
  const blocks = system.flatMap(encodeText);
  if (output.kind === "json") blocks.push({ type: "text", text: "Answer with one JSON object and nothing else." });
  return blocks;
}

interface Tools {
  readonly list: readonly object[];
  readonly choice: object | undefined;
  readonly isForced: boolean;
}

function encodeTools(request: ChatRequest, facts: ClaudeFacts, drops: Drops): Tools {
  const { tools, output, parallelToolCalls } = request;
  const list: object[] = tools.map((tool) => ({
    name: tool.name,
    description: tool.description ?? undefined,
    input_schema: isObject(tool.parameters)
      ? { type: "object", ...tool.parameters }
      : { type: "object", properties: {} },
    strict: tool.strict === true && facts.takesJsonSchema ? true : undefined,
    ...cacheOf(tool.cacheControl),
  }));
  let wanted: ToolChoice | null = request.toolChoice;
  if (output.kind === "json_schema" && !facts.takesJsonSchema) {
    list.push({
      name: JSON_TOOL,
      description: output.description ?? "Give the answer by calling this tool once.",
      input_schema: isObject(output.schema) ? { type: "object", ...output.schema } : { type: "object" },
    });
    wanted = tools.length === 0 || wanted?.kind === "none" ? { kind: "tool", name: JSON_TOOL } : { kind: "required" };
  }
  if (list.length === 0) return { list, choice: undefined, isForced: false };
  const isForced = wanted?.kind === "required" || wanted?.kind === "tool";
  if (isForced && !facts.takesForcedTools) {
    drops.add("tool_choice");
    wanted = { kind: "auto" };
  }
  const alone = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  if (wanted === null)
    return { list, choice: parallelToolCalls === false ? { type: "auto", ...alone } : undefined, isForced };
  if (wanted.kind === "none") return { list, choice: { type: "none" }, isForced };
  if (wanted.kind === "tool") return { list, choice: { type: "tool", name: wanted.name, ...alone }, isForced };
  return { list, choice: { type: wanted.kind === "required" ? "any" : "auto", ...alone }, isForced };
}

/** Claude's temperature ends at 1; thinking and the newest models allow no sampling settings at all. */
function encodeSampling(request: ChatRequest, facts: ClaudeFacts, isThinking: boolean, drops: Drops): object {
  const takes = facts.takesSampling && !isThinking;
  const temperature = drops.take(takes || request.temperature === 1, "temperature", request.temperature);
  if (temperature !== undefined && temperature > 1) drops.add("temperature");
  const takesTopP = takes && (facts.takesTemperatureWithTopP || request.temperature === null);
  return {
    temperature: !takes || temperature === undefined ? undefined : Math.min(1, temperature),
    top_p: takesTopP || request.topP !== 1 ? drops.take(takesTopP, "top_p", request.topP) : undefined,
    top_k: drops.take(takes, "top_k", request.topK),
  };
}

/** Blank stop sequences are refused. */
function encodeStop({ stop }: ChatRequest, drops: Drops): readonly string[] | undefined {
  const kept = stop.filter((sequence) => sequence.trim() !== "");
  if (kept.length < stop.length) drops.add("stop");
  return kept.length === 0 ? undefined : kept;
}

function encodeTier({ serviceTier }: ChatRequest, drops: Drops): string | undefined {
  if (serviceTier === null) return undefined;
  if (serviceTier === "auto") return "auto";
  if (serviceTier === "default" || serviceTier === "standard_only") return "standard_only";
  drops.add("service_tier");
  return undefined;
}
