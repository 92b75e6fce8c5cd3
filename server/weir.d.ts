/**
 * Types of the package. Written by hand so that they need no other package's types; a test holds them against the code.
 */

/** The sections of weir.yaml. `${NAME}` in a text is read from the environment. */
export interface WeirConfig {
  readonly upstreams?: Readonly<Record<string, Upstream>> | undefined;
  readonly candidates?: readonly Candidate[] | undefined;
  readonly routes?: Readonly<Record<string, Route>> | undefined;
  readonly router?:
    | {
        readonly name?: string | undefined;
        /** Folder of one artifact. */
        readonly path?: string | undefined;
        /** Folder that holds <name>/<version>/; by default the models shipped with Weir. */
        readonly models?: string | undefined;
        readonly timeoutMs?: number | undefined;
      }
    | undefined;
  /** Times in milliseconds. */
  readonly gateway?:
    | {
        readonly requestTimeoutMs?: number | undefined;
        readonly attemptTimeoutMs?: number | undefined;
        readonly silenceTimeoutMs?: number | undefined;
        readonly retries?: number | undefined;
        readonly backoffMs?: number | undefined;
        readonly maxBackoffMs?: number | undefined;
        readonly hedgeAfterMs?: number | undefined;
        readonly fallBackOnContentPolicy?: boolean | undefined;
        readonly bodyLimitBytes?: number | undefined;
      }
    | undefined;
  readonly storage?: { readonly url?: string | undefined; readonly retentionDays?: number | undefined } | undefined;
  /** One record a request; in memory like the storage unless that has a file. */
  readonly log?:
    | {
        readonly url?: string | undefined;
        readonly required?: boolean | undefined;
        readonly retentionDays?: number | undefined;
      }
    | undefined;
  readonly [section: string]: unknown;
}

export interface Upstream {
  /** openai, anthropic, google, openai-compatible, simulated ... */
  readonly provider: string;
  readonly apiKey?: string | undefined;
  readonly apiKeys?: readonly string[] | undefined;
  /** Means what it means in the vendor's own SDK. */
  readonly baseUrl?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly proxy?: string | undefined;
  readonly maxParallel?: number | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly pricesFrom?: string | undefined;
  readonly [setting: string]: unknown;
}

export interface Candidate {
  readonly id: string;
  readonly upstream: string;
  readonly model?: string | undefined;
  readonly price?:
    | {
        readonly inputUsdPerMTok: number;
        readonly outputUsdPerMTok: number;
        readonly cacheReadUsdPerMTok?: number | undefined;
        readonly cacheWriteUsdPerMTok?: number | undefined;
        readonly usdPerRequest?: number | undefined;
      }
    | undefined;
  readonly contextTokens?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly abilities?:
    | {
        readonly tools?: boolean | undefined;
        readonly vision?: boolean | undefined;
        readonly jsonSchema?: boolean | undefined;
        readonly reasoning?: boolean | undefined;
      }
    | undefined;
  /** Trained model of the router that this one behaves like. */
  readonly resembles?: string | undefined;
  readonly [setting: string]: unknown;
}

export interface Route {
  readonly incumbent: string;
  readonly candidates: readonly string[];
  readonly mode?: "off" | "observe" | "active" | undefined;
  readonly policy?: { readonly name: string; readonly [option: string]: unknown } | undefined;
  readonly rules?:
    | readonly {
        readonly when: Readonly<Record<string, string | number | boolean>>;
        readonly use: string;
      }[]
    | undefined;
  readonly fallbacks?: readonly string[] | undefined;
  readonly [setting: string]: unknown;
}

/** Body of `POST /route`: one of `prompt` and `messages`, the rest optional. */
export interface RouteRequest {
  readonly prompt?: string | undefined;
  /** In OpenAI's or Anthropic's form. */
  // biome-ignore lint/suspicious/noExplicitAny: messages of any vendor's types are taken
  readonly messages?: any[] | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: text or blocks, as Anthropic's types say it
  readonly system?: any | undefined;
  readonly route?: string | undefined;
  /** Floor on the lower bound of the chosen model's quality, 0 to 1. */
  readonly quality?: number | undefined;
  readonly max_cost_usd?: number | undefined;
  readonly candidates?: string[] | undefined;
  readonly policy?: string | undefined;
  readonly max_output_tokens?: number | undefined;
  readonly tools?: unknown[] | undefined;
  readonly response_format?: { type: string; [field: string]: unknown } | undefined;
  readonly cached_input_tokens?: number | undefined;
  readonly cached_by?: string | undefined;
  readonly session_id?: string | undefined;
  readonly metadata?: Record<string, string | number | boolean | null> | undefined;
  /** Tells of every candidate, and why it was left out. */
  readonly explain?: boolean | undefined;
}

export interface RouteDecision {
  readonly decision_id: string;
  /** The candidate to call. */
  readonly model: string;
  readonly policy: string;
  readonly reason: string;
  /** Probability with which the policy chose this model. */
  readonly propensity: number;
  readonly route: string;
  readonly router: { readonly name: string; readonly version: string };
  /** 0 to 1; null when scoring failed. */
  readonly complexity: number | null;
  readonly task: string | null;
  readonly quality: number | null;
  readonly cost_usd: number | null;
  readonly incumbent: {
    readonly model: string;
    readonly quality: number | null;
    readonly cost_usd: number | null;
  } | null;
  readonly saving_usd: number | null;
  /** What to do when one answer may not be the last word; null: call `model` and keep its answer. */
  readonly plan: {
    readonly rule: "informed" | "agreement" | "format";
    readonly first: readonly string[];
    readonly may_call: readonly string[];
    readonly max_calls: number;
    readonly answer_kind: "choice" | "number" | "value" | "json" | "tool" | "code" | "text";
  } | null;
  readonly out_of_distribution: boolean;
  readonly candidates?:
    | undefined
    | readonly {
        readonly model: string;
        readonly quality: number | null;
        readonly quality_low: number | null;
        readonly cost_usd: number | null;
        readonly input_tokens: number;
        readonly output_tokens: number | null;
        readonly eligible: boolean;
        readonly excluded_because: string | null;
      }[];
  readonly timing_ms: { readonly featurize: number; readonly score: number; readonly decide: number };
}

export interface WeirOptions {
  /** A pino logger or one like it; silent without. */
  readonly log?: object | undefined;
}

export interface Weir {
  /** Which model should answer; calls none. @throws WeirError */
  route(request: RouteRequest): Promise<RouteDecision>;
  /**
   * The whole gateway as WHATWG `fetch`, for `new OpenAI({ fetch })` and its like: every path that the server has
   * (`/v1/...`, `/v1beta/...`, `/proxy/...`, `/route` ...), whatever the origin. Streams as they come; aborting reaches
   * the upstream.
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Breaks off what is under way, writes what is queued, frees the router. */
  close(): Promise<void>;
}

/**
 * The whole of Weir in this process, with no socket of ours. No key is asked. Usable at once; awaiting it tells when
 * all is loaded, or why it cannot be.
 *
 * @param config the sections of weir.yaml, or the path of such a file; by default what `weir serve` would read
 */
export function createWeir(config?: WeirConfig | string, options?: WeirOptions): Promise<Weir> & Weir;

/** Why `route` did not decide: the same code, status and field as `POST /route` answers. */
export class WeirError extends Error {
  readonly status: number;
  readonly code: string;
  /** Path of the field at fault; null when the whole request is. */
  readonly param: string | null;
  /** All that the answer said, e.g. why each candidate was excluded. */
  readonly details: Readonly<Record<string, unknown>>;
  private constructor();
}
