import { ExclusionReason } from "../../../engine/schema/decision.ts";
import type { Attempt, LogContent } from "../../../engine/schema/log-record.ts";
import {
  type Arm,
  type CacheOutcome,
  type LogEntry,
  type LoggedCandidate,
  type LoggedDecision,
  type LoggedUsage,
  tagOf,
} from "../entry.ts";
import { planFigures, planOfColumns, planText } from "./_plan-columns.ts";
import type { DimensionIds } from "./_rollup.ts";
import { WORD_KIND, type Words } from "./_words.ts";

/** Columns of `requests` but `seq`, in the order of the insert. */
export const REQUEST_COLUMNS = [
  "id",
  "at_ms",
  "route",
  "model",
  "upstream",
  "requested_model",
  "dialect",
  "operation",
  "feature",
  "team",
  "status",
  "cache",
  "arm",
  "tenant",
  "key_id",
  "user",
  "session",
  "error",
  "flags",
  "input_uncached",
  "cache_read",
  "cache_write_5m",
  "cache_write_1h",
  "output",
  "reasoning",
  "cost_nano_usd",
  "incumbent_cost_nano_usd",
  "overhead_us",
  "first_token_ms",
  "duration_ms",
  "decision_id",
  "decided",
  "propensity",
  "complexity",
  "candidates",
  "scores",
  "attempts",
  "metadata",
  "guardrails",
  "plan",
  "plan_text",
  "plan_figures",
  "tag",
] as const;
type Column = (typeof REQUEST_COLUMNS)[number];

type TextColumn = "id" | "decision_id" | "attempts" | "metadata" | "guardrails";
type BlobColumn = "scores" | "plan_figures";
export type RequestRow = { readonly [Name in Exclude<Column, TextColumn | BlobColumn>]: number | null } & {
  readonly [Name in Exclude<TextColumn, "id">]: string | null;
} & {
  readonly seq: number;
  readonly id: string;
  readonly scores: Uint8Array | null;
  readonly plan_figures: Uint8Array | null;
  readonly content?: string | null;
  readonly content_until?: number | null;
};

export const FLAG = { stream: 1, estimated: 2, followed: 4, outOfDistribution: 8 } as const;
const NAMES = WORD_KIND.name;
const PASSING = WORD_KIND.passing;
const DAY_MS = 86_400_000;

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Numbers of its names, in the order of DIMENSIONS. */
export function dimensionsOf(entry: LogEntry, words: Words): DimensionIds {
  const day = dayOf(entry.atMs);
  const id = (text: string | null) => (text === null ? 0 : (words.idOf(NAMES, text, day) ?? 0));
  return [
    id(entry.route),
    id(entry.model),
    id(entry.upstream),
    id(requestedName(entry)),
    id(entry.dialect),
    id(entry.operation),
    id(entry.feature),
    id(entry.team),
    id(String(entry.status)),
    id(entry.cache),
    id(entry.arm),
    id(entry.isStream ? "true" : "false"),
    id(entry.tenant),
    id(entry.keyId),
    id(entry.user),
    id(planName(entry)),
    id(tagOf(entry)),
  ];
}

/** Names that no model answered to could be anything: they stay out of roll-ups. */
function requestedName({ requestedModel, model }: LogEntry): string | null {
  return model === null || requestedModel === null ? null : plainName(requestedModel);
}

/** A plan that was not followed is one call like others. */
function planName({ plan }: LogEntry): string | null {
  return plan === null || plan.calls.length === 0 ? null : plan.rule;
}

/** Without the number in `weir/auto@0.95`, of which there could be any. */
export function plainName(requestedModel: string): string {
  return requestedModel.startsWith("weir/") ? requestedModel.replace(/@.*$/, "") : requestedModel;
}

