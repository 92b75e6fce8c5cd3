import type { RouteSection } from "../config-schema.ts";
import type { Settlement } from "../gateway/settlement.ts";
import type { RampEvent } from "./ramp.ts";

/** What a request says of how routing goes; null: nothing. */
export function rampEventOf(settlement: Settlement, route: RouteSection): RampEvent | null {
  const { decision, activation, candidate, status, cache, error, firstTokenMs, durationMs } = settlement;
  if (decision === null || activation == null || error === "client_left") return null;
  const hasCalled = cache === "miss" || cache === "bypass" || cache === "semantic-shadow";
  const latencyMs = status === 200 && hasCalled ? (firstTokenMs ?? durationMs) : null;
  const isAway = decision.chosen.candidateId !== decision.incumbent.candidateId;
  if (activation.isFollowed && isAway) {
    const id = candidate?.candidateId;
    const hasFallenBack =
      id === route.incumbent ||
      (id !== undefined && route.fallbacks.includes(id) && id !== decision.chosen.candidateId);
    return { kind: "routed", isError: status >= 500 || status === 429 || hasFallenBack, latencyMs };
  }
  return candidate?.candidateId === route.incumbent && latencyMs !== null ? { kind: "kept", latencyMs } : null;
}
