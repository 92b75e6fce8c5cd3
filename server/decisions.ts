import { type Decision, renderDecision, traceDecision } from "../engine/decision.ts";
import { AppError } from "../engine/errors.ts";
import type { Policies } from "../engine/ready-policy.ts";
import { replayDecision } from "../engine/replay.ts";
import { type DecideRequest, requestFromBody } from "../engine/request.ts";
import { type RouteDecision, RouteRequest } from "../engine/schema/decision.ts";
import { DecisionTrace } from "../engine/schema/decision-trace.ts";
import { type RouteNext, RouteNextRequest } from "../engine/schema/route-next.ts";
import type { Gate } from "./admission.ts";
import { attributionOf } from "./admission-stage.ts";
import { type Caller, maySee } from "./caller.ts";
import { ApiError } from "./errors.ts";
import { isAllowed } from "./keys/name-pattern.ts";
import { knownNames } from "./known-names.ts";
import { mergedMetadata } from "./log/attribution.ts";
import type { Metrics } from "./metrics.ts";
import { nextOfDecision } from "./next-of-decision.ts";
import { readInput } from "./read-input.ts";
import type { RouterService } from "./router-service.ts";
import type { Settings } from "./settings.ts";
import type { Storage, StoredDecision } from "./storage.ts";

/** Our own endpoints answer in OpenAI's words. */
const OWN_FORMAT = "openai-chat";
const MAX_METADATA_CHARS = 8_192;
const MAX_SESSION_CHARS = 256;

export interface DecisionsDeps {
  readonly settings: () => Settings;
  readonly routers: RouterService;
  readonly policies: Policies;
  readonly storage: Storage;
  readonly metrics: Metrics;
  readonly gate: Pick<Gate, "admitDecision">;
  readonly clock: () => number;
}

/** A decision as it is answered. */
export interface DecisionAnswer {
  readonly json: string;
  /** Where the caller stands with its limits. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Replay {
  readonly stored: StoredDecision;
  /** The same decision made again from its stored trace; JSON. */
  readonly answer: string;
  /** Fields on which the two differ; empty when the answer is the same. */
  readonly differences: readonly string[];
}

/** Decides, remembers and replays. */
export interface Decisions {
  /** @throws ApiError or EngineError, counted */
  decide(body: unknown, caller: Caller): Promise<DecisionAnswer>;
  /** Counts and stores a decision that was made elsewhere, e.g. for a request of the gateway. */
  remember(decision: Decision, by: { readonly sessionId: string | null; readonly keyId: string | null }): void;
  /** @throws ApiError `unknown_decision`, also for somebody else's */
  replay(decisionId: string, caller: Caller): Promise<Replay>;
  find(decisionId: string, caller: Caller): Promise<StoredDecision>;
  /** What to do after answers to a decision's plan. @throws ApiError as `replay`, and for answers that do not fit */
  next(body: unknown, caller: Caller): Promise<RouteNext>;
}

export function createDecisions(deps: DecisionsDeps): Decisions {
  const { settings, routers, policies, storage, metrics, gate, clock } = deps;

  async function decide(body: unknown, caller: Caller): Promise<DecisionAnswer> {
    try {
      const request = readRequest(body, settings());
      const attribution = attributionOf(mergedMetadata(request.metadata ?? {}));
      const headers = await gate.admitDecision({ caller, attribution, format: OWN_FORMAT, route: request.route });
      const decision = await routers.decide(grantedRequest(requestFromBody(request), caller, settings()));
      const answer = renderDecision(decision, { explain: request.explain });
      const json = JSON.stringify(answer);
      metrics.observeDecision(answer);
      storage.appendDecision(toStored(decision, json, request.session_id ?? null, caller.keyId, clock()));
      return { json, headers };
    } catch (error) {
      metrics.countRefusal(error instanceof AppError ? error.code : "internal");
      if (error instanceof RangeError) throw new ApiError("invalid_request", "the body is nested too deeply");
      throw error;
    }
  }

  async function find(decisionId: string, caller: Caller): Promise<StoredDecision> {
    const stored = await storage.findDecision(decisionId);
    if (stored === null || !maySee(caller, stored.keyId)) {
      throw new ApiError("unknown_decision", `there is no decision "${decisionId}"`, { place: "id" });
    }
    return stored;
  }

  return {
    decide,
    remember(decision, { sessionId, keyId }) {
      const answer = renderDecision(decision, { explain: false });
      metrics.observeDecision(answer);
      storage.appendDecision(toStored(decision, JSON.stringify(answer), sessionId, keyId, clock()));
    },
    find,
    async next(body, caller) {
      const request = readInput(RouteNextRequest, body);
      const { trace } = await find(request.decision_id, caller);
      return nextOfDecision(request, trace, { routers, policies });
    },
    async replay(decisionId, caller) {
      const stored = await find(decisionId, caller);
      // Only `decide` above writes this column.
      const answered = JSON.parse(stored.answer) as RouteDecision;
      const again = decideAgain(stored, answered, policies);
      return { stored, answer: JSON.stringify(again), differences: differingFields(answered, again) };
    },
  };
}

