import type { AssistantPart, ChatMessage, ChatRequest, UserPart } from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import { createDrops, type Drops, dropSampling, takeExtras } from "../_shared/drops.ts";
import { textOfMedia, unpackMedia, urlOfMedia } from "../_shared/media.ts";

const OWN_EXTRAS = new Set(["documents", "citation_options", "safety_mode", "strict_tools", "priority"]);
const BUDGET_OF_EFFORT = { minimal: 1024, low: 2048, medium: 8192, high: 16_384, max: 31_000 } as const;
const MOST_STOPS = 5;

/** Neutral request to the body of `POST /v2/chat`. */
export function encodeCohere(request: ChatRequest, model: string): Encoded {
  const drops = createDrops();
  const extras = takeExtras(request, OWN_EXTRAS, drops);
  dropSampling(request, ["logit_bias", "n"], drops);
  if (request.parallelToolCalls === false && request.tools.length > 0) drops.add("parallel_tool_calls");
  if (request.user !== null) drops.add("user");
  if (request.metadata !== null) drops.add("metadata");
  if (request.serviceTier !== null && request.serviceTier !== "auto") drops.add("service_tier");
  if (request.topLogprobs !== null && request.topLogprobs > 0) drops.add("top_logprobs");
  const system = request.system.map(({ text }) => text).filter((text) => text !== "");
  const isStrict = request.tools.length > 0 && request.tools.every(({ strict }) => strict === true);
  const body = {
    ...extras,
    model,
    messages: [
      ...(system.length === 0 ? [] : [{ role: "system", content: system.join("\n\n") }]),
      ...request.messages.map((message) => encodeMessage(message, drops)),
    ],
    tools:
      request.tools.length === 0
        ? undefined
        : request.tools.map((tool) => ({
            type: "function",
            function: { name: tool.name, description: tool.description ?? undefined, parameters: tool.parameters },
          })),
    strict_tools: isStrict || undefined,
    tool_choice: encodeToolChoice(request, drops),
    response_format: encodeOutput(request, drops),
    max_tokens: request.maxOutputTokens ?? undefined,
    temperature: request.temperature === null ? undefined : Math.min(1, request.temperature),
    p: request.topP === null ? undefined : Math.min(0.99, Math.max(0.01, request.topP)),
    k: request.topK ?? undefined,
    seed: request.seed ?? undefined,
    presence_penalty: penalty(request.presencePenalty, "presence_penalty", drops),
    frequency_penalty: penalty(request.frequencyPenalty, "frequency_penalty", drops),
    logprobs: request.topLogprobs === null ? undefined : true,
    stop_sequences: request.stop.length === 0 ? undefined : request.stop.slice(0, MOST_STOPS),
    thinking: encodeThinking(request),
    stream: request.stream || undefined,
  };
  if (request.stop.length > MOST_STOPS) drops.add("stop");
  return { body, dropped: drops.list() };
}

function encodeMessage(message: ChatMessage, drops: Drops): object {
  if (message.role === "user") return { role: "user", content: encodeUserParts(message.parts, drops) };
  if (message.role === "assistant") return encodeAssistant(message.parts);
  const texts = message.parts.map((part) => {
    if (part.kind === "text") return part.text;
    drops.add(`tool_result.${part.kind}`);
    return `[${part.kind} left out]`;
  });
  const text = texts.join("\n");
  return { role: "tool", tool_call_id: message.toolCallId, content: message.isError ? `Error: ${text}` : text };
}

/** With tool calls the words before them are the tool plan; reasoning itself is not given back. */
function encodeAssistant(parts: readonly AssistantPart[]): object {
  const calls = parts.filter((part) => part.kind === "tool_call");
  const text = parts.flatMap((part) => (part.kind === "text" || part.kind === "refusal" ? [part.text] : [])).join("");
  const plan = text !== "" ? text : parts.flatMap((part) => (part.kind === "reasoning" ? [part.text] : [])).join("");
  if (calls.length === 0) return { role: "assistant", content: text };
  return {
    role: "assistant",
    tool_plan: plan === "" ? undefined : plan,
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: "function",
      function: { name: call.name, arguments: call.argumentsJson },
    })),
  };
}

function encodeUserParts(parts: readonly UserPart[], drops: Drops): string | object[] {
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only?.kind === "text") return only.text;
  return parts.map((part) => {
    if (part.kind === "text") return { type: "text", text: part.text };
    if (part.kind === "image") {
      return { type: "image_url", image_url: { url: urlOfMedia(part.source), detail: part.detail ?? undefined } };
    }
    const text = part.kind === "document" ? textOfMedia(unpackMedia(part.source)) : null;
    if (text !== null) return { type: "text", text };
    drops.add(part.kind);
    return { type: "text", text: `[${part.kind} left out]` };
  });
}

/** The vendor chooses by itself unless told REQUIRED or NONE; it cannot be held to one tool. */
function encodeToolChoice({ toolChoice, tools }: ChatRequest, drops: Drops): string | undefined {
  if (toolChoice === null || tools.length === 0 || toolChoice.kind === "auto") return undefined;
  if (toolChoice.kind === "tool" && tools.length > 1) drops.add("tool_choice");
  return toolChoice.kind === "none" ? "NONE" : "REQUIRED";
}

function encodeOutput({ output, tools }: ChatRequest, drops: Drops): object | undefined {
  if (output.kind === "text") return undefined;
  if (tools.length > 0) {
    drops.add("response_format");
    return undefined;
  }
  return output.kind === "json" ? { type: "json_object" } : { type: "json_object", json_schema: output.schema };
}

/** From 0 to 1, where OpenAI's go from -2 to 2. */
function penalty(value: number | null, name: string, drops: Drops): number | undefined {
  if (value === null || value === 0) return undefined;
  if (value < 0) {
    drops.add(name);
    return undefined;
  }
  return Math.min(1, value);
}

function encodeThinking({ reasoning }: ChatRequest): object | undefined {
  const { effort, budgetTokens } = reasoning;
  if (effort === null && budgetTokens === null) return undefined;
  if (budgetTokens === 0 || (effort === "none" && budgetTokens === null)) return { type: "disabled" };
  return { type: "enabled", token_budget: budgetTokens ?? BUDGET_OF_EFFORT[effort as keyof typeof BUDGET_OF_EFFORT] };
}
