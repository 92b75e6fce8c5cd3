import type { ChatRequest, ToolChoice } from "../../chat.ts";
import type { Encoded } from "../../provider.ts";
import { createDrops, type Drops, takeExtras } from "../_shared/drops.ts";
import { encodeMessages } from "./messages.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

/** Extra fields of the OpenAI dialect go along untouched; those of other dialects are noted. */
const OPENAI_EXTRAS = new Set([
  "modalities",
  "audio",
  "prediction",
  "store",
  "verbosity",
  "web_search_options",
  "safety_identifier",
  "prompt_cache_retention",
]);

/** What clients call fields whose name differs between vendors. */
const CLIENT_NAME: Readonly<Record<string, string>> = { random_seed: "seed" };

/** Neutral request to the body of `POST /chat/completions`. */
export function encodeOpenAiChat(request: ChatRequest, model: string, quirks: OpenAiChatQuirks): Encoded {
  const drops = createDrops();
  const output = encodeOutput(request, model, quirks, drops);
  const body: Record<string, unknown> = {
    ...takeExtras(request, OPENAI_EXTRAS, drops),
    model,
    messages: [
      ...request.system.map(({ text }) => ({ role: "system", content: text })),
      ...(output.instruction === null ? [] : [{ role: "system", content: output.instruction }]),
      ...encodeMessages(request.messages, quirks, drops),
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
    tool_choice:
      request.toolChoice === null || request.tools.length === 0
        ? undefined
        : encodeToolChoice(request.toolChoice, quirks),
    parallel_tool_calls: request.tools.length === 0 ? undefined : (request.parallelToolCalls ?? undefined),
    response_format: output.format,
    [quirks.maxTokensField]: request.maxOutputTokens ?? undefined,
    temperature: request.temperature ?? undefined,
    top_p: request.topP ?? undefined,
    top_k: request.topK ?? undefined,
    stop: request.stop.length === 0 ? undefined : request.stop,
    [quirks.seedField]: request.seed ?? undefined,
    presence_penalty: request.presencePenalty ?? undefined,
    frequency_penalty: request.frequencyPenalty ?? undefined,
    logit_bias: request.logitBias ?? undefined,
    logprobs: request.topLogprobs === null ? undefined : true,
    top_logprobs: request.topLogprobs === null || request.topLogprobs === 0 ? undefined : request.topLogprobs,
    n: request.count === 1 ? undefined : request.count,
    ...quirks.reasoning(request, model, drops),
    stream: request.stream || undefined,
    stream_options: request.stream && quirks.takesStreamOptions ? { include_usage: true } : undefined,
    user: request.user ?? undefined,
    prompt_cache_key: request.promptCacheKey ?? undefined,
    service_tier: request.serviceTier ?? undefined,
    metadata: request.metadata ?? undefined,
  };
  for (const field of quirks.refuses(model, body)) {
    if (body[field] === undefined) continue;
    delete body[field];
    drops.add(CLIENT_NAME[field] ?? field);
  }
  for (const field of quirks.ignores) delete body[field];
  return { body, dropped: drops.list() };
}

function encodeToolChoice(choice: ToolChoice, quirks: OpenAiChatQuirks): string | object {
  if (choice.kind === "tool") return { type: "function", function: { name: choice.name } };
  return choice.kind === "required" ? quirks.requiredToolChoice : choice.kind;
}

interface Output {
  readonly format: object | undefined;
  /** Said to the model where the format alone does not say it. */
  readonly instruction: string | null;
}

/** Where schemas are not enforced, the model is at least told of it; JSON itself is. */
function encodeOutput({ output }: ChatRequest, model: string, quirks: OpenAiChatQuirks, drops: Drops): Output {
  if (output.kind === "text") return { format: undefined, instruction: null };
  if (output.kind === "json") return { format: { type: "json_object" }, instruction: null };
  if (!quirks.takesJsonSchema(model)) {
    drops.add("response_format.json_schema");
    const instruction = `Answer with one JSON object that fits this JSON Schema: ${JSON.stringify(output.schema)}`;
    return { format: { type: "json_object" }, instruction };
  }
  const schema = {
    name: output.name,
    description: output.description ?? undefined,
    schema: output.schema,
    strict: output.strict ?? undefined,
  };
  return { format: { type: "json_schema", json_schema: schema }, instruction: null };
}
