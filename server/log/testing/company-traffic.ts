import { type Rng, seededRng } from "../../../engine/rng.ts";
import { createIds, type NewId } from "../../ids.ts";
import type { LogEntry } from "../entry.ts";
import { logEntry } from "./make-entries.ts";

export interface CompanyOptions {
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly users: number;
  readonly keys: number;
  readonly features: number;
}

/** Upstream, model, micro-USD per million tokens in and out, share of the traffic. */
const MODELS = [
  ["openai", "gpt-4o-mini", 150, 600, 30],
  ["google", "gemini-2.5-flash", 300, 2_500, 18],
  ["anthropic", "claude-haiku-4-5", 1_000, 5_000, 12],
  ["openai", "gpt-4o", 2_500, 10_000, 12],
  ["anthropic", "claude-sonnet-4-5", 3_000, 15_000, 8],
  ["groq", "llama-3.3-70b-versatile", 590, 790, 6],
  ["openai", "gpt-4.1-mini", 400, 1_600, 5],
  ["mistral", "mistral-small-latest", 100, 300, 4],
  ["google", "gemini-2.5-pro", 1_250, 10_000, 2.5],
  ["openai", "o4-mini", 1_100, 4_400, 1.4],
  ["deepseek", "deepseek-chat", 280, 420, 1],
  ["anthropic", "claude-opus-4-5", 5_000, 25_000, 0.1],
] as const;
/** Where each model's share of the lots ends. */
const SHARES = MODELS.map((_, i) => MODELS.slice(0, i + 1).reduce((sum, [, , , , share]) => sum + share, 0));
const CANDIDATES = MODELS.slice(0, 4);
const INCUMBENT = MODELS[3];
const ROUTES = ["default", "chat", "agents"];
const TEAMS = ["search", "support", "growth", "platform", "sales", "legal", "data", "mobile"];
const TENANTS = 40;
const TAGS = ["batch", "eu", "beta", "trial", "paid"];
/** Sessions under way at once, of some eight requests each. */
const SIMULTANEOUS = 500;
const SESSION_BLOCK = SIMULTANEOUS * 8;
const HOUR_MS = 3_600_000;

/** Entries of one seed, so that writing may go on where it stopped. */
export const BLOCK = 3_000;

/**
 * A company's traffic, busy by day and quiet at night and at weekends; times rise, and the same options give the same
 * entries. Call it with rising numbers, from a multiple of BLOCK on.
 */
export function companyTraffic(options: CompanyOptions): (index: number, count: number) => LogEntry {
  let rng = seededRng(options.seed);
  let atMs = options.fromMs;
  const timeOf = rhythm(options.fromMs, options.toMs);
  const sources = {
    clock: () => atMs,
    fill: (bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(rng.next() * 256);
    },
  };
  let ids = { request: createIds("req", sources), decision: createIds("dec", sources) };
  return (index, count) => {
    if (index % BLOCK === 0) {
      rng = seededRng(Math.imul(index / BLOCK + 1, 0x9e3779b1) ^ options.seed);
      ids = { request: createIds("req", sources), decision: createIds("dec", sources) };
    }
    atMs = timeOf(index / count);
    return oneOf(rng, index, atMs, ids, options);
  };
}

interface Ids {
  readonly request: NewId;
  readonly decision: NewId;
}

