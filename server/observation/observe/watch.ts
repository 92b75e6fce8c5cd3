import { createHash } from "node:crypto";
import type { Decision } from "../../../engine/decision.ts";
import type { LookOn, Onlooker } from "../../gateway/onlooker.ts";
import { planBasisOf } from "../../gateway/plan-basis.ts";
import type { ReadCall } from "../../gateway/read-call.ts";
import type { Settlement } from "../../gateway/settlement.ts";
import type { Story } from "../../gateway/story.ts";
import { nameIn } from "../../log/attribution.ts";
import { type AuditDraw, drawAudit, lotOf } from "../audit-design.ts";
import type { NotedRequest } from "../input-shapes/watch-shapes.ts";
import { leaveScore, STAYS, UNKNOWN_STRATUM } from "../leave-score.ts";
import { routedChoiceOf, staysWithIncumbent } from "../routed-choice.ts";
import { lessonTermsOf } from "./audit-lesson.ts";
import type { Audit, Observation, ObservationCount, ObservedRequest } from "./audit-store.ts";
import type { AuditText } from "./audit-text.ts";
import type { DayDesign } from "./design.ts";
import type { Eligibility } from "./eligibility.ts";
import type { ObservationSection } from "./observation-config.ts";

/** A route as it is watched now. */
export interface Watching {
  readonly observation: Observation;
  readonly section: ObservationSection;
  readonly routerVersion: string;
  readonly eligibility: Eligibility;
  readonly day: number;
  readonly design: DayDesign;
  /** Ids of the equals of a candidate, itself among them: members of one pool stand for one another. */
  readonly equalsOf: (candidateId: string) => ReadonlySet<string>;
  /** What judging a request of so many tokens is expected to cost. */
  readonly judgeNanoUsd: (tokens: number) => number;
  /** Whether texts may wait in the database. */
  readonly isTextStored: boolean;
}

/** One request that was looked at, or why it was not. */
export interface Seen {
  readonly count: ObservationCount;
  readonly row: ObservedRequest | null;
  readonly audit: { readonly audit: Audit; readonly text: AuditText | null; readonly isTextStored: boolean } | null;
}

export const DAY_MS = 86_400_000;

export interface WatchDeps {
  /** null: the route is not watched, or not any more as it was. */
  readonly watching: (route: string, routerVersion: string) => Watching | null;
  readonly take: (seen: Seen, route: string) => void;
  /** Hears of every request that is noted. */
  readonly onNoted: (noted: NotedRequest) => void;
}

/** Looks on at every routed chat request: draws it by lot, and notes what it found when the request is over. */
export function createLookOn({ watching, take, onNoted }: WatchDeps): LookOn {
  return (story, call, { isOwnKey }) => {
    const { plan } = story;
    if (plan?.decision == null || plan.routeName === null) return null;
    const { decision } = plan;
    const watched = watching(plan.routeName, decision.router.version);
    if (watched === null) return null;
    const { requestId } = story.incoming;
    const unit = { requestId, stratum: decision.task ?? UNKNOWN_STRATUM, ...expectationOf(decision, watched) };
    const draw = drawnBy(watched, unit);
    return {
      wantsAnswer: draw.isAudited && unit.score !== STAYS,
      settled(settlement, answer) {
        const seen = seenOf({ story, call, settlement, answer, isOwnKey, watched, decision, unit, draw });
        const { route, salt } = watched.observation;
        take(seen, route);
        if (seen.row === null) return;
        onNoted({ route, requestId, atMs: seen.row.atMs, lot: lotOf(salt, "shape", requestId), decision });
      },
    } satisfies Onlooker;
  };
}

/** What is expected of a request before anybody has answered it. */
interface Expectation {
  readonly score: number;
  readonly prediction: number;
  readonly spread: number;
  /** Of its audit. */
  readonly costNanoUsd: number;
}

interface Unit extends Expectation {
  readonly requestId: string;
  readonly stratum: string;
}