/** Values in the order of REQUEST_COLUMNS. */
export function toRow(entry: LogEntry, ids: DimensionIds, words: Words): (string | number | Uint8Array | null)[] {
  const day = dayOf(entry.atMs);
  const name = (text: string | null) => (text === null ? null : words.idOf(NAMES, text, day));
  const { usage, decision, plan } = entry;
  return [
    entry.id,
    Math.round(entry.atMs),
    ids[0] || null,
    ids[1] || null,
    ids[2] || null,
    name(entry.requestedModel),
    ids[4] || null,
    ids[5] || null,
    ids[6] || null,
    ids[7] || null,
    entry.status,
    ids[9] || null,
    ids[10] || null,
    ids[12] || null,
    ids[13] || null,
    ids[14] || null,
    words.idOf(PASSING, entry.session, day),
    name(entry.error),
    flagsOf(entry),
    usage?.inputUncached ?? null,
    usage?.cacheRead ?? null,
    usage?.cacheWrite5m ?? null,
    usage?.cacheWrite1h ?? null,
    usage?.output ?? null,
    usage?.reasoning ?? null,
    entry.costNanoUsd,
    entry.incumbentCostNanoUsd,
    Math.round(entry.overheadMs * 1000),
    entry.firstTokenMs === null ? null : Math.round(entry.firstTokenMs),
    Math.round(entry.durationMs),
    decision?.id ?? null,
    decision === null ? null : words.idOf(PASSING, decidedText(decision), day),
    decision?.propensity ?? null,
    decision?.complexity ?? null,
    decision === null ? null : words.idOf(PASSING, decision.candidates.map(([model]) => model).join("\n"), day),
    decision === null ? null : scoresOf(decision),
    attemptsText(entry),
    entry.metadata === null ? null : JSON.stringify(entry.metadata),
    entry.guardrails === null || entry.guardrails.length === 0 ? null : JSON.stringify(entry.guardrails),
    ids[15] || null,
    plan === null ? null : words.idOf(PASSING, planText(plan), day),
    plan === null ? null : planFigures(plan),
    ids[16] || null,
  ];
}

export function fromRow(row: RequestRow, words: Words): LogEntry {
  const text = words.textOf;
  const flags = row.flags ?? 0;
  const base = {
    id: row.id,
    atMs: row.at_ms ?? 0,
    operation: text(row.operation) ?? "chat",
    keyId: text(row.key_id),
    tenant: text(row.tenant),
    team: text(row.team),
    user: text(row.user),
    feature: text(row.feature),
    route: text(row.route),
    session: text(row.session),
    // Only toRow writes these columns, so their JSON has the entry's own shape.
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, unknown>),
    guardrails: row.guardrails === null ? null : (JSON.parse(row.guardrails) as unknown[]),
    content: row.content == null ? null : (JSON.parse(row.content) as LogContent),
    contentUntilMs: row.content_until ?? null,
    dialect: text(row.dialect) ?? "",
    isStream: (flags & FLAG.stream) !== 0,
    requestedModel: text(row.requested_model),
    model: text(row.model),
    upstream: text(row.upstream),
    status: row.status ?? 0,
    usage: usageOf(row, flags),
    costNanoUsd: row.cost_nano_usd,
    incumbentCostNanoUsd: row.incumbent_cost_nano_usd,
    cache: text(row.cache) as CacheOutcome | null,
    overheadMs: (row.overhead_us ?? 0) / 1000,
    firstTokenMs: row.first_token_ms,
    durationMs: row.duration_ms ?? 0,
    arm: text(row.arm) as Arm | null,
    error: text(row.error),
    plan: planOfColumns(text(row.plan_text), row.plan_figures),
  };
  return { ...base, decision: decisionOf(row, words, flags), attempts: attemptsOf(row, base) };
}

function flagsOf({ isStream, usage, decision }: LogEntry): number {
  return (
    (isStream ? FLAG.stream : 0) |
    (usage?.isEstimated ? FLAG.estimated : 0) |
    (decision?.isFollowed ? FLAG.followed : 0) |
    (decision?.isOutOfDistribution ? FLAG.outOfDistribution : 0)
  );
}

function usageOf(row: RequestRow, flags: number): LoggedUsage | null {
  if (row.input_uncached === null) return null;
  return {
    inputUncached: row.input_uncached,
    cacheRead: row.cache_read ?? 0,
    cacheWrite5m: row.cache_write_5m ?? 0,
    cacheWrite1h: row.cache_write_1h ?? 0,
    output: row.output ?? 0,
    reasoning: row.reasoning ?? 0,
    isEstimated: (flags & FLAG.estimated) !== 0,
  };
}

function decidedText({ policy, reason, router, version, task }: LoggedDecision): string {
  return [policy, reason, router, version, task ?? ""].join("\n");
}

const EXCLUSIONS: readonly string[] = ExclusionReason.options;
const HEAD_BYTES = 2;
const SCORE_BYTES = 17;
const TOKENS_BYTES = 4;

/**
 * Index of the chosen and the incumbent, then for each candidate four 32-bit floats (NaN: not known) and a code, then
 * the estimate of the input, which older rows lack.
 */