function oneOf(rng: Rng, index: number, atMs: number, ids: Ids, { users, keys, features }: CompanyOptions): LogEntry {
  const below = (count: number) => Math.floor(rng.next() * count);
  const skewed = (count: number) => Math.floor(rng.next() ** 3 * count);
  const lot = rng.next() * SHARES.at(-1)!;
  const [upstream, name, input, output] = MODELS[SHARES.findIndex((end) => lot < end)]!;
  const model = `${upstream}/${name}`;
  const user = skewed(users);
  const isRouted = rng.next() < 0.6;
  const isFailed = rng.next() < 0.01;
  const isHit = !isFailed && rng.next() < 0.05;
  const isStream = rng.next() < 0.5;
  const inputUncached = 50 + Math.floor(rng.next() ** 4 * 40_000);
  const cacheRead = below(3) === 0 ? below(2000) : 0;
  const outputTokens = 20 + Math.floor(rng.next() ** 2 * 1_500);
  const durationMs = isHit ? 2 : 100 + Math.floor(rng.next() ** 2 * 20_000);
  return logEntry(index, {
    id: ids.request(),
    atMs,
    keyId: `key_${user % keys}`,
    tenant: `tenant-${user % TENANTS}`,
    team: TEAMS[user % TEAMS.length]!,
    user: `user-${user}`,
    feature: `feature-${skewed(features)}`,
    route: ROUTES[skewed(ROUTES.length)]!,
    session: `5f0c2a7e-0000-4000-8000-${digits(Math.floor(index / SESSION_BLOCK), 6)}${digits(index % SIMULTANEOUS, 6)}`,
    metadata: below(2) === 0 ? { tags: [TAGS[below(TAGS.length)]], customer: `c-${below(3_000)}` } : null,
    dialect: below(4) === 0 ? "anthropic-messages" : "openai-chat",
    isStream,
    requestedModel: isRouted ? "weir/auto" : model,
    model: isFailed ? null : model,
    upstream: isFailed || isHit ? null : upstream,
    decision: isRouted ? decisionOf(ids.decision(), rng) : null,
    attempts: isHit ? [] : [attemptOf(upstream, name, isFailed, durationMs)],
    status: isFailed ? 502 : 200,
    error: isFailed ? "server_error" : null,
    cache: isHit ? "hit" : "miss",
    usage: isFailed
      ? null
      : {
          inputUncached,
          cacheRead,
          cacheWrite5m: 0,
          cacheWrite1h: 0,
          output: outputTokens,
          reasoning: 0,
          isEstimated: below(100) === 0,
        },
    costNanoUsd: isFailed || isHit ? 0 : rng.next() < 0.005 ? null : inputUncached * input + outputTokens * output,
    incumbentCostNanoUsd: isFailed ? null : inputUncached * INCUMBENT[2] + outputTokens * INCUMBENT[3],
    arm: isRouted ? (below(20) === 0 ? "holdout" : "treatment") : null,
    firstTokenMs: isStream && !isFailed ? Math.min(durationMs, 100 + below(600)) : null,
    durationMs,
  });
}

function attemptOf(upstream: string, model: string, isFailed: boolean, ms: number): LogEntry["attempts"][number] {
  return { upstream, model, outcome: isFailed ? "server_error" : "ok", status: isFailed ? 500 : null, ms };
}

function decisionOf(id: string, rng: Rng): LogEntry["decision"] {
  return {
    id,
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
    incumbent: 3,
    candidates: CANDIDATES.map(([upstream, model, price]) => [
      `${upstream}/${model}`,
      0.9,
      0.85,
      price * 1000,
      310,
      null,
    ]),
  };
}

/** From a share of the traffic to its time. */
function rhythm(fromMs: number, toMs: number): (share: number) => number {
  const hours = Math.max(1, Math.ceil((toMs - fromMs) / HOUR_MS));
  const ends = new Float64Array(hours);
  let sum = 0;
  for (let i = 0; i < hours; i++) {
    const date = new Date(fromMs + i * HOUR_MS);
    const isWeekend = date.getUTCDay() % 6 === 0;
    sum += (1.2 - Math.cos(((date.getUTCHours() - 2) / 12) * Math.PI)) * (isWeekend ? 0.4 : 1);
    ends[i] = sum;
  }
  let hour = 0;
  return (share) => {
    const wanted = share * sum;
    while (hour < hours - 1 && ends[hour]! <= wanted) hour++;
    const start = hour === 0 ? 0 : ends[hour - 1]!;
    const within = (wanted - start) / (ends[hour]! - start);
    return Math.min(toMs - 1, Math.floor(fromMs + (hour + within) * HOUR_MS));
  };
}

function digits(number: number, width: number): string {
  return String(number).padStart(width, "0");
}