function expectationOf(decision: Decision, watched: Watching): Expectation {
  const { chosen, incumbent, facts } = decision;
  const score = leaveScore(decision);
  if (score === STAYS) return { score: STAYS, prediction: 0, spread: 0, costNanoUsd: 0 };
  const choice = routedChoiceOf(decision);
  const [routed, kept] = [choice.quality ?? 0.5, incumbent.quality ?? 0.5];
  const isObserving = watched.observation.kind === "observe";
  const replay = (isObserving ? choice : incumbent).costNanoUsd ?? 0;
  const tokens = facts.inputTokens + (chosen.outputTokens ?? 0) + (incumbent.outputTokens ?? 0);
  return {
    score,
    prediction: score,
    spread: Math.sqrt(routed * (1 - routed) + kept * (1 - kept)),
    costNanoUsd: replay + watched.judgeNanoUsd(tokens),
  };
}

function drawnBy({ observation: { salt }, design }: Watching, unit: Unit): AuditDraw {
  if (design.uniform > 0 || design.scale > 0) return drawAudit({ ...design, salt }, unit);
  return { isAudited: false, isUniform: false, inclusion: 0, uniformInclusion: 0 };
}

interface Found {
  readonly story: Story;
  readonly call: ReadCall;
  readonly settlement: Settlement;
  readonly answer: string | null;
  readonly isOwnKey: boolean;
  readonly watched: Watching;
  readonly decision: Decision;
  readonly unit: Unit;
  readonly draw: AuditDraw;
}

function seenOf(found: Found): Seen {
  const { story, call, settlement, isOwnKey, watched, decision, unit, draw } = found;
  const { observation, day } = watched;
  const { incumbent } = decision;
  const served = servedBy(settlement, decision, watched);
  const [incumbentNanoUsd, routedNanoUsd] = costsOf(settlement, decision, served, unit);
  const reason = watched.eligibility.exclusionOf(story, settlement, {
    isOwnKey,
    bytes: call.raw.bytes.length,
    served,
    isPriced: incumbentNanoUsd !== null && routedNanoUsd !== null,
  });
  const { observationId } = observation;
  const count = (why: string): ObservationCount => ({
    observationId,
    day,
    reason: why,
    requests: 1,
    costNanoUsd: settlement.costNanoUsd ?? 0,
  });
  const { usage } = settlement;
  if (reason !== null || incumbentNanoUsd === null || routedNanoUsd === null || usage === null) {
    return { count: count(reason ?? "unpriced"), row: null, audit: null };
  }
  const row: ObservedRequest = {
    observationId,
    requestId: unit.requestId,
    atMs: settlement.atMs,
    day,
    session: settlement.session,
    stratum: unit.stratum,
    feature: nameIn(settlement.metadata, "feature"),
    tenant: settlement.caller?.tenant ?? nameIn(settlement.metadata, "tenant"),
    incumbent: incumbent.candidateId,
    chosen: unit.score === STAYS ? incumbent.candidateId : routedChoiceOf(decision).name,
    score: unit.score,
    prediction: unit.prediction,
    spread: unit.spread,
    inclusion: draw.inclusion,
    uniformInclusion: draw.uniformInclusion,
    isAudited: draw.isAudited,
    isUniform: draw.isUniform,
    lot: lotOf(observation.salt, "observed", settlement.session ?? unit.requestId),
    inputTokens: usage.inputUncached + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h,
    outputTokens: usage.output,
    incumbentNanoUsd,
    routedNanoUsd,
    auditNanoUsd: unit.costNanoUsd,
  };
  return { count: count(""), row, audit: draw.isAudited ? drawnAudit(found, row, served ?? "incumbent") : null };
}

