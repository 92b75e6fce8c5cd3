// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is the syntax of weir.yaml
import { z } from "zod";
import type { Abilities } from "../engine/schema/candidate.ts";
import { RouteConfig } from "../engine/schema/route-config.ts";
import { ActivationSection } from "./activation/activation-config.ts";
import { BudgetInput } from "./budgets/budget.ts";
import { CacheSection, RouteCacheSection } from "./cache/cache-config.ts";
import { GuardrailConfig } from "./guarding/guardrail-config.ts";
import { LimitsConfig } from "./limits/limits.ts";
import { DriftSection } from "./observation/model-watch/drift-config.ts";
import { ObservationSection } from "./observation/observe/observation-config.ts";
import { RetrainSection } from "./retrain/retrain-config.ts";

const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dot, dash and underscore");
const Share = z.number().min(0).max(1);
const UsdPerMTok = z.number().nonnegative();

/** A configured endpoint. What its provider needs beyond this comes with the provider. */
export const UpstreamConfig = z.strictObject({
  provider: z.string().min(1).describe("what the endpoint speaks: openai, anthropic, openai-compatible ..."),
  apiKey: z.string().optional().describe("its key, as ${NAME} of the environment"),
  apiKeys: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("several keys: the next takes over when one is refused or throttled"),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("its address, where it is not the vendor's own"),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe("sent with every call; values as ${NAME} where they are secret"),
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("outbound HTTP proxy"),
  lendKey: z
    .boolean()
    .optional()
    .describe("whether requests under /proxy that bring no key of the vendor's own go out with the configured one"),
  maxParallel: z.number().int().positive().optional().describe("most calls under way at once; as many again may wait"),
  options: z.record(z.string(), z.unknown()).optional().describe("settings of the provider's own, checked by it"),
  pricesFrom: z
    .string()
    .optional()
    .describe(
      "provider whose list prices hold here, when it is not the provider that is spoken (e.g. a proxy of OpenAI)",
    ),
});
export type UpstreamConfig = z.infer<typeof UpstreamConfig>;

const TokenPrices = {
  inputUsdPerMTok: UsdPerMTok.describe("USD per million input tokens"),
  outputUsdPerMTok: UsdPerMTok.describe("USD per million output tokens"),
  cacheReadUsdPerMTok: UsdPerMTok.optional().describe("USD per million input tokens that the vendor's cache had"),
  cacheWriteUsdPerMTok: UsdPerMTok.optional().describe("USD per million input tokens that the vendor's cache takes in"),
  cacheWrite1hUsdPerMTok: UsdPerMTok.optional().describe("the same where it keeps them for an hour"),
  inputAudioUsdPerMTok: UsdPerMTok.optional().describe("USD per million input tokens of audio"),
  inputImageUsdPerMTok: UsdPerMTok.optional().describe("USD per million input tokens of images"),
  cacheReadAudioUsdPerMTok: UsdPerMTok.optional().describe("USD per million cached input tokens of audio"),
  outputAudioUsdPerMTok: UsdPerMTok.optional().describe("USD per million output tokens of audio"),
  outputImageUsdPerMTok: UsdPerMTok.optional().describe("USD per million output tokens of images"),
};

/** What a model costs; it takes the place of the list price wholly. */
export const PriceConfig = z.strictObject({
  ...TokenPrices,
  usdPerRequest: z.number().nonnegative().optional().describe("USD for every request"),
  usdPerWebSearch: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "USD for every search that the vendor makes by itself; where one is made and its price is not said, the cost is not known",
    ),
  usdPerFileSearch: z.number().nonnegative().optional().describe("USD for every search of files that the vendor makes"),
  tiers: z
    .array(
      z.strictObject({
        overInputTokens: z.number().int().nonnegative().describe("from how many input tokens it holds"),
        ...TokenPrices,
        inputUsdPerMTok: UsdPerMTok.optional().describe("USD per million input tokens"),
        outputUsdPerMTok: UsdPerMTok.optional().describe("USD per million output tokens"),
      }),
    )
    .optional()
    .describe("prices of a whole request whose input is longer"),
  serviceTiers: z
    .record(z.string(), z.number().nonnegative().max(10))
    .optional()
    .describe("share of the price by the provider's service tier, e.g. { flex: 0.5, priority: 2 }"),
  from: z.iso
    .date()
    .or(z.iso.datetime({ offset: true }))
    .optional()
    .describe("from when it holds; in a list only, where the last one that has begun counts"),
});
export type PriceConfig = z.infer<typeof PriceConfig>;

