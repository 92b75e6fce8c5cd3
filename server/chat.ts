/**
 * The neutral chat form in which dialects (what clients speak) and providers (what upstreams speak) meet:
 * N + M translations instead of N x M. Everything here is data; every field is filled by every decoder, so that
 * encoders never guess whether an absent field was unsupported or unsaid.
 */

/** Bytes of an image, a document or audio, or where they lie. */
export type MediaSource =
  | {
      readonly kind: "url";
      readonly url: string;
      /** What the client says it is; absent when it does not say. */
      readonly mediaType?: string;
    }
  | { readonly kind: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly kind: "file"; readonly fileId: string };

/** The client asked the provider to cache up to here, and for how long. */
export interface CacheControl {
  readonly ttl: "5m" | "1h";
}

export interface TextPart {
  readonly kind: "text";
  readonly text: string;
  readonly citations: readonly Citation[];
  readonly cacheControl: CacheControl | null;
  /** Opaque proof that Gemini wants back with a text, sealed as in server/signature.ts; absent when there is none. */
  readonly signature?: string;
}

export interface Citation {
  readonly text: string;
  readonly url: string | null;
  readonly title: string | null;
  /** Offsets in the answer's text, in UTF-16 units; null when the provider gives none. */
  readonly start: number | null;
  readonly end: number | null;
}

export interface ImagePart {
  readonly kind: "image";
  readonly source: MediaSource;
  readonly detail: "auto" | "low" | "high" | null;
  readonly cacheControl?: CacheControl;
}

export interface DocumentPart {
  readonly kind: "document";
  readonly source: MediaSource;
  readonly filename: string | null;
  readonly title: string | null;
  readonly cacheControl?: CacheControl;
}

export interface AudioPart {
  readonly kind: "audio";
  readonly source: MediaSource;
}

export interface ToolCallPart {
  readonly kind: "tool_call";
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it; "{}" for no arguments, kept verbatim otherwise even when it is not valid JSON. */
  readonly argumentsJson: string;
  /** Opaque proof that some providers want back with the call, sealed as in server/signature.ts; null when there is none. */
  readonly signature: string | null;
  readonly cacheControl?: CacheControl;
}

export interface ReasoningPart {
  readonly kind: "reasoning";
  readonly text: string;
  /** Opaque proof that the provider wants back with the text, sealed as in server/signature.ts; null when there is none. */
  readonly signature: string | null;
  /** Encrypted reasoning that only its provider reads, sealed likewise; `text` is then its summary or empty. null when the text is open. */
  readonly redacted: string | null;
}

export interface RefusalPart {
  readonly kind: "refusal";
  readonly text: string;
}

export type UserPart = TextPart | ImagePart | DocumentPart | AudioPart;
export type AssistantPart = TextPart | ToolCallPart | ReasoningPart | RefusalPart;
export type ToolResultPart = TextPart | ImagePart | DocumentPart;

/** Consecutive results of parallel calls are consecutive `tool` messages. */
export type ChatMessage =
  | { readonly role: "user"; readonly parts: readonly UserPart[] }
  | { readonly role: "assistant"; readonly parts: readonly AssistantPart[] }
  | {
      readonly role: "tool";
      readonly toolCallId: string;
      /** Name of the called tool where the dialect says it or an earlier call tells it; null otherwise. */
      readonly name: string | null;
      readonly parts: readonly ToolResultPart[];
      readonly isError: boolean;
      readonly cacheControl?: CacheControl;
    };

export interface ToolDefinition {
  readonly name: string;
  readonly description: string | null;
  /** JSON Schema of the arguments. */
  readonly parameters: unknown;
  readonly strict: boolean | null;
  readonly cacheControl: CacheControl | null;
}

export type ToolChoice =
  | { readonly kind: "auto" }
  | { readonly kind: "none" }
  | { readonly kind: "required" }
  | { readonly kind: "tool"; readonly name: string };

export type OutputFormat =
  | { readonly kind: "text" }
  | { readonly kind: "json" }
  | {
      readonly kind: "json_schema";
      readonly name: string;
      readonly description: string | null;
      readonly schema: unknown;
      readonly strict: boolean | null;
    };

export type ReasoningEffort = "none" | "minimal" | "low" | "medium" | "high" | "max";

/** null always means: the client said nothing. */
export interface ChatRequest {
  /** As the client named it; the pipeline resolves it. */
  readonly model: string;
  readonly system: readonly TextPart[];
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly toolChoice: ToolChoice | null;
  readonly parallelToolCalls: boolean | null;
  readonly output: OutputFormat;
  readonly maxOutputTokens: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly stop: readonly string[];
  readonly seed: number | null;
  readonly presencePenalty: number | null;
  readonly frequencyPenalty: number | null;
  readonly logitBias: Readonly<Record<string, number>> | null;
  /** Number of top log-probabilities a token; 0: those of the chosen tokens only. */
  readonly topLogprobs: number | null;
  /** Answers wanted. */
  readonly count: number;
  readonly reasoning: {
    readonly effort: ReasoningEffort | null;
    readonly budgetTokens: number | null;
    readonly includeText: boolean | null;
  };
  readonly stream: boolean;
  /** Whether the client wants usage at the end of a stream (always true where the dialect always sends it). */
  readonly streamUsage: boolean;
  /** End user as the client names it. */
  readonly user: string | null;
  /** Key under which the provider may cache the prompt's prefix; also an affinity hint. */
  readonly promptCacheKey: string | null;
  readonly serviceTier: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Fields of the client's dialect that have no neutral place, by their path. Reported as dropped when they cannot go along. */
  readonly extras: Readonly<Record<string, unknown>>;
  /** What the client's dialect needs again when it renders the answer. Providers never read it. */
  readonly forRender?: Readonly<Record<string, unknown>>;
}

