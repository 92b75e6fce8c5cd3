import type { AssistantPart, ChatMessage, ChatRequest, ToolResultPart, UserPart } from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import { openSignature } from "../../signature.ts";
import { shortCallId } from "../_openai-chat/call-ids.ts";
import { effortFor, openAiFacts, refusedBy } from "../_openai-chat/openai-facts.ts";
import { effortOf } from "../_openai-chat/reasoning.ts";
import { createDrops, type Drops, dropSampling, takeExtras } from "../_shared/drops.ts";
import { textOfMedia, unpackMedia, urlOfMedia } from "../_shared/media.ts";

const OWN_EXTRAS = new Set([
  "safety_identifier",
  "prompt_cache_retention",
  "truncation",
  "max_tool_calls",
  "background",
  "prompt",
  "context_management",
]);

/** Neutral request to the body of `POST /responses`. Nothing is stored there: the conversation always goes along whole. */
export function encodeResponses(request: ChatRequest, model: string): Encoded {
  const drops = createDrops();
  const { verbosity, store, ...rest } = request.extras;
  const extras = takeExtras({ ...request, extras: rest }, OWN_EXTRAS, drops);
  dropSampling(request, ["seed", "presence_penalty", "frequency_penalty", "logit_bias", "n", "top_k"], drops);
  if (request.stop.length > 0) drops.add("stop");
  if (store === true) drops.add("store");
  const facts = openAiFacts(model);
  // Claude's field of this name is another thing.
  if ("context_management" in extras && !Array.isArray(extras["context_management"])) {
    delete extras["context_management"];
    drops.add("context_management");
  }
  const instructions = request.system.map(({ text }) => text).join("\n\n");
  // Instructions alone are a prompt too.
  const isOnlySystem = request.messages.length === 0 && instructions !== "";
  const format = encodeFormat(request);
  const include = [
    ...(facts.reasons === true ? ["reasoning.encrypted_content"] : []),
    ...(request.topLogprobs === null ? [] : ["message.output_text.logprobs"]),
  ];
  const body: Record<string, unknown> = {
    ...extras,
    model,
    instructions: instructions === "" || isOnlySystem ? undefined : instructions,
    input: isOnlySystem
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: instructions }] }]
      : request.messages.flatMap((message) => encodeMessage(message, drops)),
    tools:
      request.tools.length === 0
        ? undefined
        : request.tools.map((tool) => ({
            type: "function",
            name: tool.name,
            description: tool.description ?? undefined,
            parameters: tool.parameters,
            // The Responses API is strict unless told otherwise; the client was not told so.
            strict: tool.strict ?? false,
          })),
    tool_choice: encodeToolChoice(request),
    parallel_tool_calls: request.tools.length === 0 ? undefined : (request.parallelToolCalls ?? undefined),
    text: format === undefined && verbosity === undefined ? undefined : { format, verbosity },
    max_output_tokens: maxTokensOf(request, drops),
    temperature: request.temperature ?? undefined,
    top_p: request.topP ?? undefined,
    top_logprobs: request.topLogprobs === null || request.topLogprobs === 0 ? undefined : request.topLogprobs,
    reasoning: encodeReasoning(request, model, drops),
    include: include.length === 0 ? undefined : include,
    store: false,
    stream: request.stream || undefined,
    user: request.user ?? undefined,
    prompt_cache_key: request.promptCacheKey ?? undefined,
    service_tier: request.serviceTier ?? undefined,
    metadata: request.metadata ?? undefined,
  };
  for (const field of refusedBy(model, body)) {
    if (body[field] === undefined) continue;
    delete body[field];
    drops.add(field);
  }
  return { body, dropped: drops.list() };
}

/** The API refuses limits below 16, which elsewhere are common: for one word, or to see whether a key works. */
const LEAST_MAX_TOKENS = 16;

function maxTokensOf({ maxOutputTokens }: ChatRequest, drops: Drops): number | undefined {
  if (maxOutputTokens === null) return undefined;
  if (maxOutputTokens < LEAST_MAX_TOKENS) drops.add("max_tokens");
  return Math.max(maxOutputTokens, LEAST_MAX_TOKENS);
}