export const CandidateConfig = z.strictObject({
  id: z.string().min(1).describe("as clients and routes name it, e.g. openai/gpt-4o"),
  upstream: Name.describe("one of upstreams"),
  model: z
    .string()
    .min(1)
    .optional()
    .describe("model name sent to the upstream; by default the id behind its first slash"),
  price: z
    .union([PriceConfig, z.array(PriceConfig).min(1)])
    .optional()
    .describe("one price, or several with the moments from which they hold"),
  contextTokens: z.number().int().positive().optional().describe("longest input and output together"),
  maxOutputTokens: z.number().int().positive().optional().describe("longest answer"),
  abilities: z
    .strictObject({
      tools: z.boolean().optional().describe("calls tools"),
      vision: z.boolean().optional().describe("reads images"),
      jsonSchema: z.boolean().optional().describe("answers in a JSON schema"),
      reasoning: z.boolean().optional().describe("thinks before it answers"),
    } satisfies Record<keyof z.infer<typeof Abilities>, unknown>)
    .optional()
    .describe("what it can do, where the list of models does not know or shall not say"),
  resembles: z.string().min(1).optional().describe("trained model of the router that this one behaves like"),
});
export type CandidateConfig = z.infer<typeof CandidateConfig>;

/** Equal upstreams of one model: whoever of them is chosen, the pool says which is asked first; the others back it up. */
export const PoolSection = z.strictObject({
  select: z
    .enum(["priority", "weighted", "round-robin", "least-cost", "least-latency", "sticky"])
    .default("priority")
    .describe("which member is asked first"),
  members: z
    .array(
      z.union([
        z
          .string()
          .min(1)
          .transform((use) => ({ use, weight: 1 })),
        z.strictObject({
          use: z.string().min(1).describe("the member"),
          weight: z.number().positive().default(1).describe("its share of the requests, under select: weighted"),
        }),
      ]),
    )
    .min(1)
    .describe("equal models, as <upstream>/<model> or ids of candidates"),
});
export type PoolSection = z.infer<typeof PoolSection>;

/** A route: what the engine decides it by, and what observation and certificates keep of it. */
export const RouteSection = z.strictObject({
  ...RouteConfig.shape,
  observation: ObservationSection.optional().describe("what is learned about the route beside serving it"),
  cache: RouteCacheSection.optional().describe("what of the cache is otherwise for this route"),
  certificate: z
    .strictObject({
      maxQualityLoss: Share.describe("largest loss of quality against the incumbent"),
      confidence: Share.describe("with which probability it is no larger"),
    })
    .optional()
    .describe("what a certificate of the route has to show"),
  holdout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe(
      "share of sessions that stay on the incumbent while the route is active; under a certificate 0.05 where nothing is said",
    ),
  activation: ActivationSection.optional().describe("how the route begins when it is active, and when it rolls back"),
  retrain: RetrainSection.optional().describe("how and when its router is learned anew"),
  log: z
    .strictObject({
      content: z
        .enum(["none", "redacted", "full"])
        .optional()
        .describe("whether texts are kept: none, with personal data redacted, or in full"),
      retentionDays: z.number().positive().optional().describe("how long requests are kept"),
    })
    .optional()
    .describe("what is kept of its requests"),
});
export type RouteSection = z.infer<typeof RouteSection>;

const LogLevel = z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]);
const Port = z.coerce.number().int().min(0).max(65_535);

const ServerSection = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("address that it listens on; 0.0.0.0 for every one"),
  port: Port.default(8080).describe("port that it listens on; 0 for any"),
  logLevel: LogLevel.default("info").describe("least weight of a line that is logged"),
  logRequests: z
    .boolean()
    .default(false)
    .describe(
      "one log line a request; off by default: metrics and stored decisions tell the same at no cost a request",
    ),
});

const RouterSection = z.strictObject({
  name: Name.default("default").describe("name of the artifact family under the models folder"),
  path: z.string().min(1).optional().describe("folder of one artifact: serves exactly this one, whatever is promoted"),
  models: z
    .string()
    .min(1)
    .optional()
    .describe("folder that holds <name>/<version>/; by default the models shipped with Weir"),
  timeoutMs: z
    .number()
    .positive()
    .default(20)
    .describe("longest that a decision may take before the incumbent answers"),
});

const AuthSection = z.strictObject({ required: z.boolean().default(true).describe("whether clients need a key") });

const StorageSection = z.strictObject({
  url: z.string().min(1).default("sqlite:./data/weir.db").describe("where it is: sqlite:<file>"),
  retentionDays: z.number().positive().default(90).describe("decisions and feedback older than this are removed"),
});

