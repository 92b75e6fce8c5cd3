import type { RouteSection } from "../config-schema.ts";
import type { Settlement } from "../gateway/settlement.ts";
import type { RampEvent } from "./ramp.ts";

/** What a request says of how routing goes; null: nothing. */
export function rampEventOf(settlement: Settlement, route: RouteSection): RampEvent | null {
  const { decision, activation, status, cache, error, firstTokenMs, durationMs } = settlement;
  if (decision === null || activation == null || error === "client_left") return null;
  const hasCalled = cache === "miss" || cache === "bypass" || cache === "semantic-shadow";
  const latencyMs = status === 200 && hasCalled ? (firstTokenMs ?? durationMs) : null;
  const isAway = decision.chosen.candidateId !== decision.incumbent.candidateId;
  if (activation.isFollowed && isAway) {
    return { kind: "routed", isError: status >= 500 || status === 429 || hasFallenBack(settlement, route), latencyMs };
  }
  return settlement.candidate?.candidateId === route.incumbent && latencyMs !== null
    ? { kind: "kept", latencyMs }
    : null;
}

/** Somebody answered who was not meant to. A plan that goes on to the incumbent does what it is for. */
function hasFallenBack({ decision, candidate, plan = null }: Settlement, route: RouteSection): boolean {
  if (plan !== null && plan.calls.length > 0) return plan.end === "call_failed" || plan.accepted === null;
  const id = candidate?.candidateId;
  if (id === route.incumbent) return true;
  return id !== undefined && route.fallbacks.includes(id) && id !== decision?.chosen.candidateId;
}
