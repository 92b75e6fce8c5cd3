import type { Attempt, LogContent } from "../../engine/schema/log-record.ts";

/** One candidate as a decision saw it: id, quality, its lower bound, expected nano-USD, expected output tokens, why it was left out. */
export type LoggedCandidate = readonly [
  model: string,
  quality: number | null,
  qualityLow: number | null,
  costNanoUsd: number | null,
  outputTokens: number | null,
  excluded: string | null,
];

/** What a request's decision was, in the few bytes that evaluating other policies needs. */
export interface LoggedDecision {
  readonly id: string;
  readonly policy: string;
  readonly reason: string;
  readonly router: string;
  readonly version: string;
  readonly propensity: number;
  readonly complexity: number | null;
  readonly task: string | null;
  readonly isFollowed: boolean;
  readonly isOutOfDistribution: boolean;
  /** The request's input as it was estimated for the decision; null in what was written before it was kept. */
  readonly inputTokens: number | null;
  /** Where `candidates` has them. */
  readonly chosen: number;
  readonly incumbent: number;
  /** At most `MOST_LOGGED_CANDIDATES`; the chosen one and the incumbent are always among them. */
  readonly candidates: readonly LoggedCandidate[];
}

export const MOST_LOGGED_CANDIDATES = 16;

export interface LoggedUsage {
  readonly inputUncached: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly reasoning: number;
  readonly isEstimated: boolean;
}

/** A decision for several calls: what it planned, and how that went. */
export interface LoggedPlan {
  readonly rule: string;
  /** Who was to be asked at once, and who later. */
  readonly first: readonly string[];
  readonly mayCall: readonly string[];
  readonly maxCalls: number;
  /** Expected of the whole plan before any call, all its calls paid; null where nothing was learned of it. */
  readonly quality: number | null;
  readonly costNanoUsd: number | null;
  /** Who was asked, in order; empty: the plan was not followed. */
  readonly calls: readonly string[];
  /** Whose answer was served; null: nobody's of the plan. */
  readonly accepted: string | null;
  /** Why it ended as it did, or was not followed. */
  readonly end: string;
  /** Cost of the calls whose answers were not served; null where one is not known. */
  readonly otherCallsNanoUsd: number | null;
}

export type Arm = "treatment" | "holdout" | "audit" | "canary";
export type CacheOutcome = "hit" | "semantic" | "semantic-shadow" | "miss" | "bypass";

/** One request as the log holds it: log record in our own units. It is JSON in the journal, so every field is plain. */
export interface LogEntry {
  readonly id: string;
  readonly atMs: number;
  readonly operation: string;
  readonly keyId: string | null;
  readonly tenant: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly feature: string | null;
  readonly route: string | null;
  readonly session: string | null;
  /** What the client said beside feature, user and tenant. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly dialect: string;
  readonly isStream: boolean;
  readonly requestedModel: string | null;
  readonly model: string | null;
  readonly upstream: string | null;
  readonly decision: LoggedDecision | null;
  /** null: one call was all there was to decide. */
  readonly plan: LoggedPlan | null;
  readonly attempts: readonly Attempt[];
  readonly status: number;
  readonly usage: LoggedUsage | null;
  /** null: no price or no usage is known. */
  readonly costNanoUsd: number | null;
  readonly incumbentCostNanoUsd: number | null;
  readonly cache: CacheOutcome | null;
  readonly guardrails: readonly unknown[] | null;
  readonly overheadMs: number;
  readonly firstTokenMs: number | null;
  readonly durationMs: number;
  readonly arm: Arm | null;
  readonly error: string | null;
  /** Only where the route keeps text. */
  readonly content: LogContent | null;
  /** When the text is removed. */
  readonly contentUntilMs: number | null;
}

/** What the incumbent would have cost more; null where either is not known. */
export function savedNanoUsd(entry: Pick<LogEntry, "costNanoUsd" | "incumbentCostNanoUsd">): number | null {
  const { costNanoUsd, incumbentCostNanoUsd } = entry;
  return costNanoUsd === null || incumbentCostNanoUsd === null ? null : incumbentCostNanoUsd - costNanoUsd;
}

const MOST_TAG_CHARS = 256;

/** What a client says in `tag` of its metadata, or in `tags`, of which several are one value. */
export function tagOf({ metadata }: Pick<LogEntry, "metadata">): string | null {
  const said = metadata?.tag ?? metadata?.tags ?? null;
  return said === null ? null : String(said).slice(0, MOST_TAG_CHARS) || null;
}
