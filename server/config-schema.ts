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
  provider: z.string().min(1),
  apiKey: z.string().optional(),
  /** Several keys: the next takes over when one is refused or throttled. */
  apiKeys: z.array(z.string().min(1)).min(1).optional(),
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** Outbound HTTP proxy. */
  proxy: z.url({ protocol: /^https?$/ }).optional(),
  /** Whether requests under /proxy that bring no key of the vendor's own go out with the configured one. */
  lendKey: z.boolean().optional(),
  /** Most calls under way at once; as many again may wait. */
  maxParallel: z.number().int().positive().optional(),
  /** Settings of the provider's own, checked by it. */
  options: z.record(z.string(), z.unknown()).optional(),
  /** Provider whose list prices hold here, when it is not the provider that is spoken (e.g. a proxy of OpenAI). */
  pricesFrom: z.string().optional(),
});
export type UpstreamConfig = z.infer<typeof UpstreamConfig>;

const TokenPrices = {
  inputUsdPerMTok: UsdPerMTok,
  outputUsdPerMTok: UsdPerMTok,
  cacheReadUsdPerMTok: UsdPerMTok.optional(),
  cacheWriteUsdPerMTok: UsdPerMTok.optional(),
  cacheWrite1hUsdPerMTok: UsdPerMTok.optional(),
  inputAudioUsdPerMTok: UsdPerMTok.optional(),
  inputImageUsdPerMTok: UsdPerMTok.optional(),
  cacheReadAudioUsdPerMTok: UsdPerMTok.optional(),
  outputAudioUsdPerMTok: UsdPerMTok.optional(),
  outputImageUsdPerMTok: UsdPerMTok.optional(),
};

/** What a model costs; it takes the place of the list price wholly. */
export const PriceConfig = z.strictObject({
  ...TokenPrices,
  usdPerRequest: z.number().nonnegative().optional(),
  /** Of searches that the vendor makes by itself; where one is made and its price is not said, the cost is not known. */
  usdPerWebSearch: z.number().nonnegative().optional(),
  usdPerFileSearch: z.number().nonnegative().optional(),
  /** Prices of a whole request whose input is longer. */
  tiers: z
    .array(
      z.strictObject({
        overInputTokens: z.number().int().nonnegative(),
        ...TokenPrices,
        inputUsdPerMTok: UsdPerMTok.optional(),
        outputUsdPerMTok: UsdPerMTok.optional(),
      }),
    )
    .optional(),
  /** Share of the price by the provider's service tier, e.g. { flex: 0.5, priority: 2 }. */
  serviceTiers: z.record(z.string(), z.number().nonnegative().max(10)).optional(),
  /** From when it holds; in a list only, where the last one that has begun counts. */
  from: z.iso
    .date()
    .or(z.iso.datetime({ offset: true }))
    .optional(),
});
export type PriceConfig = z.infer<typeof PriceConfig>;

export const CandidateConfig = z.strictObject({
  id: z.string().min(1),
  upstream: Name,
  /** Model name sent to the upstream; by default the id behind its first slash. */
  model: z.string().min(1).optional(),
  /** One price, or several with the moments from which they hold. */
  price: z.union([PriceConfig, z.array(PriceConfig).min(1)]).optional(),
  contextTokens: z.number().int().positive().optional(),
  maxOutputTokens: z.number().int().positive().optional(),
  abilities: z
    .strictObject({
      tools: z.boolean().optional(),
      vision: z.boolean().optional(),
      jsonSchema: z.boolean().optional(),
      reasoning: z.boolean().optional(),
    } satisfies Record<keyof z.infer<typeof Abilities>, unknown>)
    .optional(),
  /** Trained model of the router that this one behaves like. */
  resembles: z.string().min(1).optional(),
});
export type CandidateConfig = z.infer<typeof CandidateConfig>;

/** Equal upstreams of one model: whoever of them is chosen, the pool says which is asked first; the others back it up. */
export const PoolSection = z.strictObject({
  select: z.enum(["priority", "weighted", "round-robin", "least-cost", "least-latency", "sticky"]).default("priority"),
  members: z
    .array(
      z.union([
        z
          .string()
          .min(1)
          .transform((use) => ({ use, weight: 1 })),
        z.strictObject({ use: z.string().min(1), weight: z.number().positive().default(1) }),
      ]),
    )
    .min(1),
});
export type PoolSection = z.infer<typeof PoolSection>;

