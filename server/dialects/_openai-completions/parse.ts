import { z } from "zod";
import type { ChatRequest } from "../../chat.ts";
import { ApiError } from "../../errors.ts";
import { invalidBody } from "../../invalid-body.ts";
import { SAMPLING } from "../_openai-chat/schema.ts";
import { textPart } from "../_shared/text-part.ts";
import { unknownFields } from "../_shared/unknown-fields.ts";

const count = z.number().int();
const WireCompletionRequest = z.object({
  model: z.string().min(1),
  prompt: z.union([z.string(), z.array(z.union([z.string(), count, z.array(count)]))]).nullish(),
  max_tokens: count.nonnegative().nullish(),
  ...SAMPLING,
  logprobs: count.min(0).max(5).nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  best_of: count.min(1).max(20).nullish(),
});
type WireCompletionRequest = z.infer<typeof WireCompletionRequest>;

/** What a completion is answered with, when the client says nothing of its length. */
const DEFAULT_MAX_TOKENS = 16;

/**
 * A prompt as the one message of a chat: chat models answer it rather than continue it.
 *
 * @throws ApiError `invalid_request` naming the first field at fault
 */
export function parseCompletions(body: unknown): ChatRequest {
  const parsed = WireCompletionRequest.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error);
  const wire = parsed.data;
  refuseUnspeakable(wire);
  const prompt = promptOf(wire.prompt);
  return {
    model: wire.model,
    system: [],
    messages: [{ role: "user", parts: [textPart(prompt)] }],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    output: { kind: "text" },
    maxOutputTokens: wire.max_tokens ?? DEFAULT_MAX_TOKENS,
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    topK: wire.top_k ?? null,
    stop: typeof wire.stop === "string" ? [wire.stop] : (wire.stop ?? []),
    seed: wire.seed ?? null,
    presencePenalty: wire.presence_penalty ?? null,
    frequencyPenalty: wire.frequency_penalty ?? null,
    logitBias: wire.logit_bias ?? null,
    topLogprobs: wire.logprobs ?? null,
    count: wire.n ?? 1,
    reasoning: { effort: null, budgetTokens: null, includeText: null },
    stream: wire.stream === true,
    streamUsage: wire.stream_options?.include_usage === true,
    user: wire.user ?? null,
    promptCacheKey: null,
    serviceTier: null,
    metadata: null,
    extras: unknownFields(body, wire),
    ...(wire.echo === true ? { forRender: { echo: prompt } } : {}),
  };
}

/** What chat models cannot do is refused in plain words rather than answered wrongly. */
function refuseUnspeakable(wire: WireCompletionRequest): void {
  const refuse = (place: string, reason: string): never => {
    throw new ApiError("invalid_request", `${place}: ${reason}`, { place });
  };
  if (wire.suffix) refuse("suffix", "inserting before a suffix is not supported; put both ends into the prompt");
  if (wire.best_of != null && wire.best_of !== (wire.n ?? 1)) {
    refuse("best_of", "ranking of answers is not supported; ask for n answers instead");
  }
  if (wire.echo === true && wire.logprobs != null) {
    refuse("echo", "log-probabilities of the prompt are not supported; leave out echo or logprobs");
  }
  if (wire.max_tokens === 0) refuse("max_tokens", "at least 1 is needed");
}

function promptOf(prompt: WireCompletionRequest["prompt"]): string {
  const refuse = (reason: string): never => {
    throw new ApiError("invalid_request", `prompt: ${reason}`, { place: "prompt" });
  };
  if (prompt == null) return refuse("a text is needed");
  if (typeof prompt === "string") return prompt;
  const [first, ...others] = prompt;
  if (typeof first === "number" || Array.isArray(first)) {
    return refuse("token ids belong to one model's tokenizer and are not supported; send the text");
  }
  if (first === undefined || others.length > 0) return refuse("one prompt a request; send several requests for more");
  return first;
}
