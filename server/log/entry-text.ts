import type { LogEntry, LoggedDecision, LoggedPlan, LoggedUsage } from "./entry.ts";

/** A layout of the fields; another one must get another number, for journals that an older version left. */
const LAYOUT = 1;

/** How every entry's text begins. */
export const ENTRY_BEGINS = `[${LAYOUT},"`;

type Fields = [
  layout: typeof LAYOUT,
  id: string,
  atMs: number,
  operation: string,
  keyId: string | null,
  tenant: string | null,
  team: string | null,
  user: string | null,
  feature: string | null,
  route: string | null,
  session: string | null,
  metadata: LogEntry["metadata"],
  dialect: string,
  isStream: 0 | 1,
  requestedModel: string | null,
  model: string | null,
  upstream: string | null,
  decision: readonly unknown[] | null,
  attempts: readonly unknown[],
  status: number,
  usage: readonly number[] | null,
  costNanoUsd: number | null,
  incumbentCostNanoUsd: number | null,
  cache: LogEntry["cache"],
  guardrails: LogEntry["guardrails"],
  overheadMs: number,
  firstTokenMs: number | null,
  durationMs: number,
  arm: LogEntry["arm"],
  error: string | null,
  content: LogEntry["content"],
  contentUntilMs: number | null,
  plan?: readonly unknown[],
];

/** JSON without names: half the bytes and time of the same with them. */
export function entryText(entry: LogEntry): string {
  const { usage, decision } = entry;
  const fields: Fields = [
    LAYOUT,
    entry.id,
    entry.atMs,
    entry.operation,
    entry.keyId,
    entry.tenant,
    entry.team,
    entry.user,
    entry.feature,
    entry.route,
    entry.session,
    entry.metadata,
    entry.dialect,
    entry.isStream ? 1 : 0,
    entry.requestedModel,
    entry.model,
    entry.upstream,
    decision === null ? null : decisionFields(decision),
    entry.attempts.map(({ upstream, model, outcome, status, ms, version }) =>
      version === undefined
        ? [upstream, model, outcome, status, tenths(ms)]
        : [upstream, model, outcome, status, tenths(ms), version],
    ),
    entry.status,
    usage === null ? null : usageFields(usage),
    entry.costNanoUsd,
    entry.incumbentCostNanoUsd,
    entry.cache,
    entry.guardrails,
    Math.round(entry.overheadMs * 1000) / 1000,
    entry.firstTokenMs === null ? null : tenths(entry.firstTokenMs),
    tenths(entry.durationMs),
    entry.arm,
    entry.error,
    entry.content,
    entry.contentUntilMs,
  ];
  if (entry.plan !== null) fields.push(planFields(entry.plan));
  return JSON.stringify(fields);
}

/** @throws SyntaxError or TypeError when it is no entry of a layout that we know */
export function entryOfText(text: string): LogEntry {
  // Only entryText writes it, and the frame's checksum holds.
  const fields = JSON.parse(text) as Fields;
  if (fields[0] !== LAYOUT) throw new TypeError(`an entry of layout ${String(fields[0])}`);
  return {
    id: fields[1],
    atMs: fields[2],
    operation: fields[3],
    keyId: fields[4],
    tenant: fields[5],
    team: fields[6],
    user: fields[7],
    feature: fields[8],
    route: fields[9],
    session: fields[10],
    metadata: fields[11],
    dialect: fields[12],
    isStream: fields[13] === 1,
    requestedModel: fields[14],
    model: fields[15],
    upstream: fields[16],
    decision: fields[17] === null ? null : decisionOf(fields[17]),
    attempts: (fields[18] as [string, string, string, number | null, number, string?][]).map(
      ([upstream, model, outcome, status, ms, version]) => ({
        upstream,
        model,
        outcome,
        status,
        ms,
        ...(version === undefined ? {} : { version }),
      }),
    ),
    status: fields[19],
    usage: fields[20] === null ? null : usageOf(fields[20]),
    costNanoUsd: fields[21],
    incumbentCostNanoUsd: fields[22],
    cache: fields[23],
    guardrails: fields[24],
    overheadMs: fields[25],
    firstTokenMs: fields[26],
    durationMs: fields[27],
    arm: fields[28],
    error: fields[29],
    content: fields[30],
    contentUntilMs: fields[31],
    plan: fields[32] === undefined ? null : planOf(fields[32]),
  };
}

function decisionFields(decision: LoggedDecision): readonly unknown[] {
  return [
    decision.id,
    decision.policy,
    decision.reason,
    decision.router,
    decision.version,
    decision.propensity,
    decision.complexity,
    decision.task,
    decision.isFollowed ? 1 : 0,
    decision.isOutOfDistribution ? 1 : 0,
    decision.chosen,
    decision.incumbent,
    decision.candidates,
    decision.inputTokens,
  ];
}

function decisionOf(fields: readonly unknown[]): LoggedDecision {
  const [
    id,
    policy,
    reason,
    router,
    version,
    propensity,
    complexity,
    task,
    followed,
    far,
    chosen,
    incumbent,
    candidates,
    // An older version wrote no more.
    inputTokens = null,
  ] = fields;
  return {
    id,
    policy,
    reason,
    router,
    version,
    propensity,
    complexity,
    task,
    isFollowed: followed === 1,
    isOutOfDistribution: far === 1,
    chosen,
    incumbent,
    candidates,
    inputTokens,
  } as LoggedDecision; // written by decisionFields in this order
}

function planFields(plan: LoggedPlan): readonly unknown[] {
  const { rule, first, mayCall, maxCalls, quality, costNanoUsd, calls, accepted, end, otherCallsNanoUsd } = plan;
  return [rule, first, mayCall, maxCalls, quality, costNanoUsd, calls, accepted, end, otherCallsNanoUsd];
}

function planOf(fields: readonly unknown[]): LoggedPlan {
  const [rule, first, mayCall, maxCalls, quality, costNanoUsd, calls, accepted, end, otherCallsNanoUsd] = fields;
  // written by planFields in this order
  return {
    rule,
    first,
    mayCall,
    maxCalls,
    quality,
    costNanoUsd,
    calls,
    accepted,
    end,
    otherCallsNanoUsd,
  } as LoggedPlan;
}

function usageFields(usage: LoggedUsage): readonly number[] {
  return [
    usage.inputUncached,
    usage.cacheRead,
    usage.cacheWrite5m,
    usage.cacheWrite1h,
    usage.output,
    usage.reasoning,
    usage.isEstimated ? 1 : 0,
  ];
}

function usageOf(fields: readonly number[]): LoggedUsage {
  const [inputUncached = 0, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0, output = 0, reasoning = 0, estimated] =
    fields;
  return { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning, isEstimated: estimated === 1 };
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
