import type { Address, Provider, UpstreamTarget } from "../../provider.ts";
import { decodeAnthropic } from "../_anthropic/decode.ts";
import { encodeAnthropic } from "../_anthropic/encode.ts";
import { decodeAnthropicError } from "../_anthropic/fault.ts";
import { decodeAnthropicStream } from "../_anthropic/stream.ts";
import { decodeGeminiError } from "../_google/fault.ts";

/** Vertex names the API's version in the body, and the model in the URL alone. */
const VERSION = { anthropic_version: "vertex-2023-10-16" };

export function isClaude(model: string): boolean {
  return /(?:^|\/)claude-/.test(model);
}

/**
 * Anthropic's Messages API as Vertex serves it.
 *
 * @param addressOf URL and access of a method of a model
 * @source docs.cloud.google.com/vertex-ai, partner models: use Claude
 */
export function claudeOnVertex(
  vertex: Pick<Provider, "name" | "baseUrl" | "options" | "sign">,
  addressOf: (target: UpstreamTarget, model: string, call: string, publisher: string) => Address,
): Provider {
  return {
    ...vertex,
    format: "anthropic-messages",
    prices: "anthropic",
    abilities: { tools: true, images: true, documents: true, jsonSchema: true, streaming: true, embeddings: false },
    insteadOfModel: JSON.stringify(VERSION).slice(1, -1),
    address: (target, { model, stream }) =>
      addressOf(target, model, stream ? "streamRawPredict" : "rawPredict", "anthropic"),
    encode(request, model) {
      const { body, ...rest } = encodeAnthropic(request, model);
      return { ...rest, body: { ...(body as object), ...VERSION, model: undefined } };
    },
    decode: decodeAnthropic,
    decodeStream: decodeAnthropicStream,
    // What Vertex refuses itself, it refuses in Google's words.
    decodeError: (status, headers, body, nowMs) =>
      /"type"\s*:\s*"error"/.test(body)
        ? decodeAnthropicError(status, headers, body, nowMs)
        : decodeGeminiError(status, headers, body, nowMs),
  };
}
