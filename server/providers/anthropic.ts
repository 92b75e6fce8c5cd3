import { z } from "zod";
import { defineProvider, type UpstreamTarget } from "../provider.ts";
import { badResponse } from "../upstream-fault.ts";
import { decodeAnthropic } from "./_anthropic/decode.ts";
import { encodeAnthropic, encodeAnthropicCount } from "./_anthropic/encode.ts";
import { decodeAnthropicError } from "./_anthropic/fault.ts";
import { decodeAnthropicStream } from "./_anthropic/stream.ts";
import { originOf } from "./_shared/origin.ts";

const BASE_URL = "https://api.anthropic.com";
const Options = z.strictObject({
  /** `max_tokens` when the client gave none. */
  maxTokens: z.number().int().positive().optional(),
  /** How the key is shown: as `x-api-key`, or as a bearer token (OAuth, gateways). */
  auth: z.enum(["x-api-key", "bearer"]).optional(),
});
const WireCount = z.looseObject({ input_tokens: z.number().int().nonnegative() });

/** Anthropic's Messages API. */
export default defineProvider({
  name: "anthropic",
  baseUrl: BASE_URL,
  format: "anthropic-messages",
  prices: "anthropic",
  options: Options,
  abilities: { tools: true, images: true, documents: true, jsonSchema: true, streaming: true, embeddings: false },
  address: (target) => addressOf(target, "/v1/messages"),
  // The options were checked by the schema above.
  encode: (request, model, options) => encodeAnthropic(request, model, options as z.infer<typeof Options> | undefined),
  decode: decodeAnthropic,
  decodeStream: decodeAnthropicStream,
  decodeError: decodeAnthropicError,
  count: {
    address: (target) => addressOf(target, "/v1/messages/count_tokens"),
    encode: encodeAnthropicCount,
    decode(body) {
      const parsed = WireCount.safeParse(body);
      if (!parsed.success) throw badResponse("the upstream's answer is no token count");
      return { inputTokens: parsed.data.input_tokens };
    },
  },
});

function addressOf(target: UpstreamTarget, path: string) {
  const key: Record<string, string> =
    target.apiKey === null
      ? {}
      : target.options["auth"] === "bearer"
        ? { authorization: `Bearer ${target.apiKey}` }
        : { "x-api-key": target.apiKey };
  return {
    url: originOf(target.baseUrl ?? BASE_URL, "v1") + path,
    headers: { "anthropic-version": "2023-06-01", ...key, ...target.headers },
  };
}
