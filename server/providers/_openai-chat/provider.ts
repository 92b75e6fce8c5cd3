import { z } from "zod";
import { defineProvider, type Provider, type ProviderAbilities } from "../../provider.ts";
import { decodeOpenAiChat } from "./decode.ts";
import { encodeOpenAiChat } from "./encode.ts";
import { decodeOpenAiError } from "./fault.ts";
import { COMPATIBLE_QUIRKS, type OpenAiChatQuirks } from "./quirks.ts";
import { decodeOpenAiStream } from "./stream.ts";

/** What sets one vendor of the OpenAI chat format apart. */
export interface OpenAiChatVendor {
  readonly name: string;
  readonly baseUrl: string | null;
  readonly prices: string | null;
  readonly quirks?: Partial<OpenAiChatQuirks>;
  readonly abilities?: Partial<ProviderAbilities>;
  /** Headers beside `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A provider of the OpenAI chat format from a few lines of data. */
export function openAiChatProvider(vendor: OpenAiChatVendor): Provider {
  const quirks = { ...COMPATIBLE_QUIRKS, ...vendor.quirks };
  return defineProvider({
    name: vendor.name,
    baseUrl: vendor.baseUrl,
    format: "openai-chat",
    prices: vendor.prices,
    sendsUsageUnasked: !quirks.takesStreamOptions,
    options: z.strictObject({}),
    abilities: {
      tools: true,
      images: true,
      documents: true,
      jsonSchema: quirks.takesJsonSchema,
      streaming: true,
      embeddings: true,
      ...vendor.abilities,
    },
    address(target) {
      const base = (target.baseUrl ?? vendor.baseUrl ?? "").replace(/\/+$/, "");
      const key: Record<string, string> = target.apiKey === null ? {} : { authorization: `Bearer ${target.apiKey}` };
      return { url: `${base}/chat/completions`, headers: { ...key, ...vendor.headers, ...target.headers } };
    },
    encode: (request, model) => encodeOpenAiChat(request, model, quirks),
    decode: (body) => decodeOpenAiChat(body, quirks),
    decodeStream: () => decodeOpenAiStream(quirks),
    decodeError: decodeOpenAiError,
  });
}