const Days = z.number().positive().max(36_500);

/** One record a request: where it goes, and how long it stays. */
const LogSection = z.strictObject({
  url: z.string().min(1).optional().describe("database of the log; by default a file beside that of storage"),
  journal: z.string().min(1).optional().describe("folder of the write-ahead files; by default beside the database"),
  required: z
    .boolean()
    .default(false)
    .describe("refuses requests with 503 while their records could not be kept; otherwise they are counted and lost"),
  maxJournalMb: z
    .number()
    .positive()
    .max(65_536)
    .default(512)
    .describe("megabytes of records that may wait for the database"),
  retentionDays: Days.default(30).describe("requests older than this are removed; their sums stay"),
  usage: z
    .strictObject({
      minuteDays: Days.default(3).describe("sums by minute"),
      hourDays: Days.default(100).describe("sums by hour"),
      dayDays: Days.default(1_100).describe("sums by day"),
    })
    .prefault({})
    .describe("how long sums of usage stay, in days"),
});

/** Spans of requests for an OpenTelemetry collector; without the section there are none. */
const TracesSection = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).describe("OTLP over HTTP, e.g. http://127.0.0.1:4318/v1/traces"),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe("sent with every call; values as ${NAME} where they are secret"),
  sampleRate: Share.default(1).describe("share that is traced of the requests that no parent decided for"),
  serviceName: z.string().min(1).default("weir").describe("as the collector shows it"),
});

const SharedSection = z.strictObject({
  url: z
    .string()
    .min(1)
    .default("memory:")
    .describe("where requests under limits are counted; memory: is this process alone"),
});

/** How calls to upstreams are made. Times in milliseconds. */
export const GatewaySection = z.strictObject({
  requestTimeoutMs: z
    .number()
    .positive()
    .default(600_000)
    .describe("longest that a client waits when it does not say; streams count until their first content"),
  attemptTimeoutMs: z
    .number()
    .positive()
    .optional()
    .describe("longest wait for one try; by default only the request's deadline"),
  silenceTimeoutMs: z
    .number()
    .positive()
    .optional()
    .describe("longest silence of an upstream within an answer; by default requestTimeoutMs"),
  retries: z.number().int().min(0).max(10).default(2).describe("further tries at one upstream after a passing fault"),
  backoffMs: z.number().positive().default(250).describe("wait before the second try; it doubles with each"),
  maxBackoffMs: z.number().positive().default(8_000).describe("longest wait between tries"),
  hedgeAfterMs: z
    .number()
    .positive()
    .optional()
    .describe("asks the next model beside one that has not answered after so long; by default never"),
  fallBackOnContentPolicy: z
    .boolean()
    .default(false)
    .describe("whether a fallback is asked when a vendor refuses a text for its content"),
  whenUnpriced: z
    .enum(["refuse", "allow"])
    .default("allow")
    .describe("whether a model whose price is not known may answer; its requests are counted as unpriced"),
  strict: z
    .boolean()
    .default(false)
    .describe(
      "refuses a request with a parameter that the chosen model's vendor lacks, instead of leaving the parameter out",
    ),
  whenBudgetsFail: z
    .enum(["refuse", "allow"])
    .default("refuse")
    .describe("whether requests that a hard budget counts are served while budgets cannot be checked"),
  budgetWaitMs: z
    .number()
    .min(0)
    .max(60_000)
    .default(500)
    .describe("longest wait for running requests to give back what they reserved of a budget, before one is refused"),
  bodyLimitBytes: z
    .number()
    .int()
    .positive()
    .default(32 * 1024 * 1024)
    .describe("longest body of a request"),
});

/** Sections of weir.yaml that are read as a whole. `upstreams`, `candidates` and `routes` are read entry by entry. */
export const plainSections = {
  server: ServerSection.prefault({}),
  router: RouterSection.prefault({}),
  auth: AuthSection.prefault({}),
  storage: StorageSection.prefault({}),
  shared: SharedSection.prefault({}),
  log: LogSection.prefault({}),
  cache: CacheSection.prefault({}),
  traces: TracesSection.optional(),
  gateway: GatewaySection.prefault({}),
  drift: DriftSection.prefault({}),
  limits: z.array(LimitsConfig).default([]),
  budgets: z.array(BudgetInput).default([]),
  guardrails: z.array(GuardrailConfig).default([]),
};

export const upstreamName = Name;
export const routeName = Name;
export const poolName = Name;