/** @throws ApiError `model_not_allowed` by the caller's key */
function grantedRequest(request: DecideRequest, { key }: Caller, { routes }: Settings): DecideRequest {
  if (key === null || key.models === null) return request;
  const asked = request.candidates ?? routes[request.route]?.candidates ?? [];
  const candidates = asked.filter((id) => isAllowed(key.models, id, id.slice(id.indexOf("/") + 1)));
  if (candidates.length > 0) return { ...request, candidates };
  throw new ApiError("model_not_allowed", "this key may use none of these models", { place: "candidates" });
}

/** @throws ApiError with the field's path */
function readRequest(body: unknown, { routes }: Settings): RouteRequest {
  const request = readInput(RouteRequest, body);
  if (!Object.hasOwn(routes, request.route)) {
    const known = knownNames(request.route, Object.keys(routes));
    throw new ApiError("unknown_route", `there is no route "${request.route}" (${known})`, { place: "route" });
  }
  if (request.session_id !== undefined && request.session_id.length > MAX_SESSION_CHARS) {
    throw new ApiError("invalid_request", `session_id: at most ${MAX_SESSION_CHARS} characters`, {
      place: "session_id",
    });
  }
  if (request.metadata !== undefined && JSON.stringify(request.metadata).length > MAX_METADATA_CHARS) {
    throw new ApiError("invalid_request", `metadata: at most ${MAX_METADATA_CHARS} characters of JSON`, {
      place: "metadata",
    });
  }
  return request;
}

function toStored(
  decision: Decision,
  answer: string,
  sessionId: string | null,
  keyId: string | null,
  nowMs: number,
): StoredDecision {
  const { chosen, incumbent } = decision;
  return {
    decisionId: decision.decisionId,
    createdAtMs: nowMs,
    route: decision.route,
    keyId,
    sessionId,
    model: chosen.candidateId,
    policy: decision.policy.name,
    reason: decision.reason,
    propensity: decision.propensity,
    routerName: decision.router.name,
    routerVersion: decision.router.version,
    quality: chosen.quality,
    costNanoUsd: wholeOrNull(chosen.costNanoUsd),
    incumbentModel: incumbent.candidateId,
    incumbentCostNanoUsd: wholeOrNull(incumbent.costNanoUsd),
    outOfDistribution: decision.facts.isOutOfDistribution,
    answer,
    trace: JSON.stringify(traceDecision(decision)),
  };
}

/** What was measured stays as it was; what was decided is decided again from the stored facts. */
function decideAgain(stored: StoredDecision, answered: RouteDecision, policies: Policies): RouteDecision {
  const parsed = DecisionTrace.safeParse(JSON.parse(stored.trace));
  if (!parsed.success) {
    throw new ApiError("not_replayable", "this decision's trace was written by another version of Weir");
  }
  const trace = parsed.data;
  const choice = replayDecision(trace, policies);
  const { candidates, incumbent } = trace.facts;
  return renderDecision(
    {
      ...trace,
      chosen: candidates[choice.chosen]!,
      incumbent: candidates[incumbent]!,
      reason: choice.reason,
      propensity: choice.propensity,
      task: answered.task,
      choice,
      reading: null,
      timingMs: answered.timing_ms,
    },
    { explain: answered.candidates !== undefined },
  );
}

function wholeOrNull(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : Math.round(nanoUsd);
}

/** Top-level fields whose JSON differs, in either direction. */
function differingFields(a: RouteDecision, b: RouteDecision): string[] {
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]),
  );
}