function encodeReasoning(request: ChatRequest, model: string, drops: Drops): object | undefined {
  const facts = openAiFacts(model);
  const effort = effortOf(request);
  const summary = request.reasoning.includeText === true && facts.reasons !== false ? "auto" : undefined;
  const word = effort === null || facts.reasons === false ? undefined : effortFor(effort, facts);
  if (effort !== null && effort !== "none" && word === undefined) drops.add("reasoning");
  return word === undefined && summary === undefined ? undefined : { effort: word, summary };
}

function encodeToolChoice({ toolChoice, tools }: ChatRequest): string | object | undefined {
  if (toolChoice === null || tools.length === 0) return undefined;
  return toolChoice.kind === "tool" ? { type: "function", name: toolChoice.name } : toolChoice.kind;
}

function encodeFormat({ output }: ChatRequest): object | undefined {
  if (output.kind === "text") return undefined;
  if (output.kind === "json") return { type: "json_object" };
  return {
    type: "json_schema",
    name: output.name,
    description: output.description ?? undefined,
    schema: output.schema,
    strict: output.strict ?? false,
  };
}

function encodeMessage(message: ChatMessage, drops: Drops): object[] {
  if (message.role === "user") {
    return [{ type: "message", role: "user", content: message.parts.map((part) => encodeUserPart(part, drops)) }];
  }
  if (message.role === "assistant") return encodeAssistant(message.parts);
  const parts = message.parts.map((part) => encodeUserPart(part, drops));
  const texts = message.parts.flatMap((part: ToolResultPart) => (part.kind === "text" ? [part.text] : []));
  const isText = texts.length === message.parts.length;
  const text = texts.join("\n");
  return [
    {
      type: "function_call_output",
      call_id: shortCallId(message.toolCallId),
      output: isText ? (message.isError ? `Error: ${text}` : text) : parts,
    },
  ];
}

function encodeUserPart(part: UserPart, drops: Drops): object {
  if (part.kind === "text") return { type: "input_text", text: part.text };
  const source = unpackMedia(part.source);
  if (part.kind === "image") {
    const detail = part.detail ?? "auto";
    return source.kind === "file"
      ? { type: "input_image", file_id: source.fileId, detail }
      : { type: "input_image", image_url: urlOfMedia(source), detail };
  }
  if (part.kind === "audio") {
    drops.add("audio");
    return { type: "input_text", text: "[audio left out]" };
  }
  const name = part.filename ?? part.title;
  if (source.kind === "file") return { type: "input_file", file_id: source.fileId };
  if (source.kind === "url") return { type: "input_file", file_url: source.url };
  const text = textOfMedia(source);
  if (text !== null) return { type: "input_text", text: name === null ? text : `${name}:\n${text}` };
  return { type: "input_file", filename: name ?? "document.pdf", file_data: urlOfMedia(source) };
}

/** Items in their order; text between two calls is a message of its own. */
function encodeAssistant(parts: readonly AssistantPart[]): object[] {
  const items: object[] = [];
  let content: object[] = [];
  const flush = () => {
    if (content.length > 0) items.push({ type: "message", role: "assistant", content });
    content = [];
  };
  for (const part of parts) {
    if (part.kind === "text") {
      if (part.text !== "") content.push({ type: "output_text", text: part.text });
      continue;
    }
    if (part.kind === "refusal") {
      content.push({ type: "refusal", refusal: part.text });
      continue;
    }
    if (part.kind === "tool_call") {
      flush();
      items.push({
        type: "function_call",
        call_id: shortCallId(part.id),
        name: part.name,
        arguments: part.argumentsJson,
      });
      continue;
    }
    const encrypted = openSignature("openai", part.redacted);
    if (encrypted === null) continue;
    flush();
    const id = openSignature("openai", part.signature);
    items.push({
      type: "reasoning",
      ...(id === null ? {} : { id }),
      summary: part.text === "" ? [] : [{ type: "summary_text", text: part.text }],
      encrypted_content: encrypted,
    });
  }
  flush();
  return items;
}
