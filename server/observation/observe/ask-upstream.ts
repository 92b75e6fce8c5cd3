import type { Candidate } from "../../../engine/schema/candidate.ts";
import type { Caller } from "../../caller.ts";
import type { AnswerFacts } from "../../gateway/answer-facts.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { withEquals } from "../../gateway/named-candidates.ts";
import type { PlanBasis } from "../../gateway/plan-basis.ts";
import type { CallPath } from "../../gateway/read-call.ts";
import { tellChat } from "../../gateway/serve-chat.ts";
import type { Settlement } from "../../gateway/settlement.ts";
import { type ServeDeps, tellStory } from "../../gateway/story.ts";
import type { AuditText } from "./audit-text.ts";

/** How one call off the path ended. */
export type Asked =
  | ({ readonly kind: "answer"; readonly text: string; readonly costNanoUsd: number } & AskedFacts)
  /** The model, or a guardrail, will not answer this request: a client would have been refused too. */
  | ({ readonly kind: "refused"; readonly costNanoUsd: number } & AskedFacts)
  /** Nobody answered; another time somebody may. */
  | { readonly kind: "failed"; readonly error: string; readonly costNanoUsd: number };

/** What was said beside the answer. */
interface AskedFacts {
  readonly facts?: AnswerFacts | null;
  /** null where the provider counts nothing. */
  readonly outputTokens?: number | null;
}

export interface UpstreamCall {
  readonly body: string;
  readonly dialect: string;
  readonly path: CallPath;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: AuditText["metadata"];
  readonly keyId: string | null;
  readonly tenant: string | null;
  readonly inputTokens: number;
  readonly route: string;
  /** Who is asked; of a plan, the first. */
  readonly candidateId: string;
  /** A plan to follow, whose whole bill is the call's. */
  readonly basis?: PlanBasis | undefined;
  readonly timeoutMs: number | null;
  readonly signal: AbortSignal;
}

export type AskUpstream = (call: UpstreamCall) => Promise<Asked>;

export interface AskUpstreamDeps {
  readonly gateway: () => Gateway;
  readonly newId: () => string;
  /** Called once a call, when it is settled: to be logged as what it is. */
  readonly onSettled: (settlement: Settlement) => void;
}

const MOST_METADATA_CHARS = 8_000;
/** Faults that are the answer to the request, and not an accident of the moment. */
const REFUSALS = new Set(["content_policy", "invalid_request", "context_length", "request_too_large"]);

/**
 * Calls a model as the gateway does for clients (its keys, retries, breakers and guardrails), on nobody's account: it passes
 * no limit and no budget, is in no cache, and nobody looks on.
 */
export function createAskUpstream({ gateway, newId, onSettled }: AskUpstreamDeps): AskUpstream {
  return async (call) => {
    const { deps, dialects, state } = gateway();
    const dialect = dialects.get(call.dialect);
    const ids = call.basis === undefined ? [call.candidateId] : candidatesOfPlan(call.basis);
    const candidates = [...new Set(ids.flatMap((id) => candidatesOf(id, gateway())))];
    const route = state.routes[call.route];
    if (dialect === undefined || candidates.length === 0 || route === undefined)
      return { kind: "failed", error: "not_configured", costNanoUsd: 0 };
    let settled: Settlement | null = null;
    const own: ServeDeps = {
      state: deps.state,
      stages: [],
      clock: deps.clock,
      random: deps.random,
      sleep: deps.sleep,
      onSettled: (settlement) => {
        settled = settlement;
        onSettled(settlement);
      },
    };
    const incoming = {
      requestId: newId(),
      dialect,
      headers: {
        ...call.headers,
        "x-weir-metadata": metadataText(call.metadata),
        ...(call.timeoutMs === null ? {} : { "x-weir-timeout-ms": String(call.timeoutMs) }),
      },
      keyId: null,
      caller: callerOf(call),
      // One of its own: each call listens to it as long as it lives.
      signal: AbortSignal.any([call.signal]),
      body: Buffer.from(call.body, "utf8"),
      path: call.path,
    };
    const plan = {
      candidates,
      decision: null,
      basis: call.basis ?? null,
      isFollowed: false,
      // The answer's text comes with the settlement.
      route: { ...route, log: { content: "full" as const } },
      routeName: call.route,
      inputTokens: call.inputTokens,
      session: null,
    };
    const answer = await tellStory(incoming, "chat", own, (story) =>
      tellChat(incoming, story, own, { plan, ownAccess: null }),
    );
    if (typeof answer.body !== "string" && !Buffer.isBuffer(answer.body)) {
      for await (const _ of answer.body) {
        // Read to its end, where it is settled.
      }
    }
    return askedOf(settled);
  };
}

function askedOf(settlement: Settlement | null): Asked {
  if (settlement === null) return { kind: "failed", error: "not_settled", costNanoUsd: 0 };
  const { status, error, content } = settlement;
  const costNanoUsd = settlement.costNanoUsd ?? 0;
  const { usage } = settlement;
  const said = {
    facts: settlement.answered ?? null,
    outputTokens: usage === null || usage.estimated ? null : usage.output,
  };
  if (error !== null && REFUSALS.has(error)) return { kind: "refused", costNanoUsd, ...said };
  if (status !== 200 || error !== null) return { kind: "failed", error: error ?? String(status), costNanoUsd };
  if (content?.answer === undefined) return { kind: "failed", error: "no_text", costNanoUsd };
  return { kind: "answer", text: content.answer, costNanoUsd, ...said };
}

/** What a header may hold; of more only whom the request is for. */
function metadataText(metadata: AuditText["metadata"]): string {
  const text = JSON.stringify(metadata);
  return text.length <= MOST_METADATA_CHARS ? text : JSON.stringify({ tenant: metadata["tenant"] ?? null });
}

function candidatesOfPlan({ plan, candidates }: PlanBasis): string[] {
  return [...plan.first, ...plan.candidates].map((index) => candidates[index]!.candidateId);
}

/** A candidate with those that stand for it. */
function candidatesOf(id: string, { state, deps }: Gateway): readonly Candidate[] {
  const equals = withEquals(id, state, { random: deps.random, session: null }, null);
  if (equals.length > 0) return equals;
  const slash = id.indexOf("/");
  return slash > 0 && state.upstreamIds.includes(id.slice(0, slash)) ? [state.routers.catalogue.implied(id)] : [];
}

function callerOf({ keyId, tenant }: UpstreamCall): Caller {
  return { kind: "anonymous", keyId, tenant, team: null, user: null, tags: [], key: null };
}
