import { z } from "zod";

const Seconds = z.number().positive().max(31_536_000);

const ExactMode = z.enum(["off", "deterministic", "all"]);

const Scope = z.enum(["tenant", "key", "user"]);

/** Answers to asks that mean the same. Opt-in, a route at a time. */
export const SemanticSection = z.strictObject({
  maxFalseHitRate: z
    .number()
    .positive()
    .max(0.5)
    .default(0.01)
    .describe("largest share of its hits that may answer another question"),
  confidence: z.number().min(0.5).max(0.9999).default(0.95).describe("with which probability that share is held"),
  auditRate: z
    .number()
    .min(0.001)
    .max(1)
    .default(0.05)
    .describe("share of would-be hits that are asked upstream all the same, to compare the answers"),
  multiTurn: z
    .boolean()
    .default(false)
    .describe("also for asks that follow earlier turns, which must then be the same"),
  tools: z.boolean().default(false).describe("also for requests with tools, which must then be the same"),
  keepAsks: z
    .boolean()
    .default(false)
    .describe("also after a restart: the asks are stored, each sealed by all that must be the same beside it"),
});
export type SemanticSection = z.infer<typeof SemanticSection>;

const shared = {
  exact: ExactMode.describe(
    "which requests are answered from the cache unless their client says otherwise: none, those at temperature 0, or all",
  ),
  ttlSeconds: Seconds.describe("how long an answer is kept unless the client says"),
  tools: z.boolean().describe("whether requests with tools are cached too"),
  scope: Scope.describe("whose answers a client may get: those of its tenant, its key or its own user"),
};

/** What a route says otherwise than the whole. */
export const RouteCacheSection = z.strictObject({
  ...z.strictObject(shared).partial().shape,
  semantic: SemanticSection.optional().describe("also answers asks that mean the same, in other words"),
});

export const CacheSection = z.strictObject({
  exact: shared.exact.default("deterministic"),
  ttlSeconds: shared.ttlSeconds.default(3_600),
  maxTtlSeconds: Seconds.default(604_800).describe("longest that a client may ask for"),
  tools: shared.tools.default(false),
  scope: shared.scope.default("tenant"),
  memoryMb: z
    .number()
    .positive()
    .max(65_536)
    .default(64)
    .describe("answers held in memory; the least recently used go first"),
  diskMb: z.number().min(0).max(1_048_576).default(256).describe("answers held in the storage below it; 0 for none"),
  maxEntryKb: z.number().positive().max(65_536).default(1_024).describe("longer answers are not kept"),
});
export type CacheSection = z.infer<typeof CacheSection>;

/** What holds for one request. */
export interface CacheRules extends Pick<CacheSection, "exact" | "ttlSeconds" | "maxTtlSeconds" | "tools" | "scope"> {
  readonly semantic: SemanticSection | null;
}

export function cacheRules(
  whole: CacheSection,
  route: z.infer<typeof RouteCacheSection> | null | undefined,
): CacheRules {
  return {
    exact: route?.exact ?? whole.exact,
    ttlSeconds: route?.ttlSeconds ?? whole.ttlSeconds,
    maxTtlSeconds: whole.maxTtlSeconds,
    tools: route?.tools ?? whole.tools,
    scope: route?.scope ?? whole.scope,
    semantic: route?.semantic ?? null,
  };
}