function scoresOf({ candidates, chosen, incumbent, inputTokens }: LoggedDecision): Buffer {
  const end = HEAD_BYTES + candidates.length * SCORE_BYTES;
  const bytes = Buffer.allocUnsafe(end + (inputTokens === null ? 0 : TOKENS_BYTES));
  if (inputTokens !== null) bytes.writeUInt32LE(inputTokens, end);
  bytes[0] = chosen;
  bytes[1] = incumbent;
  candidates.forEach(([, quality, qualityLow, costNanoUsd, outputTokens, excluded], i) => {
    const at = HEAD_BYTES + i * SCORE_BYTES;
    bytes.writeFloatLE(quality ?? Number.NaN, at);
    bytes.writeFloatLE(qualityLow ?? Number.NaN, at + 4);
    bytes.writeFloatLE(costNanoUsd ?? Number.NaN, at + 8);
    bytes.writeFloatLE(outputTokens ?? Number.NaN, at + 12);
    bytes[at + 16] = excluded === null ? 0 : EXCLUSIONS.indexOf(excluded) + 1;
  });
  return bytes;
}

function decisionOf(row: RequestRow, words: Words, flags: number): LoggedDecision | null {
  if (row.decision_id === null || row.scores === null) return null;
  const [policy = "", reason = "", router = "", version = "", task = ""] = (words.textOf(row.decided) ?? "").split(
    "\n",
  );
  const models = (words.textOf(row.candidates) ?? "").split("\n");
  const bytes = Buffer.from(row.scores);
  const end = HEAD_BYTES + models.length * SCORE_BYTES;
  return {
    id: row.decision_id,
    policy,
    reason,
    router,
    version,
    propensity: row.propensity ?? 1,
    complexity: row.complexity,
    task: task === "" ? null : task,
    isFollowed: (flags & FLAG.followed) !== 0,
    isOutOfDistribution: (flags & FLAG.outOfDistribution) !== 0,
    inputTokens: bytes.length < end + TOKENS_BYTES ? null : bytes.readUInt32LE(end),
    chosen: bytes[0] ?? 0,
    incumbent: bytes[1] ?? 0,
    candidates: models.map((model, i): LoggedCandidate => {
      const at = HEAD_BYTES + i * SCORE_BYTES;
      const float = (offset: number) => shortest(bytes.readFloatLE(at + offset));
      return [model, float(0), float(4), float(8), float(12), EXCLUSIONS[bytes[at + 16]! - 1] ?? null];
    }),
  };
}

/** A 32-bit float knows seven digits; more of them would only look exact. */
function shortest(value: number): number | null {
  return Number.isNaN(value) ? null : Number(value.toPrecision(7));
}

type Named = Pick<LogEntry, "model" | "upstream">;

/** One good try at the model that answered, as nearly all are, is its milliseconds, and its version if any; others are lists. */
function attemptsText(entry: LogEntry): string | null {
  const { attempts } = entry;
  const [first] = attempts;
  if (first === undefined) return null;
  if (attempts.length === 1 && isPlain(first, entry)) {
    return first.version === undefined ? String(tenths(first.ms)) : `${tenths(first.ms)} ${first.version}`;
  }
  return JSON.stringify(
    attempts.map(({ upstream, model, outcome, status, ms, version }) =>
      version === undefined
        ? [upstream, model, outcome, status, tenths(ms)]
        : [upstream, model, outcome, status, tenths(ms), version],
    ),
  );
}

function isPlain({ upstream, model, outcome, status }: Attempt, entry: Named): boolean {
  return outcome === "ok" && status === null && upstream === entry.upstream && `${upstream}/${model}` === entry.model;
}

function attemptsOf({ attempts }: RequestRow, { upstream, model }: Named): Attempt[] {
  if (attempts === null) return [];
  if (!attempts.startsWith("[")) {
    const name = (model ?? "").slice((upstream ?? "").length + 1);
    const [ms, ...version] = attempts.split(" ");
    return [
      {
        ...versioned(version.join(" ")),
        upstream: upstream ?? "",
        model: name,
        outcome: "ok",
        status: null,
        ms: Number(ms),
      },
    ];
  }
  // Only attemptsText writes this column.
  const rows = JSON.parse(attempts) as [string, string, string, number | null, number, string?][];
  return rows.map(([at, name, outcome, status, ms, version = ""]) => ({
    ...versioned(version),
    upstream: at,
    model: name,
    outcome,
    status,
    ms,
  }));
}

function versioned(version: string): Pick<Attempt, "version"> {
  return version === "" ? {} : { version };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