export type FinishReason =
  | "stop"
  | "stop_sequence"
  | "length"
  | "tool_calls"
  | "content_filter"
  | "refusal"
  | "pause"
  | "error";

/** Tokens in disjoint classes but for `output`, which contains `reasoning`. Whole numbers >= 0. */
export interface Usage {
  readonly inputUncached: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly reasoning: number;
  /** true when the provider did not say and we counted ourselves. */
  readonly estimated: boolean;
  /** Audio and images among `inputUncached` and `output`, audio among `cacheRead`; absent: none. */
  readonly inputAudio?: number;
  readonly inputImage?: number;
  readonly cacheReadAudio?: number;
  readonly outputAudio?: number;
  readonly outputImage?: number;
  /** Searches of the web, and of files, that the provider made by itself and bills beside the tokens; absent: none. */
  readonly webSearches?: number;
  readonly fileSearches?: number;
  /** The provider's service tier, where it bills another price than its usual one: flex, priority, batch. */
  readonly serviceTier?: string;
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[] | null;
  readonly top: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly bytes: readonly number[] | null;
  }[];
}

export interface ChatChoice {
  readonly parts: readonly AssistantPart[];
  readonly finish: FinishReason;
  /** The sequence that stopped the answer, when the provider names it. */
  readonly stopSequence: string | null;
  readonly logprobs: readonly TokenLogprob[] | null;
}

/** What answers may hold that has no neutral place, and so is lost to clients of another format. */
export type Unplaced = "image" | "audio" | "file" | "code" | "code_result";

export interface ChatResult {
  /** The provider's id of the answer; null when it gives none. */
  readonly id: string | null;
  /** The provider's own name of the model that answered; empty when it gives none. */
  readonly model: string;
  /** The provider's mark of what ran the model (OpenAI's `system_fingerprint`); absent: it gives none. */
  readonly fingerprint?: string;
  readonly createdAtMs: number | null;
  readonly choices: readonly ChatChoice[];
  readonly usage: Usage | null;
  readonly serviceTier: string | null;
  /** Each once; absent: nothing. */
  readonly unplaced?: readonly Unplaced[];
}

/**
 * What a stream says, in order: `start`; for every part `part_start`, deltas, `part_end`, parts of one choice never
 * overlapping and `part` counting up from 0 within a choice; `finish` once a choice; `usage` (the last one holds);
 * `end`. An `error` ends the stream at any place.
 */
export type ChatEvent =
  | {
      readonly type: "start";
      readonly id: string | null;
      readonly model: string;
      readonly usage: Usage | null;
      readonly fingerprint?: string;
    }
  | {
      readonly type: "part_start";
      readonly choice: number;
      readonly part: number;
      readonly of:
        | { readonly kind: "text" }
        | { readonly kind: "reasoning" }
        | { readonly kind: "refusal" }
        | { readonly kind: "tool_call"; readonly id: string; readonly name: string };
    }
  /** Text of a text, reasoning or refusal part; JSON text of a tool call's arguments. */
  | { readonly type: "delta"; readonly choice: number; readonly part: number; readonly text: string }
  | { readonly type: "citation"; readonly choice: number; readonly part: number; readonly citation: Citation }
  | { readonly type: "logprobs"; readonly choice: number; readonly logprobs: readonly TokenLogprob[] }
  | {
      readonly type: "part_end";
      readonly choice: number;
      readonly part: number;
      readonly signature: string | null;
      readonly redacted: string | null;
    }
  | {
      readonly type: "finish";
      readonly choice: number;
      readonly finish: FinishReason;
      readonly stopSequence: string | null;
    }
  | { readonly type: "usage"; readonly usage: Usage }
  /** `isBrokenOff`: the vendor ended the answer in order, by a fault of its own: what came before is paid. */
  | { readonly type: "error"; readonly error: UpstreamFault; readonly isBrokenOff?: true }
  | { readonly type: "end"; readonly unplaced?: readonly Unplaced[] };

/** Kinds of upstream fault, the same for every provider; the pipeline decides by kind, dialects render by kind. */
export type FaultKind =
  | "invalid_request"
  | "context_length"
  | "content_policy"
  | "authentication"
  | "permission"
  | "insufficient_quota"
  | "not_found"
  | "conflict"
  | "request_too_large"
  | "rate_limited"
  | "overloaded"
  | "server_error"
  | "timeout"
  | "connection"
  | "bad_response";

export interface UpstreamFault {
  readonly kind: FaultKind;
  /** HTTP status of the upstream; null when there was no answer. */
  readonly status: number | null;
  /** The upstream's own words, without secrets. */
  readonly message: string;
  /** The upstream's own type, code and field, when it says them. */
  readonly type: string | null;
  readonly code: string | null;
  readonly param: string | null;
  /** How long the upstream asks to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
}
