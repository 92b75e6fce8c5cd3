import type { ChatRequest, ToolChoice } from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import { claudeFacts } from "../_anthropic/claude-facts.ts";
import { JSON_TOOL } from "../_anthropic/encode.ts";
import { schemaSubset } from "../_anthropic/schema-subset.ts";
import { thinkingOf } from "../_anthropic/thinking.ts";
import { createDrops, type Drops, dropSampling, takeExtras } from "../_shared/drops.ts";
import { isObject } from "../_shared/json.ts";
import { cachePoint, encodeMessages, encodeText } from "./messages.ts";

const OWN_EXTRAS = new Set(["guardrailConfig", "performanceConfig", "promptVariables", "additionalModelRequestFields"]);
/** With thinking on, Claude needs a limit to put the budget under; without, the model's own limit holds. */
const DEFAULT_MAX_TOKENS = 32_000;

/** Neutral request to the body of Converse and ConverseStream; the model's id goes into the URL. */
export function encodeConverse(request: ChatRequest, model: string): Encoded {
  const drops = createDrops();
  const extras = takeExtras(request, OWN_EXTRAS, drops);
  dropSampling(request, ["seed", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "n"], drops);
  if (request.parallelToolCalls === false && request.tools.length > 0) drops.add("parallel_tool_calls");
  if (request.user !== null) drops.add("user");
  const isClaude = /claude/i.test(model);
  const facts = claudeFacts(model);
  const messages = encodeMessages(request.messages, drops);
  const tools = encodeTools(request, isClaude && facts.takesJsonSchema, drops);
  const isForced = tools !== undefined && (tools.wanted === "required" || tools.wanted === "tool");
  const thinking = isClaude
    ? thinkingOf(
        request,
        facts,
        {
          asked: request.maxOutputTokens,
          unasked: DEFAULT_MAX_TOKENS,
          isBudgetBlocked: isForced || lacksReasoning(messages),
        },
        drops,
      )
    : null;
  const takesSampling = thinking === null || (facts.takesSampling && !thinking.isOn);
  const fields = {
    ...(isObject(extras["additionalModelRequestFields"]) ? extras["additionalModelRequestFields"] : {}),
    top_k: isClaude ? drops.take(takesSampling, "top_k", request.topK) : undefined,
    thinking: thinking?.thinking,
    output_config: thinking?.effort === undefined ? undefined : { effort: thinking.effort },
    ...(isClaude ? {} : otherReasoning(request, model, drops)),
  };
  if (!isClaude && request.topK !== null) drops.add("top_k");
  const temperature = drops.take(takesSampling, "temperature", request.temperature);
  const takesTopP = takesSampling && (!isClaude || facts.takesTemperatureWithTopP || temperature === undefined);
  const system = request.system.flatMap(encodeText);
  if (request.output.kind === "json") system.push({ text: "Answer with one JSON object and nothing else." });
  const { additionalModelRequestFields: _merged, ...others } = extras;
  const body = {
    ...others,
    messages,
    system: system.length === 0 ? undefined : system,
    inferenceConfig: {
      maxTokens: thinking?.isOn ? thinking.maxTokens : (request.maxOutputTokens ?? undefined),
      temperature: temperature === undefined ? undefined : Math.min(1, temperature),
      topP: drops.take(takesTopP, "top_p", request.topP),
      stopSequences: request.stop.length === 0 ? undefined : request.stop,
    },
    toolConfig: tools?.config,
    outputConfig: isClaude && facts.takesJsonSchema ? encodeOutput(request) : undefined,
    additionalModelRequestFields: Object.values(fields).some((value) => value !== undefined) ? fields : undefined,
    additionalModelResponseFieldPaths: isClaude && request.stop.length > 0 ? ["/stop_sequence"] : undefined,
    requestMetadata: request.metadata ?? undefined,
    serviceTier: encodeTier(request, drops),
  };
  return { body, dropped: drops.list() };
}

