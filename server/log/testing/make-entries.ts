import { type Rng, seededRng } from "../../../engine/rng.ts";
import type { LogEntry } from "../entry.ts";

export interface TrafficOptions {
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly users?: number;
  readonly keys?: number;
  readonly features?: number;
}

const MODELS = [
  ["openai", "gpt-4o-mini", 150, 600],
  ["openai", "gpt-4o", 2500, 10_000],
  ["anthropic", "claude-sonnet-4-5", 3000, 15_000],
  ["google", "gemini-2.5-flash", 300, 2500],
] as const;
const TEAMS = ["search", "support", "growth", "platform"];
const TENANTS = 40;
/** Sessions under way at once, of some eight requests each. */
const SIMULTANEOUS = 500;
/** One in so many has a plan of several calls. */
const PLANNED = 5;
/** One in so many has one of three tags. */
const TAGGED = 4;
const sessionBlock = SIMULTANEOUS * 8;

/** One plausible entry: never checked for more than its shape and its sums. */
export function logEntry(index: number, fields: Partial<LogEntry> = {}): LogEntry {
  return {
    id: `req_${String(index).padStart(20, "0")}`,
    atMs: 1_750_000_000_000 + index,
    operation: "chat",
    keyId: "key_1",
    tenant: null,
    team: "search",
    user: "u-1",
    feature: "answer",
    route: "default",
    session: null,
    metadata: null,
    dialect: "openai-chat",
    isStream: false,
    requestedModel: "weir/auto",
    model: "openai/gpt-4o-mini",
    upstream: "openai",
    decision: null,
    plan: null,
    attempts: [{ upstream: "openai", model: "gpt-4o-mini", outcome: "ok", status: null, ms: 512.3 }],
    status: 200,
    usage: {
      inputUncached: 900,
      cacheRead: 100,
      cacheWrite5m: 20,
      cacheWrite1h: 4,
      output: 310,
      reasoning: 10,
      isEstimated: false,
    },
    costNanoUsd: 321_000,
    incumbentCostNanoUsd: 5_350_000,
    cache: "bypass",
    guardrails: null,
    overheadMs: 0.412,
    firstTokenMs: null,
    durationMs: 513,
    arm: null,
    error: null,
    content: null,
    contentUntilMs: null,
    ...fields,
  };
}

/** An endless stream of traffic whose times rise evenly; the same options give the same entries. */
export function trafficOf(options: TrafficOptions): (index: number, count: number) => LogEntry {
  const { seed, fromMs, toMs, users = 20_000, keys = 60, features = 25 } = options;
  const rng = seededRng(seed);
  const names = { users, keys, features };
  return (index, count) => oneOf(rng, index, fromMs + Math.floor(((toMs - fromMs) * index) / count), names);
}

function oneOf(
  rng: Rng,
  index: number,
  atMs: number,
  { users, keys, features }: Required<Pick<TrafficOptions, "users" | "keys" | "features">>,
): LogEntry {
  const below = (count: number) => Math.floor(rng.next() * count);
  const skewed = (count: number) => Math.floor(rng.next() ** 3 * count);
  const [upstream, model, input, output] = MODELS[skewed(MODELS.length)]!;
  const user = skewed(users);
  const inputUncached = 50 + below(4000);
  const outputTokens = 20 + below(800);
  const failed = rng.next() < 0.01;
  const isStream = rng.next() < 0.5;
  return logEntry(index, {
    atMs,
    keyId: `key_${user % keys}`,
    tenant: `tenant-${user % TENANTS}`,
    team: TEAMS[user % TEAMS.length]!,
    user: `user-${user}`,
    feature: `feature-${skewed(features)}`,
    session: `5f0c2a7e-0000-4000-8000-${String(Math.floor(index / sessionBlock)).padStart(6, "0")}${String(index % SIMULTANEOUS).padStart(6, "0")}`,
    metadata: index % TAGGED === 0 ? { tag: `tag-${index % (3 * TAGGED)}` } : null,
    isStream,
    model: failed ? null : `${upstream}/${model}`,
    upstream,
    decision: decisionOf(index, rng),
    plan: index % PLANNED === 0 ? planOf(index) : null,
    attempts: [
      {
        upstream,
        model,
        outcome: failed ? "server_error" : "ok",
        status: failed ? 500 : null,
        ms: 100 + below(3000) / 10,
      },
    ],
    status: failed ? 502 : 200,
    error: failed ? "server_error" : null,
    usage: failed
      ? null
      : {
          inputUncached,
          cacheRead: below(3) === 0 ? below(2000) : 0,
          cacheWrite5m: 0,
          cacheWrite1h: 0,
          output: outputTokens,
          reasoning: 0,
          isEstimated: below(100) === 0,
        },
    costNanoUsd: failed ? 0 : rng.next() < 0.005 ? null : inputUncached * input + outputTokens * output,
    incumbentCostNanoUsd: failed ? null : inputUncached * 2500 + outputTokens * 10_000,
    firstTokenMs: isStream && !failed ? 100 + below(600) : null,
    durationMs: 100 + below(4000),
  });
}

/** Every second one is not followed. */
function planOf(index: number): LogEntry["plan"] {
  const isFollowed = index % (2 * PLANNED) === 0;
  return {
    rule: index % (4 * PLANNED) === 0 ? "informed" : "agreement",
    first: ["openai/gpt-4o-mini"],
    mayCall: ["openai/gpt-4o"],
    maxCalls: 2,
    quality: 0.75,
    costNanoUsd: 640_000,
    calls: isFollowed ? ["openai/gpt-4o-mini", "openai/gpt-4o"] : [],
    accepted: isFollowed ? "openai/gpt-4o" : null,
    end: isFollowed ? "another_is_worth_it" : "not_followed",
    otherCallsNanoUsd: isFollowed ? 12_345 : 0,
  };
}

function decisionOf(index: number, rng: Rng): LogEntry["decision"] {
  return {
    id: `dec_${String(index).padStart(20, "0")}`,
    policy: "quality-target",
    reason: "cheapest_meeting_target",
    router: "default",
    version: "2026-01-01.1",
    propensity: 1,
    complexity: Math.fround(rng.next()),
    task: "math",
    isFollowed: true,
    isOutOfDistribution: false,
    inputTokens: 900,
    chosen: 0,
    incumbent: 1,
    candidates: MODELS.map(([upstream, model, price]) => [`${upstream}/${model}`, 0.9, 0.85, price * 1000, 310, null]),
  };
}
