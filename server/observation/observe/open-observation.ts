import type { FastifyBaseLogger } from "fastify";
import { expectedCostNanoUsd } from "../../../engine/cost.ts";
import type { RouteSection } from "../../config-schema.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { Settlement } from "../../gateway/settlement.ts";
import { createIds, createSalts } from "../../ids.ts";
import { entryOfSettlement } from "../../log/entry-of-settlement.ts";
import type { RequestLog } from "../../log/request-log.ts";
import { thisWriter } from "../../log/segment-name.ts";
import type { RouterService } from "../../router-service.ts";
import type { Settings } from "../../settings.ts";
import type { Storage } from "../../storage.ts";
import type { NotedRequest } from "../input-shapes/watch-shapes.ts";
import { createAskUpstream } from "./ask-upstream.ts";
import type { AuditMetrics } from "./audit-metrics.ts";
import { computeHere } from "./compute-figures.ts";
import { examine } from "./examine.ts";
import { computeInThread } from "./figures-thread.ts";
import { judgeFor, VERDICT_TOKENS } from "./judge.ts";
import { createLabelDesk, type LabelDesk } from "./label-desk.ts";
import { createLessonDesk, type LessonDesk } from "./lesson-desk.ts";
import type { ObservationSection } from "./observation-config.ts";
import { type ComputeFigures, createReports, type Reports } from "./observation-report.ts";
import { type Observer, openObserver } from "./observer.ts";
import { loadVerifiers } from "./verify.ts";

export interface OpenObservationDeps {
  readonly storage: Pick<Storage, "audits">;
  readonly settings: () => Settings;
  readonly routers: RouterService;
  /** Made after this, because it is this that looks on. */
  readonly gateway: () => Gateway;
  readonly requestLog: Pick<RequestLog, "append" | "retentionDays">;
  /** Hears of every answer that audits and judges gave. */
  readonly onAnswered: (settlement: Settlement) => void;
  /** Whether a route is routed, or would be. */
  readonly isActive: (route: string) => boolean;
  readonly metrics: AuditMetrics;
  /** Hears of every request that is noted. */
  readonly onNoted: (noted: NotedRequest) => void;
  /** Whether figures are computed in a thread of their own. */
  readonly isThreaded: boolean;
  readonly clock: () => number;
  /** Fills with random bytes. */
  readonly fill: (bytes: Uint8Array) => void;
  readonly log: FastifyBaseLogger;
}

export interface OpenedObservation {
  readonly observer: Observer;
  readonly reports: Reports;
  readonly labels: LabelDesk;
  readonly lessons: LessonDesk;
}

export async function openObservation(deps: OpenObservationDeps): Promise<OpenedObservation> {
  const { storage, settings, routers, gateway, requestLog, clock, fill, log } = deps;
  const { audits: store } = storage;
  const catalogue = () => routers.catalogue.candidates;
  const reports = createReports({
    store,
    routes: () => settings().routes,
    compute: computeOf(deps),
    clock,
  });
  const ask = createAskUpstream({
    gateway,
    newId: createIds("aud", { clock, fill }),
    onSettled(settlement) {
      deps.onAnswered(settlement);
      requestLog.append({
        ...entryOfSettlement({ ...settlement, content: null }, requestLog.retentionDays),
        arm: "audit",
      });
    },
  });
  const verifiers = await loadVerifiers();
  const observer = await openObserver({
    store,
    routes: () => settings().routes,
    router: () => ({ name: routers.identity.name, version: routers.identity.version }),
    candidates: catalogue,
    equalsOf: (id) => equalsOf(id, settings()),
    judgeNanoUsd: (section, route) => judgeCost(section, route),
    closeDay: reports.closeDay,
    examine: (audit, text, section, signal) =>
      examine(audit, text, section, { ask, verifiers, dialects: gateway().dialects, catalogue, clock }, signal),
    isActive: deps.isActive,
    onSeen: deps.metrics.countSeen,
    onNoted: deps.onNoted,
    isReady: () => isThere(gateway),
    newId: createIds("obs", { clock, fill }),
    newSalt: createSalts(fill),
    writer: thisWriter(clock()),
    retentionDays: () => settings().storage.retentionDays,
    clock,
    log,
  });
  observer.onAuditEnded(deps.metrics.countEnded);
  const labels = createLabelDesk(store, () => gateway().dialects, reports.forget);
  const lessons = createLessonDesk({ store, candidates: catalogue, manifest: () => routers.manifest });
  return { observer, reports, labels, lessons };

  /** Both orders, at the price of who would judge the route's models. */
  function judgeCost({ judge }: ObservationSection, { incumbent }: RouteSection): (tokens: number) => number {
    const compared = catalogue().filter(({ candidateId }) => candidateId === incumbent);
    const { judge: id } = judgeFor(compared, [judge.model ?? []].flat(), catalogue());
    const price = catalogue().find(({ candidateId }) => candidateId === id)?.price ?? null;
    if (price === null) return () => 0;
    return (tokens) => 2 * expectedCostNanoUsd(tokens + VERDICT_TOKENS.input, 0, VERDICT_TOKENS.output, price);
  }
}

function computeOf({ storage, settings, isThreaded }: OpenObservationDeps): ComputeFigures {
  const { url } = settings().storage;
  return isThreaded && !url.endsWith(":memory:") ? computeInThread(url) : computeHere(storage.audits);
}

/** A constant that is read before it was made throws. */
function isThere(read: () => unknown): boolean {
  try {
    return read() !== undefined;
  } catch {
    return false;
  }
}

function equalsOf(id: string, { pools }: Settings): ReadonlySet<string> {
  const pool = Object.values(pools).find(({ members }) => members.some(({ use }) => use === id));
  return new Set([id, ...(pool?.members.map(({ use }) => use) ?? [])]);
}
