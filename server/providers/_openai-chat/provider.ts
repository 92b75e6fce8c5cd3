import { z } from "zod";
import {
  type Address,
  defineProvider,
  type Provider,
  type ProviderAbilities,
  type UpstreamTarget,
} from "../../provider.ts";
import { decodeOpenAiChat } from "./decode.ts";
import { decodeOpenAiEmbed, encodeOpenAiEmbed } from "./embed.ts";
import { encodeOpenAiChat } from "./encode.ts";
import { decodeOpenAiError } from "./fault.ts";
import { plainCompletion } from "./plain.ts";
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
  const abilities: ProviderAbilities = {
    tools: true,
    images: true,
    documents: true,
    jsonSchema: true,
    streaming: true,
    embeddings: true,
    ...vendor.abilities,
  };
  const taken = {
    takesImages: abilities.images,
    ...(abilities.documents ? {} : { documents: null }),
  } satisfies Partial<OpenAiChatQuirks>;
  const quirks = { ...COMPATIBLE_QUIRKS, ...taken, ...vendor.quirks };
  const addressOf = (target: UpstreamTarget, path: string): Address => {
    const base = (target.baseUrl ?? vendor.baseUrl ?? "").replace(/\/+$/, "");
    const key: Record<string, string> = target.apiKey === null ? {} : { authorization: `Bearer ${target.apiKey}` };
    return { url: `${base}/${path}`, headers: { ...key, ...vendor.headers, ...target.headers } };
  };
  return defineProvider({
    name: vendor.name,
    baseUrl: vendor.baseUrl,
    format: "openai-chat",
    prices: vendor.prices,
    options: z.strictObject({}),
    abilities,
    sendsUsageUnasked: !quirks.takesStreamOptions,
    address: (target) => addressOf(target, "chat/completions"),
    encode: (request, model) => encodeOpenAiChat(request, model, quirks),
    decode: (body) => plainCompletion(body, quirks) ?? decodeOpenAiChat(body, quirks),
    decodeStream: () => decodeOpenAiStream(quirks),
    decodeError: decodeOpenAiError,
    ...(abilities.embeddings
      ? {
          embed: {
            address: (target: UpstreamTarget) => addressOf(target, "embeddings"),
            encode: encodeOpenAiEmbed,
            decode: decodeOpenAiEmbed,
          },
        }
      : {}),
  });
}
