import type { RouteSection } from "../../config-schema.ts";
import { ApiError } from "../../errors.ts";
import type { Binding } from "../certificate.ts";
import type { AuditCounts, AuditStore, Observation, ObservationCount, ObservationDay } from "./audit-store.ts";
import type { Figures, FiguresOptions } from "./figures.ts";
import type { ObservationSection } from "./observation-config.ts";
import { PASSIVE } from "./observation-config.ts";
import { dayOf } from "./observer.ts";
import { DAY_MS } from "./watch.ts";

/** Computes figures, in a thread of its own where there is one. */
export type ComputeFigures = (
  observationId: string,
  options: FiguresOptions & { readonly toDay: number },
) => Promise<{ readonly figures: Figures; readonly counts: readonly ObservationCount[] }>;

/** All that is known of an observation at one moment. */
export interface ObservationReport {
  readonly observation: Observation;
  readonly section: ObservationSection;
  readonly atMs: number;
  readonly day: number;
  readonly isOver: boolean;
  /** It came to its end, and so did its audits: intervals hold for this one look. */
  readonly isFinal: boolean;
  readonly promise: { readonly maxQualityLoss: number; readonly confidence: number };
  readonly figures: Figures;
  readonly counts: readonly ObservationCount[];
  readonly audits: readonly AuditCounts[];
  readonly spentTodayNanoUsd: number;
  readonly days: readonly ObservationDay[];
  readonly previous: readonly Observation[];
}

export interface ReportsDeps {
  readonly store: AuditStore;
  readonly routes: () => Readonly<Record<string, RouteSection>>;
  readonly compute: ComputeFigures;
  readonly clock: () => number;
}

export interface Reports {
  /** Some seconds old at most, where there is very much traffic some minutes. @throws ApiError `unknown_route`, `not_found` without an observation */
  report(route: string, observationId?: string): Promise<ObservationReport>;
  /** Keeps what is known of a day, for the history. */
  closeDay(observation: Observation, day: number): Promise<void>;
  /** The next one is computed anew. */
  forget(): void;
}

interface Kept {
  readonly atMs: number;
  freshMs: number;
  readonly report: Promise<ObservationReport>;
}

const FRESH_MS = 3_000;
/** Figures are good for so many times what they took. */
const IDLE_FACTOR = 10;
const PREVIOUS = 20;
const PROMISE = { maxQualityLoss: 0.03, confidence: 0.95 };

export function createReports({ store, routes, compute, clock }: ReportsDeps): Reports {
  const kept = new Map<string, Kept>();

  function optionsOf(observation: Observation, route: RouteSection | undefined, toDay: number, isFinal: boolean) {
    const promise = route?.certificate ?? PROMISE;
    const { incumbent, models } = JSON.parse(observation.binding) as Binding; // only we write it
    const prices = models.flatMap(({ model, price }) =>
      price === null || model === incumbent ? [] : [{ model, price }],
    );
    return {
      confidence: promise.confidence,
      maxQualityLoss: promise.maxQualityLoss,
      thresholds: observation.thresholds,
      goldShare: route?.observation?.goldShare ?? 0,
      prices,
      toDay,
      isFinal,
    };
  }

  async function make(observation: Observation): Promise<ObservationReport> {
    const { route } = observation;
    const section = routes()[route]?.observation ?? PASSIVE;
    const atMs = clock();
    const day = dayOf(observation, observation.endedAtMs ?? atMs);
    const isOver = observation.endedAtMs !== null || (observation.days !== null && day >= observation.days);
    const audits = await store.countAudits(observation.observationId);
    // What somebody ended early was perhaps ended because of what it said.
    const isComplete = observation.days !== null && day >= observation.days;
    const isFinal = isComplete && audits.every(({ state }) => state !== "queued" && state !== "running");
    const options = optionsOf(observation, routes()[route], day, isFinal);
    const { figures, counts } = await compute(observation.observationId, options);
    const lastDay = observation.days === null ? day : Math.min(day, Math.ceil(observation.days) - 1);
    await store.putFigures(observation.observationId, lastDay, historyText(figures, counts, atMs));
    return {
      observation,
      section,
      atMs,
      day,
      isOver,
      promise: { maxQualityLoss: options.maxQualityLoss, confidence: options.confidence },
      figures,
      counts,
      isFinal,
      audits,
      spentTodayNanoUsd: await store.spentSince(route, Math.floor(atMs / DAY_MS) * DAY_MS),
      days: await store.days(observation.observationId),
      previous: (await store.list(route, PREVIOUS)).filter((one) => one.observationId !== observation.observationId),
    };
  }

  async function observationOf(route: string, observationId: string | undefined): Promise<Observation> {
    if (!Object.hasOwn(routes(), route) && observationId === undefined) {
      const known = Object.keys(routes()).join(", ");
      throw new ApiError("unknown_route", `there is no route "${route}" (known: ${known})`, { place: "route" });
    }
    const found =
      observationId === undefined
        ? ((await store.current(route)) ?? (await store.list(route, 1))[0])
        : await store.find(observationId);
    if (found != null && found.route === route) return found;
    throw new ApiError("not_found", `route "${route}" was not observed; its mode must be observe or active`, {
      place: "route",
    });
  }

  return {
    async report(route, observationId) {
      const observation = await observationOf(route, observationId);
      const key = observation.observationId;
      const nowMs = clock();
      const known = kept.get(key);
      if (known !== undefined && Math.abs(nowMs - known.atMs) < known.freshMs) return known.report;
      const beganAt = performance.now();
      const report = make(observation);
      if (kept.size > PREVIOUS) kept.clear();
      const entry: Kept = { atMs: nowMs, freshMs: FRESH_MS, report };
      kept.set(key, entry);
      // A page that is open shall not keep a core busy.
      void report.then(
        () => {
          entry.freshMs = Math.max(FRESH_MS, IDLE_FACTOR * (performance.now() - beganAt));
        },
        () => {},
      );
      report.catch(() => kept.delete(key));
      return report;
    },
    async closeDay(observation, day) {
      const options = optionsOf(observation, routes()[observation.route], day, false);
      const { figures, counts } = await compute(observation.observationId, options);
      await store.putFigures(observation.observationId, day, historyText(figures, counts, clock()));
    },
    forget: () => kept.clear(),
  };
}

/** One day of the history, as it is kept and answered. */
function historyText({ projected }: Figures, counts: readonly ObservationCount[], atMs: number): string {
  return JSON.stringify({
    at: new Date(atMs).toISOString(),
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
    audits: projected?.audited ?? 0,
    moved_share: projected?.movedShare ?? null,
    saving: projected?.saving ?? null,
    quality_difference: projected?.qualityDifference ?? null,
  });
}
