import { z } from "zod";
import { defineProvider, type UpstreamTarget } from "../provider.ts";
import { decodeGeminiCount } from "./_google/count.ts";
import { decodeGemini } from "./_google/decode.ts";
import { decodeGeminiEmbed, encodeGeminiEmbed } from "./_google/embed.ts";
import { encodeGemini } from "./_google/encode.ts";
import { decodeGeminiError } from "./_google/fault.ts";
import { decodeGeminiStream } from "./_google/stream.ts";
import { originOf } from "./_shared/origin.ts";

const BASE_URL = "https://generativelanguage.googleapis.com";
const HOUSE = { takesCallIds: true, takesLogprobs: false };

/** Google's Gemini API (the one with an API key; Gemini on Google Cloud is `vertex`). */
export default defineProvider({
  name: "google",
  baseUrl: BASE_URL,
  format: "gemini",
  prices: "google",
  options: z.strictObject({}),
  abilities: { tools: true, images: true, documents: true, jsonSchema: true, streaming: true, embeddings: true },
  address: (target, { model, stream }) =>
    addressOf(target, model, stream ? "streamGenerateContent?alt=sse" : "generateContent"),
  encode: (request, model) => encodeGemini(request, model, HOUSE),
  decode: decodeGemini,
  decodeStream: decodeGeminiStream,
  decodeError: decodeGeminiError,
  embed: {
    textsAtOnce: () => 100,
    address: (target, { model }) => addressOf(target, model, "batchEmbedContents"),
    encode: encodeGeminiEmbed,
    decode: decodeGeminiEmbed,
  },
  count: {
    address: (target, { model }) => addressOf(target, model, "countTokens"),
    encode(request, model) {
      const { body, dropped } = encodeGemini(request, model, HOUSE);
      return { body: { generateContentRequest: { model: modelPath(model), ...(body as object) } }, dropped };
    },
    decode: decodeGeminiCount,
  },
});

/** `models/x` for a plain name; tuned models and full paths stay. */
function modelPath(model: string): string {
  return model.includes("/") ? model : `models/${model}`;
}

function addressOf(target: UpstreamTarget, model: string, call: string) {
  const key: Record<string, string> = target.apiKey === null ? {} : { "x-goog-api-key": target.apiKey };
  const path = modelPath(model).split("/").map(encodeURIComponent).join("/");
  return {
    url: `${originOf(target.baseUrl ?? BASE_URL, "v1beta", "v1")}/v1beta/${path}:${call}`,
    headers: { ...key, ...target.headers },
  };
}