/** A route: what the engine decides it by, and what observation and certificates keep of it. */
export const RouteSection = z.strictObject({
  ...RouteConfig.shape,
  observation: ObservationSection.optional(),
  cache: RouteCacheSection.optional(),
  certificate: z.strictObject({ maxQualityLoss: Share, confidence: Share }).optional(),
  /** Share of sessions that stay on the incumbent while the route is active; under a certificate 0.05 where nothing is said. */
  holdout: z.number().min(0).lt(1).optional(),
  activation: ActivationSection.optional(),
  retrain: RetrainSection.optional(),
  log: z
    .strictObject({
      content: z.enum(["none", "redacted", "full"]).optional(),
      retentionDays: z.number().positive().optional(),
    })
    .optional(),
});
export type RouteSection = z.infer<typeof RouteSection>;

const LogLevel = z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]);
const Port = z.coerce.number().int().min(0).max(65_535);

const ServerSection = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  port: Port.default(8080),
  logLevel: LogLevel.default("info"),
  /** One log line a request. Off by default: metrics and stored decisions tell the same at no cost a request. */
  logRequests: z.boolean().default(false),
});

const RouterSection = z.strictObject({
  /** Name of the artifact family under the models folder. */
  name: Name.default("default"),
  /** Folder of one artifact: serves exactly this one, whatever is promoted. */
  path: z.string().min(1).optional(),
  /** Folder that holds <name>/<version>/; by default the models shipped with Weir. */
  models: z.string().min(1).optional(),
  timeoutMs: z.number().positive().default(20),
});

const AuthSection = z.strictObject({ required: z.boolean().default(true) });

const StorageSection = z.strictObject({
  url: z.string().min(1).default("sqlite:./data/weir.db"),
  /** Decisions and feedback older than this are removed. */
  retentionDays: z.number().positive().default(90),
});

const Days = z.number().positive().max(36_500);

/** One record a request: where it goes, and how long it stays. */
const LogSection = z.strictObject({
  /** Database of the log; by default a file beside that of `storage`. */
  url: z.string().min(1).optional(),
  /** Folder of the write-ahead files; by default beside the database. */
  journal: z.string().min(1).optional(),
  /** Refuses requests with 503 while their records could not be kept; otherwise they are counted and lost. */
  required: z.boolean().default(false),
  /** Records that may wait for the database. */
  maxJournalMb: z.number().positive().max(65_536).default(512),
  /** Requests older than this are removed; their sums stay. */
  retentionDays: Days.default(30),
  usage: z
    .strictObject({
      minuteDays: Days.default(3),
      hourDays: Days.default(100),
      dayDays: Days.default(1_100),
    })
    .prefault({}),
});

/** Spans of requests for an OpenTelemetry collector; without the section there are none. */
const TracesSection = z.strictObject({
  /** OTLP over HTTP, e.g. http://127.0.0.1:4318/v1/traces. */
  endpoint: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  /** Of requests that no parent decided for. */
  sampleRate: Share.default(1),
  serviceName: z.string().min(1).default("weir"),
});

const SharedSection = z.strictObject({ url: z.string().min(1).default("memory:") });

/** How calls to upstreams are made. Times in milliseconds. */
export const GatewaySection = z.strictObject({
  /** Longest that a client waits when it does not say; streams count until their first content. */
  requestTimeoutMs: z.number().positive().default(600_000),
  /** Longest wait for one try; by default only the request's deadline. */
  attemptTimeoutMs: z.number().positive().optional(),
  /** Longest silence of an upstream within an answer; by default `requestTimeoutMs`. */
  silenceTimeoutMs: z.number().positive().optional(),
  /** Further tries at one upstream after a passing fault. */
  retries: z.number().int().min(0).max(10).default(2),
  backoffMs: z.number().positive().default(250),
  maxBackoffMs: z.number().positive().default(8_000),
  /** Asks the next model beside one that has not answered after so long; by default never. */
  hedgeAfterMs: z.number().positive().optional(),
  fallBackOnContentPolicy: z.boolean().default(false),
  /** Whether a model whose price is not known may answer; its requests are counted as unpriced. */
  whenUnpriced: z.enum(["refuse", "allow"]).default("allow"),
  /** Refuses a request with a parameter that the chosen model's vendor lacks, instead of leaving the parameter out. */
  strict: z.boolean().default(false),
  /** Whether requests that a hard budget counts are served while budgets cannot be checked. */
  whenBudgetsFail: z.enum(["refuse", "allow"]).default("refuse"),
  /** Longest wait for running requests to give back what they reserved of a budget, before one is refused. */
  budgetWaitMs: z.number().min(0).max(60_000).default(500),
  bodyLimitBytes: z
    .number()
    .int()
    .positive()
    .default(32 * 1024 * 1024),
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
