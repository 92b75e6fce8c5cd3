import { canonicalJson } from "../../canonical-digest.ts";
import type { Audit, AuditStore, ObservedRequest } from "../../observation/observe/audit-store.ts";
import { presentBinding } from "../../observation/present-binding.ts";
import type { TestApp } from "../../testing/build-test-app.ts";

export interface SeededObservation {
  readonly id?: string;
  readonly route?: string;
  readonly audits?: number;
  /** Of them, those whose routed answer is bad. */
  readonly bad?: number;
  /** Falling. */
  readonly thresholds?: readonly number[];
  readonly score?: number;
  readonly stratum?: (i: number) => string;
  readonly isOver?: boolean;
  readonly queued?: number;
  readonly lost?: number;
}

const DAY_MS = 86_400_000;

/** An observation of the route as it is now, with outcomes, as if the last two weeks had been watched. */
export async function seedObservation(host: TestApp, seeded: SeededObservation = {}): Promise<void> {
  const { id = "obs_seeded", route = "default", audits: count = 200, bad = 0, queued = 0, lost = 0 } = seeded;
  const { service } = host;
  const { audits } = service.storage;
  const { identity, catalogue } = service.routers;
  const binding = presentBinding(route, service.settings.routes[route]!, {
    router: identity,
    candidates: catalogue.candidates,
  });
  const nowMs = host.now();
  const standing = await audits.current(route);
  if (standing !== null) await audits.end(standing.observationId, nowMs, "restarted");
  await audits.begin({
    observationId: id,
    route,
    kind: "observe",
    startedAtMs: nowMs - ((seeded.isOver ?? true) ? 14 : 13) * DAY_MS,
    days: 14,
    endedAtMs: null,
    endReason: null,
    salt: "salt",
    binding: canonicalJson(binding),
    thresholds: [...(seeded.thresholds ?? [0.5, -1.5])],
  });
  const total = count + queued + lost;
  const rows = Array.from({ length: total }, (_, i) => {
    const state = i < count ? "done" : i < count + queued ? "queued" : "lost";
    const row = observed(id, i, nowMs - DAY_MS, seeded);
    return { row, audit: audit(row, route, state, i < bad ? 0 : 1) };
  });
  write(audits, id, rows);
  if (seeded.isOver ?? true) await audits.end(id, nowMs, "completed");
}

function write(store: AuditStore, observationId: string, rows: { row: ObservedRequest; audit: Audit }[]): void {
  store.append({
    rows: rows.map(({ row }) => row),
    audits: rows.map((one) => ({ audit: one.audit, text: null })),
    counts: [{ observationId, day: 0, reason: "", requests: rows.length, costNanoUsd: 0 }],
  });
}

function observed(
  observationId: string,
  i: number,
  atMs: number,
  { score = 0, stratum }: SeededObservation,
): ObservedRequest {
  return {
    observationId,
    requestId: `${observationId}_${String(i).padStart(6, "0")}`,
    atMs,
    day: 0,
    session: null,
    stratum: stratum?.(i) ?? "other",
    feature: null,
    tenant: null,
    incumbent: "up/large",
    chosen: "up/small",
    score,
    prediction: score,
    spread: 0.5,
    inclusion: 1,
    uniformInclusion: 1,
    isAudited: true,
    isUniform: true,
    lot: 0.5,
    inputTokens: 10,
    outputTokens: 10,
    incumbentNanoUsd: 1000,
    routedNanoUsd: 100,
    auditNanoUsd: 1000,
  };
}

function audit(row: ObservedRequest, route: string, state: Audit["state"], routedQuality: number): Audit {
  const isDone = state === "done";
  return {
    requestId: row.requestId,
    observationId: row.observationId,
    route,
    atMs: row.atMs,
    state,
    holder: state === "queued" ? "nobody" : null,
    isInMemory: true,
    tries: 1,
    nextAtMs: 0,
    finishedAtMs: state === "queued" ? null : row.atMs,
    incumbent: row.incumbent,
    chosen: row.chosen,
    served: "incumbent",
    isNoise: false,
    isGold: false,
    answerDigest: null,
    judgedBy: isDone ? "judge/one" : null,
    incumbentQuality: isDone ? 1 : null,
    routedQuality: isDone ? routedQuality : null,
    noise: null,
    goldIncumbent: null,
    goldRouted: null,
    routedNanoUsd: isDone ? 100 : null,
    replayNanoUsd: isDone ? 700 : 0,
    judgeNanoUsd: isDone ? 300 : 0,
    reason: isDone ? null : "test",
  };
}