/** Whether the turn being worked on began without a thinking block, in which case thinking cannot be switched on. */
function lacksReasoning(turns: readonly { readonly role: string; readonly content: readonly object[] }[]): boolean {
  const last = turns.findLast(({ role }) => role === "assistant")?.content ?? [];
  return last.some((block) => "toolUse" in block) && !("reasoningContent" in last[0]!);
}

/** Amazon's own models and gpt-oss name reasoning their own ways; the rest is not asked to reason. */
function otherReasoning({ reasoning }: ChatRequest, model: string, drops: Drops): object {
  const { effort, budgetTokens } = reasoning;
  if (effort === null && budgetTokens === null) return {};
  const isOff = effort === "none" || budgetTokens === 0;
  const level = effort === null ? "medium" : effort === "max" ? "high" : effort === "minimal" ? "low" : effort;
  if (model.includes("openai.gpt-oss")) return isOff ? {} : { reasoning_effort: level };
  if (model.includes("amazon.nova-2")) {
    return { reasoningConfig: isOff ? { type: "disabled" } : { type: "enabled", maxReasoningEffort: level } };
  }
  if (!isOff) drops.add("reasoning");
  return {};
}

interface Tools {
  readonly config: object;
  readonly wanted: ToolChoice["kind"];
}

/** Converse refuses calls in the history without declared tools, so tools that only the history knows are declared too. */
function encodeTools(request: ChatRequest, takesJsonSchema: boolean, drops: Drops): Tools | undefined {
  const { output } = request;
  const known = new Set(request.tools.map(({ name }) => name));
  const past = new Set<string>();
  for (const message of request.messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.parts) if (part.kind === "tool_call" && !known.has(part.name)) past.add(part.name);
  }
  const usedTools = request.messages.some(
    (message) =>
      message.role === "tool" ||
      (message.role === "assistant" && message.parts.some(({ kind }) => kind === "tool_call")),
  );
  const isJsonTool = output.kind === "json_schema" && !takesJsonSchema;
  let wanted: ToolChoice = request.toolChoice ?? { kind: "auto" };
  if (wanted.kind === "none" && !usedTools && !isJsonTool) return undefined;
  const list: object[] = request.tools.flatMap((tool) => [
    toolSpec(tool.name, tool.description, tool.parameters),
    ...(tool.cacheControl === null ? [] : [cachePoint(tool.cacheControl)]),
  ]);
  for (const name of past) list.push(toolSpec(name, null, null));
  if (isJsonTool) {
    list.push(toolSpec(JSON_TOOL, output.description ?? "Give the answer by calling this tool once.", output.schema));
    wanted = { kind: "required" };
  }
  if (list.length === 0) return undefined;
  if (wanted.kind === "none") drops.add("tool_choice");
  const toolChoice =
    request.toolChoice === null && !isJsonTool
      ? undefined
      : wanted.kind === "tool"
        ? { tool: { name: wanted.name } }
        : wanted.kind === "required"
          ? { any: {} }
          : { auto: {} };
  return { config: { tools: list, toolChoice }, wanted: wanted.kind };
}

function toolSpec(name: string, description: string | null, parameters: unknown): object {
  const json = isObject(parameters) ? { type: "object", ...parameters } : { type: "object", properties: {} };
  return { toolSpec: { name, ...(description ? { description } : {}), inputSchema: { json } } };
}

function encodeOutput({ output }: ChatRequest): object | undefined {
  if (output.kind !== "json_schema") return undefined;
  const schema = JSON.stringify(schemaSubset(output.schema));
  return {
    textFormat: {
      type: "json_schema",
      structure: { jsonSchema: { schema, name: output.name, description: output.description ?? undefined } },
    },
  };
}

function encodeTier({ serviceTier }: ChatRequest, drops: Drops): object | undefined {
  if (serviceTier === null || serviceTier === "auto") return undefined;
  if (["default", "priority", "flex", "reserved"].includes(serviceTier)) return { type: serviceTier };
  drops.add("service_tier");
  return undefined;
}
