import { z } from "zod";

const Seconds = z.number().positive().max(31_536_000);

/** Which requests are answered from the cache when their client does not ask for it. */
const ExactMode = z.enum(["off", "deterministic", "all"]);

/** Whose answers a client may get: those of its tenant, of its key, or of its own user. */
const Scope = z.enum(["tenant", "key", "user"]);

/** Answers to asks that mean the same. Opt-in, a route at a time. */
export const SemanticSection = z.strictObject({
  /** Largest share of its hits that may answer another question. */
  maxFalseHitRate: z.number().positive().max(0.5).default(0.01),
  /** With which probability that share is held. */
  confidence: z.number().min(0.5).max(0.9999).default(0.95),
  /** Share of would-be hits that are asked upstream all the same, to compare the answers. */
  auditRate: z.number().min(0.001).max(1).default(0.05),
  /** Also for asks that follow earlier turns, which must then be the same. */
  multiTurn: z.boolean().default(false),
  /** Also for requests with tools, which must then be the same. */
  tools: z.boolean().default(false),
  /** Also after a restart: the asks are stored, each sealed by all that must be the same beside it. */
  keepAsks: z.boolean().default(false),
});
export type SemanticSection = z.infer<typeof SemanticSection>;

const shared = { exact: ExactMode, ttlSeconds: Seconds, tools: z.boolean(), scope: Scope };

/** What a route says otherwise than the whole. */
export const RouteCacheSection = z.strictObject({
  ...z.strictObject(shared).partial().shape,
  semantic: SemanticSection.optional(),
});

export const CacheSection = z.strictObject({
  exact: shared.exact.default("deterministic"),
  ttlSeconds: shared.ttlSeconds.default(3_600),
  /** Longest that a client may ask for. */
  maxTtlSeconds: Seconds.default(604_800),
  /** Whether requests with tools are cached too. */
  tools: shared.tools.default(false),
  scope: shared.scope.default("tenant"),
  /** Answers held in memory; the least recently used go first. */
  memoryMb: z.number().positive().max(65_536).default(64),
  /** Answers held in the storage below it; 0 for none. */
  diskMb: z.number().min(0).max(1_048_576).default(256),
  /** Longer answers are not kept. */
  maxEntryKb: z.number().positive().max(65_536).default(1_024),
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