/** A request that stays is audited by saying so: both models are the same one. */
function drawnAudit(found: Found, row: ObservedRequest, served: Audit["served"]): Seen["audit"] {
  const { watched, settlement, answer } = found;
  const { observation, section } = watched;
  const stays = row.score === STAYS;
  const lot = (purpose: string) => lotOf(observation.salt, purpose, row.requestId);
  const audit: Audit = {
    requestId: row.requestId,
    observationId: row.observationId,
    route: observation.route,
    atMs: row.atMs,
    state: stays ? "done" : "queued",
    holder: null,
    isInMemory: false,
    tries: 0,
    nextAtMs: 0,
    finishedAtMs: stays ? row.atMs : null,
    incumbent: row.incumbent,
    chosen: row.chosen,
    served,
    isNoise: !stays && lot("noise") < section.noiseShare,
    isGold: !stays && lot("gold") < section.goldShare,
    answerDigest: answer === null ? null : createHash("sha256").update(answer).digest("hex"),
    judgedBy: stays ? "same_model" : null,
    incumbentQuality: stays ? 1 : null,
    routedQuality: stays ? 1 : null,
    noise: null,
    goldIncumbent: null,
    goldRouted: null,
    routedNanoUsd: stays || served === "chosen" ? settlement.costNanoUsd : null,
    replayNanoUsd: 0,
    judgeNanoUsd: 0,
    reason: null,
  };
  return { audit, text: stays ? null : textOf(found), isTextStored: watched.isTextStored };
}

/** Headers of the client that its vendor understands, and no credential. */
const VENDOR_HEADER = /^(anthropic-(version|beta)|openai-beta)$/;

function textOf({ story, call, settlement, answer, decision }: Found): AuditText {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(story.incoming.headers)) {
    if (VENDOR_HEADER.test(name) && typeof value === "string") headers[name] = value;
  }
  return {
    body: call.raw.bytes.toString("utf8"),
    dialect: story.incoming.dialect.name,
    path: { model: call.path.model, stream: call.path.stream, asArray: call.asArray },
    headers,
    metadata: settlement.metadata,
    keyId: settlement.keyId,
    tenant: settlement.caller?.tenant ?? null,
    inputTokens: decision.facts.inputTokens,
    task: decision.task,
    complexity: decision.facts.scoring === "done" ? decision.facts.complexity : null,
    answer: answer ?? "",
    ...basisOf(decision),
    ...lessonIn(decision, story, settlement),
  };
}

function lessonIn(decision: Decision, { plan }: Story, { session, requestId }: Settlement): Pick<AuditText, "lesson"> {
  const conversation = plan?.conversation;
  const lesson = conversation === undefined ? null : lessonTermsOf(decision, conversation, session ?? requestId);
  return lesson === null ? {} : { lesson };
}

/** What following the plan anew needs, where the choice is a plan. */
function basisOf(decision: Decision): Pick<AuditText, "basis"> {
  const basis = planBasisOf(decision);
  return basis === null ? {} : { basis };
}

/** The incumbent also where both are the same one; null where somebody else answered. */
function servedBy(
  { candidate, plan = null }: Settlement,
  decision: Decision,
  { equalsOf }: Watching,
): Audit["served"] | null {
  if (candidate === null) return null;
  // Whoever of the plan answered: it was followed whole.
  if (plan !== null && plan.calls.length > 0) return staysWithIncumbent(decision) ? "incumbent" : "chosen";
  if (equalsOf(decision.incumbent.candidateId).has(candidate.candidateId)) return "incumbent";
  if (plan !== null && plan.end !== "streams_at_once") return null;
  return equalsOf(decision.chosen.candidateId).has(candidate.candidateId) ? "chosen" : null;
}

/** What the incumbent costs and what the routed model does, as measured where it served and else as expected. */
function costsOf(
  { costNanoUsd, incumbentCostNanoUsd }: Settlement,
  decision: Decision,
  served: Audit["served"] | null,
  { score }: Unit,
): readonly [number | null, number | null] {
  if (served === "chosen") return [incumbentCostNanoUsd, costNanoUsd];
  return [costNanoUsd, score === STAYS ? costNanoUsd : routedChoiceOf(decision).costNanoUsd];
}
