import { z } from "zod";
import { defineProvider } from "../provider.ts";
import { decodeOpenAiError } from "./_openai-chat/fault.ts";
import { decodeResponses } from "./_openai-responses/decode.ts";
import { encodeResponses } from "./_openai-responses/encode.ts";
import { decodeResponsesStream } from "./_openai-responses/stream.ts";
import openai from "./openai.ts";

const BASE_URL = "https://api.openai.com/v1";

/** OpenAI's Responses API, which some of its models speak alone. */
export default defineProvider({
  name: "openai-responses",
  baseUrl: BASE_URL,
  format: "openai-responses",
  prices: "openai",
  options: z.strictObject({}),
  abilities: { tools: true, images: true, documents: true, jsonSchema: true, streaming: true, embeddings: true },
  address(target) {
    const base = (target.baseUrl ?? BASE_URL).replace(/\/+$/, "");
    const key: Record<string, string> = target.apiKey === null ? {} : { authorization: `Bearer ${target.apiKey}` };
    return { url: `${base}/responses`, headers: { ...key, ...target.headers } };
  },
  encode: (request, model) => encodeResponses(request, model),
  decode: decodeResponses,
  decodeStream: decodeResponsesStream,
  decodeError: decodeOpenAiError,
  embed: openai.embed!,
});
