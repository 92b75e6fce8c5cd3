import { seededRng } from "../../../engine/rng.ts";
import { STAYS } from "../leave-score.ts";
import type { Audit, ObservedData, ObservedRequest } from "../observe/audit-store.ts";

interface World {
  readonly requests: number;
  readonly rate: number;
  /** State of an audit that was drawn, by the lot of its outcome and its day. */
  readonly stateOf?: (day: number, lot: number) => Audit["state"];
  /** What the router expects of a request, by a lot, and the chance that its routed answer is bad; by default far off, as a router may be. */
  readonly promiseOf?: (lot: number) => { readonly promised: number; readonly loss: number };
  readonly seed?: number;
}

/** Requests of 14 days, of which one in five stays and the others lose 0.1 of quality and save 80 % of the cost. */
export function observedWorld({
  requests,
  rate,
  stateOf = () => "done",
  promiseOf = () => ({ promised: 0.3, loss: 0.1 }),
  seed = 1,
}: World): ObservedData {
  const rng = seededRng(seed);
  const lots = seededRng(seed + 1_000);
  const rows: ObservedRequest[] = [];
  const audits: Audit[] = [];
  for (let i = 0; i < requests; i++) {
    const stays = rng.next() < 0.2;
    const day = Math.floor((i * 14) / requests);
    const isAudited = rng.next() < rate;
    const requestId = `req_${String(i).padStart(6, "0")}`;
    const incumbentNanoUsd = 1_000_000 * (0.5 + rng.next());
    const { promised, loss } = promiseOf(lots.next());
    const routedNanoUsd = stays ? incumbentNanoUsd : 0.2 * incumbentNanoUsd;
    rows.push({
      observationId: "obs",
      requestId,
      atMs: i,
      day,
      session: `s${Math.floor(i / 2)}`,
      stratum: i % 3 === 0 ? "math" : "chat",
      feature: null,
      tenant: null,
      incumbent: "large",
      chosen: stays ? "large" : "small",
      score: stays ? STAYS : rng.next() - 0.7,
      prediction: stays ? 0 : promised,
      spread: 0.5,
      inclusion: rate,
      uniformInclusion: rate,
      isAudited,
      isUniform: isAudited,
      lot: rng.next(),
      inputTokens: 10,
      outputTokens: 10,
      incumbentNanoUsd,
      routedNanoUsd: stays ? incumbentNanoUsd : 0.4 * incumbentNanoUsd,
      auditNanoUsd: 1,
    });
    const lot = rng.next();
    const state = stays ? "done" : stateOf(day, rng.next());
    if (!isAudited) continue;
    audits.push({
      requestId,
      observationId: "obs",
      route: "default",
      atMs: i,
      state,
      holder: null,
      isInMemory: false,
      tries: 1,
      nextAtMs: 0,
      finishedAtMs: 1,
      incumbent: "large",
      chosen: "small",
      served: "incumbent",
      isNoise: false,
      isGold: false,
      answerDigest: null,
      judgedBy: state !== "done" ? null : stays ? "same_model" : "exact",
      incumbentQuality: state === "done" ? 1 : null,
      routedQuality: state === "done" ? (stays || lot < 1 - loss ? 1 : 0) : null,
      noise: null,
      goldIncumbent: null,
      goldRouted: null,
      routedNanoUsd: Math.round(routedNanoUsd),
      replayNanoUsd: 0,
      judgeNanoUsd: 0,
      reason: null,
    });
  }
  return { rows, audits, counts: [] };
}
