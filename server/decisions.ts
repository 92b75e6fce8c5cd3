import { nanoFromUsd } from "../engine/cost.ts";
import { AppError } from "../engine/errors.ts";
import { type RouteDecision, RouteRequest } from "../engine/schema/decision.ts";
import { type Caller, maySee } from "./caller.ts";
import type { DecisionTrace } from "./decision-router.ts";
import { ApiError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { readInput } from "./read-input.ts";
import type { RouterService } from "./router-service.ts";
import type { Settings } from "./settings.ts";
import type { Storage, StoredDecision } from "./storage.ts";

const MAX_METADATA_CHARS = 8_192;
const MAX_SESSION_CHARS = 256;

export interface DecisionsDeps {
  readonly settings: () => Settings;
  readonly routers: RouterService;
  readonly storage: Storage;
  readonly metrics: Metrics;
  readonly clock: () => number;
}

export interface Replay {
  readonly stored: StoredDecision;
  /** The same decision made again from its stored trace; JSON. */
  readonly answer: string;
  /** Fields on which the two differ; empty when the answer is the same. */
  readonly differences: readonly string[];
}

/** Decides, remembers and replays. */
export interface Decisions {
  /** @returns the answer as JSON. @throws ApiError or EngineError, counted */
  decide(body: unknown, caller: Caller): Promise<string>;
  /** @throws ApiError `unknown_decision`, also for somebody else's */
  replay(decisionId: string, caller: Caller): Promise<Replay>;
  find(decisionId: string, caller: Caller): Promise<StoredDecision>;
}

export function createDecisions({ settings, routers, storage, metrics, clock }: DecisionsDeps): Decisions {
  async function decide(body: unknown, caller: Caller): Promise<string> {
    try {
      const request = readRequest(body, settings());
      const { decision, trace } = await routers.current.decide(request);
      const answer = JSON.stringify(decision);
      metrics.observeDecision(decision);
      storage.appendDecision(toStored(decision, trace, answer, request.session_id ?? null, caller, clock()));
      return answer;
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
    find,
    async replay(decisionId, caller) {
      const stored = await find(decisionId, caller);
      // Only `decide` above writes these columns.
      const answered = JSON.parse(stored.answer) as RouteDecision;
      const again = routers.current.replay(JSON.parse(stored.trace) as DecisionTrace);
      const shown: RouteDecision = { ...again, timing_ms: answered.timing_ms };
      if (answered.candidates === undefined) delete shown.candidates;
      return { stored, answer: JSON.stringify(shown), differences: differingFields(answered, shown) };
    },
  };
}

/** @throws ApiError with the field's path */
function readRequest(body: unknown, { routes }: Settings): RouteRequest {
  const request = readInput(RouteRequest, body);
  if (!Object.hasOwn(routes, request.route)) {
    const known = Object.keys(routes).join(", ");
    throw new ApiError("unknown_route", `there is no route "${request.route}" (known: ${known})`, { place: "route" });
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
  decision: RouteDecision,
  trace: DecisionTrace,
  answer: string,
  sessionId: string | null,
  caller: Caller,
  nowMs: number,
): StoredDecision {
  const { incumbent } = decision;
  return {
    decisionId: decision.decision_id,
    createdAtMs: nowMs,
    route: decision.route,
    keyId: caller.keyId,
    sessionId,
    model: decision.model,
    policy: decision.policy,
    reason: decision.reason,
    propensity: decision.propensity,
    routerName: decision.router.name,
    routerVersion: decision.router.version,
    quality: decision.quality,
    costNanoUsd: nanoOrNull(decision.cost_usd),
    incumbentModel: incumbent?.model ?? null,
    incumbentCostNanoUsd: nanoOrNull(incumbent?.cost_usd ?? null),
    outOfDistribution: decision.out_of_distribution,
    answer,
    trace: JSON.stringify(trace),
  };
}

function nanoOrNull(usd: number | null): number | null {
  return usd === null ? null : nanoFromUsd(usd);
}

/** Top-level fields whose JSON differs, in either direction. */
function differingFields(a: RouteDecision, b: RouteDecision): string[] {
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]),
  );
}
