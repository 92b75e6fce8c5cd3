import type { z } from "zod";
import type { Named } from "../engine/discover.ts";
import type { ChatEvent, ChatRequest, ChatResult, UpstreamFault } from "./chat.ts";
import type { EmbedRequest, EmbedResult } from "./embed.ts";

/** Wire formats between which a body may pass untouched but for the model's name. */
export type WireFormat =
  | "openai-chat"
  | "openai-responses"
  | "openai-completions"
  | "openai-embeddings"
  | "anthropic-messages"
  | "gemini"
  | "bedrock-converse"
  | "cohere-chat";

/** One configured upstream as its provider sees it, credential chosen. */
export interface UpstreamTarget {
  /** As configured, else the vendor's own. Means what it means in the vendor's SDK. */
  readonly baseUrl: string | null;
  readonly apiKey: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Provider-specific settings, already checked by the provider's `options` schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What goes over the wire. `body` is JSON text unless the operation says otherwise. */
export interface WireRequest {
  readonly method: "POST" | "GET";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

export interface Encoded {
  readonly body: unknown;
  /** Neutral or extra fields that this provider cannot take, by the client's names; listed in `x-weir-dropped`. */
  readonly dropped: readonly string[];
  /** Headers that this body needs beside those of `address` (beta features); they win over equal names there. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Turns the bytes of one stream into events; any chunking gives the same events. */
export interface StreamDecoder {
  push(bytes: Uint8Array): ChatEvent[];
  /** The upstream closed: whatever is missing becomes events, a broken end becomes an `error`. */
  end(): ChatEvent[];
}

/** What a provider can do, as data. */
export interface ProviderAbilities {
  readonly tools: boolean;
  readonly images: boolean;
  readonly documents: boolean;
  readonly jsonSchema: boolean;
  readonly streaming: boolean;
  readonly embeddings: boolean;
}

/** Where a call goes, and how it proves who calls. */
export interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The vendor's endpoint for vectors of texts. */
interface EmbedCalls {
  /** Texts that one call takes; absent: as many as there are. */
  readonly textsAtOnce?: (model: string) => number;
  address(target: UpstreamTarget, call: { readonly model: string }): Address;
  encode(request: EmbedRequest, model: string, target: UpstreamTarget): Encoded;
  /** @throws UpstreamFaultError kind `bad_response` when the body is not this vendor's answer */
  decode(body: unknown): EmbedResult;
}

/** The vendor's endpoint that counts the tokens of a request. */
interface CountCalls {
  address(target: UpstreamTarget, call: { readonly model: string }): Address;
  encode(request: ChatRequest, model: string, target: UpstreamTarget): Encoded;
  /** @throws UpstreamFaultError kind `bad_response` when the body is not this vendor's answer */
  decode(body: unknown): { readonly inputTokens: number };
}

/** Pure translation between the neutral form and one vendor's chat API. Never calls fetch. */
export interface Provider extends Named {
  /** Default base URL; null when every upstream must name one, or its own settings make it. */
  readonly baseUrl: string | null;
  /** Format in which a client's body passes untouched. */
  readonly format: WireFormat;
  readonly abilities: ProviderAbilities;
  /** Streams end in usage without `stream_options.include_usage`, or the field is not understood. */
  readonly sendsUsageUnasked?: boolean;
  /** Another of the vendor's APIs, which this model is served by; null for the usual one. */
  readonly ofModel?: (model: string) => Provider | null;
  /** Fields in JSON, without braces, that stand in a body where other vendors want the model's name. */
  readonly insteadOfModel?: string;
  /** Settings of its own in weir.yaml (region, project, apiVersion ...). */
  readonly options: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Id of this vendor in the price catalogue; null: prices must be given. */
  readonly prices: string | null;

  /** URL and headers (authentication among them) of a chat call; the body comes from `encode` or from the client. */
  address(target: UpstreamTarget, call: { readonly model: string; readonly stream: boolean }): Address;
  /** Last word on a request that must be signed over its bytes (SigV4) or needs a token fetched; identity for most. */
  sign?(request: WireRequest, target: UpstreamTarget, nowMs?: number): Promise<WireRequest>;
  /** @param options settings of the upstream; a provider without any ignores them */
  encode(request: ChatRequest, model: string, options?: Readonly<Record<string, unknown>>): Encoded;
  /** @throws UpstreamFaultError kind `bad_response` when the body is not this vendor's answer */
  decode(body: unknown): ChatResult;
  decodeStream(): StreamDecoder;
  /**
   * @param headers lower-case names
   * @param nowMs   against which a `retry-after` date counts; without it the answer's own `date` header serves
   */
  decodeError(status: number, headers: Readonly<Record<string, string>>, body: string, nowMs?: number): UpstreamFault;
  readonly embed?: EmbedCalls;
  readonly count?: CountCalls;
  /**
   * Present: nothing is sent anywhere, and this gives the whole answer as events, `request.stream` or not. Ends early
   * when the signal aborts.
   *
   * @throws UpstreamFaultError for a fault before the answer; a fault within it is an `error` event
   */
  simulate?(
    request: ChatRequest,
    model: string,
    options: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): AsyncIterable<ChatEvent>;
  simulateEmbed?(request: EmbedRequest, model: string): EmbedResult;
  simulateCount?(request: ChatRequest): { readonly inputTokens: number };
}

/** Plug-in of server/providers/, one file each. */
export function defineProvider(provider: Provider): Provider {
  return provider;
}
