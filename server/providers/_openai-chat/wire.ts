import { z } from "zod";
import { lax, laxCount, laxText } from "../_shared/lax.ts";

/** What answers of the chat format hold, as far as it is read; vendors add to it and leave out of it as they like. */
export const WireUsage = z.looseObject({
  prompt_tokens: laxCount,
  completion_tokens: laxCount,
  total_tokens: laxCount,
  prompt_tokens_details: lax(
    z.looseObject({
      cached_tokens: laxCount,
      cache_write_tokens: laxCount,
      audio_tokens: laxCount,
      image_tokens: laxCount,
    }),
  ),
  completion_tokens_details: lax(
    z.looseObject({ reasoning_tokens: laxCount, audio_tokens: laxCount, image_tokens: laxCount }),
  ),
  /** DeepSeek's, and Moonshot's and Together's, name for cached tokens. */
  prompt_cache_hit_tokens: laxCount,
  cached_tokens: laxCount,
  /** Perplexity's place for them. */
  reasoning_tokens: laxCount,
});
export type WireUsage = z.infer<typeof WireUsage>;

const WireFunction = z
  .looseObject({
    name: z.string().nullish(),
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  })
  .nullish();

const WireToolCall = z.looseObject({
  id: laxText,
  index: lax(z.number()),
  function: WireFunction,
  /** A custom tool takes free text. */
  custom: z.looseObject({ name: z.string().nullish(), input: z.string().nullish() }).nullish(),
});
export type WireToolCall = z.infer<typeof WireToolCall>;

const WireAnnotation = z.looseObject({
  url_citation: lax(
    z.looseObject({
      url: laxText,
      title: laxText,
      content: laxText,
      start_index: lax(z.number()),
      end_index: lax(z.number()),
    }),
  ),
});

const WireTokenLogprob = z.looseObject({
  token: z.string(),
  logprob: z.number(),
  bytes: lax(z.array(z.number())),
});
export const WireLogprobEntry = WireTokenLogprob.extend({ top_logprobs: lax(z.array(WireTokenLogprob)) });
export type WireLogprobEntry = z.infer<typeof WireLogprobEntry>;

/** Other forms of it (a bare number from Together, the legacy lists) are left aside. */
export const WireLogprobs = lax(
  z.looseObject({ content: lax(z.array(WireLogprobEntry)), refusal: lax(z.array(WireLogprobEntry)) }),
);

/** Text may come as a string or, from Mistral's reasoning models, as typed chunks. */
const WireContent = z.union([
  z.string(),
  z.array(
    z.looseObject({
      type: laxText,
      text: laxText,
      thinking: lax(z.union([z.string(), z.array(z.looseObject({ text: laxText }))])),
    }),
  ),
]);

export const WireMessage = z.looseObject({
  content: WireContent.nullish(),
  reasoning_content: laxText,
  reasoning: laxText,
  reasoning_details: lax(z.array(z.looseObject({ text: laxText, summary: laxText }))),
  refusal: laxText,
  tool_calls: z.array(WireToolCall).nullish(),
  /** The one call of models and clients from before tools. */
  function_call: WireFunction,
  /** Spoken answers say in text what they say. */
  audio: lax(z.looseObject({ transcript: laxText, data: laxText })),
  /** What models behind OpenRouter draw. */
  images: lax(z.array(z.unknown())),
  annotations: lax(z.array(WireAnnotation)),
});
export type WireMessage = z.infer<typeof WireMessage>;

/** Perplexity and xAI list what they read beside the answer. */
export const WireSources = {
  citations: lax(z.array(z.unknown())),
  search_results: lax(z.array(z.looseObject({ url: laxText, title: laxText }))),
};
export type WireSources = z.infer<z.ZodObject<typeof WireSources>>;

/** What a whole answer and a stream's chunk say alike. */
export const WireHead = {
  ...WireSources,
  id: laxText,
  model: laxText,
  usage: lax(WireUsage),
  service_tier: laxText,
  system_fingerprint: laxText,
};

export const WireChoice = {
  finish_reason: laxText,
  logprobs: WireLogprobs,
  /** OpenRouter's word for a fault of the model behind it. */
  error: z.unknown().optional(),
};
