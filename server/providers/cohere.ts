import { z } from "zod";
import { defineProvider, type UpstreamTarget } from "../provider.ts";
import { decodeCohere } from "./_cohere/decode.ts";
import { decodeCohereEmbed, encodeCohereEmbed } from "./_cohere/embed.ts";
import { encodeCohere } from "./_cohere/encode.ts";
import { decodeCohereError } from "./_cohere/fault.ts";
import { decodeCohereStream } from "./_cohere/stream.ts";
import { originOf } from "./_shared/origin.ts";

const BASE_URL = "https://api.cohere.com";

/** Cohere's second chat API. */
export default defineProvider({
  name: "cohere",
  baseUrl: BASE_URL,
  format: "cohere-chat",
  prices: "cohere",
  options: z.strictObject({}),
  abilities: { tools: true, images: true, documents: false, jsonSchema: true, streaming: true, embeddings: true },
  address: (target) => addressOf(target, "/v2/chat"),
  encode: (request, model) => encodeCohere(request, model),
  decode: decodeCohere,
  decodeStream: decodeCohereStream,
  decodeError: decodeCohereError,
  embed: {
    textsAtOnce: () => 96,
    address: (target) => addressOf(target, "/v2/embed"),
    encode: encodeCohereEmbed,
    decode: decodeCohereEmbed,
  },
});

function addressOf(target: UpstreamTarget, path: string) {
  const key: Record<string, string> = target.apiKey === null ? {} : { authorization: `Bearer ${target.apiKey}` };
  return { url: originOf(target.baseUrl ?? BASE_URL, "v2", "v1") + path, headers: { ...key, ...target.headers } };
}
