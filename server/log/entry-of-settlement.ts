import type { Decision } from "../../engine/decision.ts";
import { versionOfAnswer } from "../gateway/answer-facts.ts";
import type { Settlement } from "../gateway/settlement.ts";
import { nameIn } from "./attribution.ts";
import type { LogEntry, LoggedCandidate, LoggedDecision } from "./entry.ts";
import { MOST_LOGGED_CANDIDATES } from "./entry.ts";

const DAY_MS = 86_400_000;
const MOST_NAME_CHARS = 256;
const MOST_METADATA_CHARS = 1024;

/**
 * What the log keeps of a request once it is settled; a few microseconds, on the request's thread.
 *
 * @param retentionDays how long requests are kept; text no longer
 */
export function entryOfSettlement(settlement: Settlement, retentionDays: number): LogEntry {
  const { content, usage, candidate, decision, caller, metadata } = settlement;
  return {
    id: settlement.requestId,
    atMs: settlement.atMs,
    operation: settlement.operation,
    keyId: settlement.keyId,
    tenant: caller?.tenant ?? nameIn(metadata, "tenant"),
    team: caller?.team ?? nameIn(metadata, "team"),
    user: caller?.user ?? nameIn(metadata, "user"),
    feature: nameIn(metadata, "feature"),
    route: settlement.route,
    session: sessionOf(settlement),
    metadata: restOf(metadata),
    dialect: settlement.dialect,
    isStream: settlement.stream,
    requestedModel: settlement.requestedModel === "" ? null : settlement.requestedModel.slice(0, MOST_NAME_CHARS),
    model: candidate?.candidateId ?? null,
    upstream: settlement.upstream,
    decision: decision === null ? null : decisionOf(decision, settlement.isFollowed),
    plan: settlement.plan ?? null,
    attempts: attemptsOf(settlement),
    status: settlement.status,
    usage:
      usage === null
        ? null
        : {
            inputUncached: usage.inputUncached,
            cacheRead: usage.cacheRead,
            cacheWrite5m: usage.cacheWrite5m,
            cacheWrite1h: usage.cacheWrite1h,
            output: usage.output,
            reasoning: usage.reasoning,
            isEstimated: usage.estimated,
          },
    costNanoUsd: totalCost(settlement),
    incumbentCostNanoUsd: settlement.incumbentCostNanoUsd,
    cache: settlement.cache,
    guardrails: settlement.guardrails,
    overheadMs: settlement.overheadMs,
    firstTokenMs: settlement.firstTokenMs,
    durationMs: settlement.durationMs,
    arm: settlement.activation?.lot?.arm ?? null,
    error: settlement.error,
    content,
    contentUntilMs:
      content === null
        ? null
        : settlement.atMs + Math.min(settlement.contentDays ?? retentionDays, retentionDays) * DAY_MS,
  };
}

/** What the client called it in a header, else as its lot was drawn: by the key under which it wants its prompt cached. */
function sessionOf({ session, activation, keyId, requestId }: Settlement): string | null {
  const drawn = session === null ? (activation?.lot?.session ?? null) : null;
  if (drawn === null || drawn.startsWith(requestId)) return session;
  return (keyId !== null && drawn.startsWith(`${keyId}/`) ? drawn.slice(keyId.length + 1) : drawn).replace(/@\d+$/, "");
}

/** The last good try is the one that answered: its version is that of the answer. */
function attemptsOf({ attempts, answered, candidate }: Settlement): LogEntry["attempts"] {
  const version = answered == null ? null : versionOfAnswer(answered);
  const at = attempts.findLastIndex(({ outcome }) => outcome === "ok");
  if (version === null || at < 0 || version === candidate?.model) return attempts;
  const short = version.slice(0, MOST_NAME_CHARS);
  return attempts.map((attempt, index) => {
    if (index !== at) return attempt;
    // Field by field: a field behind a spread is a new kind of object each time.
    const { upstream, model, outcome, status, ms } = attempt;
    return { upstream, model, outcome, status, ms, version: short };
  });
}

/** What was spent on the request, tries that another one overtook among it. */
function totalCost({ costNanoUsd, hedgeCostNanoUsd }: Settlement): number | null {
  return costNanoUsd === null ? null : costNanoUsd + (hedgeCostNanoUsd ?? 0);
}

const OWN_COLUMNS = new Set(["feature", "user", "tenant", "team"]);

function restOf(metadata: Settlement["metadata"]): LogEntry["metadata"] {
  let rest: Record<string, unknown> | null = null;
  let chars = 0;
  for (const name in metadata) {
    if (OWN_COLUMNS.has(name)) continue;
    const value = metadata[name];
    chars += name.length + String(value).length;
    if (chars > MOST_METADATA_CHARS) break;
    rest ??= {};
    rest[name] = value;
  }
  return rest;
}

function decisionOf(decision: Decision, isFollowed: boolean): LoggedDecision {
  const { facts, choice } = decision;
  const kept = keptOf(decision);
  return {
    id: decision.decisionId,
    policy: decision.policy.name,
    reason: decision.reason,
    router: decision.router.name,
    version: decision.router.version,
    propensity: decision.propensity,
    complexity: facts.scoring === "done" ? facts.complexity : null,
    task: decision.task,
    isFollowed,
    isOutOfDistribution: facts.isOutOfDistribution,
    inputTokens: Math.round(facts.inputTokens),
    chosen: kept.indexOf(choice.chosen),
    incumbent: kept.indexOf(facts.incumbent),
    candidates: kept.map((index): LoggedCandidate => {
      const { candidateId, quality, qualityLow, costNanoUsd, outputTokens, excluded } = facts.candidates[index]!;
      return [candidateId, quality, qualityLow, costNanoUsd, outputTokens, excluded];
    }),
  };
}

/** All candidates, or of many the chosen one, the incumbent and those of the best expected quality, in the route's order. */
function keptOf({ facts: { candidates, incumbent }, choice: { chosen } }: Decision): number[] {
  const all = candidates.map((_, index) => index);
  if (all.length <= MOST_LOGGED_CANDIDATES) return all;
  const worth = (index: number) =>
    index === chosen || index === incumbent ? Number.POSITIVE_INFINITY : (candidates[index]!.quality ?? -1);
  return all
    .sort((a, b) => worth(b) - worth(a) || a - b)
    .slice(0, MOST_LOGGED_CANDIDATES)
    .sort((a, b) => a - b);
}
