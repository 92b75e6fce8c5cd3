import type { Candidate } from "../../../engine/schema/candidate.ts";
import { canonicalJson } from "../../canonical-digest.ts";
import type { RouteSection } from "../../config-schema.ts";
import type { LookOn } from "../../gateway/onlooker.ts";
import { isAbandoned, parseWriterName, type Writer, writerName } from "../../log/segment-name.ts";
import { createTurns } from "../../turns.ts";
import { createWriteQueue } from "../../write-queue.ts";
import type { NotedRequest } from "../input-shapes/watch-shapes.ts";
import { presentBinding } from "../present-binding.ts";
import type { Audit, AuditStore, EndReason, Observation, ObservationCount } from "./audit-store.ts";
import type { AuditText } from "./audit-text.ts";
import { type DayDesign, firstDesign, nextDesign } from "./design.ts";
import { createEligibility } from "./eligibility.ts";
import { type ObservationSection, PASSIVE } from "./observation-config.ts";
import { createRunner, type Runner, type RunnerDeps } from "./runner.ts";
import { thresholdsOf } from "./thresholds.ts";
import { createLookOn, DAY_MS, type Seen, type Watching } from "./watch.ts";

export interface ObserverDeps {
  readonly store: AuditStore;
  readonly routes: () => Readonly<Record<string, RouteSection>>;
  /** Whether a route is routed, or would be: it has a certificate that holds, or an override. */
  readonly isActive: (route: string) => boolean;
  readonly router: () => { readonly name: string; readonly version: string };
  readonly candidates: () => readonly Candidate[];
  readonly equalsOf: (candidateId: string) => ReadonlySet<string>;
  /** What judging texts of so many tokens is expected to cost on a route. */
  readonly judgeNanoUsd: (section: ObservationSection, route: RouteSection) => (tokens: number) => number;
  /** Keeps what was known at the end of a day. */
  readonly closeDay: (observation: Observation, day: number) => Promise<void>;
  readonly examine: RunnerDeps["examine"];
  /** Hears of every request that was looked at; an empty reason: it was eligible. */
  readonly onSeen?: (route: string, excludedBecause: string, isDrawn: boolean) => void;
  /** Hears of every request that is noted, as soon as it is settled. */
  readonly onNoted?: (noted: NotedRequest) => void;
  /** Whether models can be asked; false while the server starts. */
  readonly isReady: () => boolean;
  readonly newId: () => string;
  readonly newSalt: () => string;
  readonly writer: Writer;
  /** How long observations that ended are kept. */
  readonly retentionDays: () => number;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
}

/** Watches the routes that observe, or are active: notes their requests, and audits some of them. */
export interface Observer {
  readonly lookOn: LookOn;
  /**
   * Follows configuration, router and the calendar: begins and ends observations, fixes the day's design, takes over what a
   * process that ended had left. By itself every minute; a caller that sets the clock calls it.
   */
  tick(): Promise<void>;
  /** Writes what was seen and waits for the audits that are due. */
  settled(): Promise<void>;
  /** Begins a route's observation anew. */
  restart(route: string): Promise<void>;
  /** Hears of every audit that ends, e.g. to follow the loss while a route is active. */
  onAuditEnded(listener: (audit: Audit) => void): void;
  /** Requests that were seen and could not be noted. */
  readonly dropped: number;
  close(): Promise<void>;
}

const NOTED_AT_ONCE = 128;
const MOST_WAITING = 20_000;
const NOTE_DELAY_MS = 25;
const TICK_MS = 60_000;
const PRUNED_AT_ONCE = 2_000;
/** How often a server that starts is asked whether it has. */
const START_MS = 100;
/** Requests of an earlier day from which a design is made. */
const DESIGN_ROWS = 20_000;
const THRESHOLD_ROWS = 5_000;
/** Texts that wait in memory for their audits. */
const MOST_MEMORY_TEXTS = 2_000;

/** Observers of this process that are open: they have this process's id, and are no ones that ended. */
const openHolders = new Set<string>();

export async function openObserver(deps: ObserverDeps): Promise<Observer> {
  const { store, routes, router, clock, log, writer } = deps;
  const holder = writerName(writer);
  openHolders.add(holder);
  const watched = new Map<string, Watching>();
  const memory = new Map<string, AuditText>();
  const listeners: ((audit: Audit) => void)[] = [];
  const onError = (error: unknown) => log.warn({ err: error }, "observation: something failed and is tried again");

  const queue = createWriteQueue<Seen>({
    write(batch) {
      store.append({
        rows: batch.flatMap(({ row }) => row ?? []),
        audits: batch.flatMap(({ audit }) => (audit === null ? [] : [storedAudit(audit)])),
        counts: summed(batch.map(({ count }) => count)),
      });
      if (batch.some(({ audit }) => audit !== null)) runner.pump();
    },
    capacity: MOST_WAITING,
    batchSize: NOTED_AT_ONCE,
    delayMs: NOTE_DELAY_MS,
    onError,
  });

  /** A text that may not be stored waits here; where there is no room left its audit is lost, and counted. */
  function storedAudit({ audit, text, isTextStored }: NonNullable<Seen["audit"]>): {
    readonly audit: Audit;
    readonly text: string | null;
  } {
    if (text === null) return { audit, text: null };
    if (isTextStored || audit.isGold) return { audit, text: JSON.stringify(text) };
    if (memory.size >= MOST_MEMORY_TEXTS && !memory.has(audit.requestId)) {
      return { audit: { ...audit, state: "lost", reason: "no_room", finishedAtMs: clock() }, text: null };
    }
    memory.set(audit.requestId, text);
    return { audit: { ...audit, holder, isInMemory: true }, text: null };
  }

  const runner: Runner = createRunner({
    store,
    examine: deps.examine,
    sections: () =>
      new Map(
        Object.entries(routes()).flatMap(([name, { mode, observation }]) =>
          mode === "off" || observation === undefined ? [] : [[name, observation] as const],
        ),
      ),
    memory,
    holder,
    isReady: deps.isReady,
    clock,
    onError,
    onEnded: (audit) => {
      for (const listener of listeners) listener(audit);
    },
  });

  const inTurn = createTurns();

  async function follow(): Promise<void> {
    await takeOver();
    for (const [name, route] of Object.entries(routes())) {
      const watching = await watch(name, route);
      if (watching === null) watched.delete(name);
      else watched.set(name, watching);
    }
    for (const name of watched.keys()) if (!Object.hasOwn(routes(), name)) watched.delete(name);
    await store.prune(clock() - deps.retentionDays() * DAY_MS, PRUNED_AT_ONCE);
    runner.pump();
  }

  /** What processes that ended had in hand. */
  async function takeOver(): Promise<void> {
    for (const other of await store.holders()) {
      const parsed = parseWriterName(other);
      if (openHolders.has(other) || (parsed !== null && !isAbandoned(parsed, writer, 0))) continue;
      const { requeued, lost } = await store.release(other, clock());
      log.info({ requeued, lost }, "audits of a process that ended were taken over");
    }
  }

  async function watch(name: string, route: RouteSection): Promise<Watching | null> {
    const section = route.observation ?? PASSIVE;
    const observation = await observationOf(name, route, section);
    if (observation === null) return null;
    const day = dayOf(observation, clock());
    const before = watched.get(name);
    if (before?.observation.observationId === observation.observationId && before.day < day) {
      queue.flush();
      await deps.closeDay(observation, before.day);
    }
    const { eligibility, design } = await dayDesign(observation, section, day);
    return {
      observation,
      section,
      routerVersion: router().version,
      eligibility,
      day,
      design,
      equalsOf: deps.equalsOf,
      judgeNanoUsd: deps.judgeNanoUsd(section, route),
      isTextStored: section.auditPrivate || route.log?.content === "full",
    };
  }

  async function observationOf(
    name: string,
    route: RouteSection,
    section: ObservationSection,
  ): Promise<Observation | null> {
    const current = await store.current(name);
    const binding = canonicalJson(presentBinding(name, route, { router: router(), candidates: deps.candidates() }));
    const kind = kindOf(name, route);
    const isKept = current !== null && current.binding === binding && current.kind === kind;
    if (current !== null && !isKept) await end(current, current.kind === kind ? "route_changed" : "mode_changed");
    if (kind === null) return null;
    return isKept ? current : begin(name, kind, binding, section);
  }

  /** An active route without a footing serves as while it observes, and is observed so that it may get one. */
  function kindOf(name: string, { mode }: RouteSection): Observation["kind"] | null {
    if (mode === "off") return null;
    return mode === "active" && deps.isActive(name) ? "active" : "observe";
  }

  async function begin(
    name: string,
    kind: Observation["kind"],
    binding: string,
    { days }: ObservationSection,
  ): Promise<Observation> {
    return store.begin({
      observationId: deps.newId(),
      route: name,
      kind,
      startedAtMs: clock(),
      days: kind === "observe" ? days : null,
      endedAtMs: null,
      endReason: null,
      salt: deps.newSalt(),
      binding,
      thresholds: null,
    });
  }

  async function end({ observationId, route }: Observation, reason: EndReason): Promise<void> {
    queue.flush();
    await store.end(observationId, clock(), reason);
    log.info({ route, reason }, "observation ended");
  }

  async function dayDesign(
    observation: Observation,
    section: ObservationSection,
    day: number,
  ): Promise<Pick<Watching, "design" | "eligibility">> {
    const { observationId, kind, days } = observation;
    const eligibility = createEligibility(section);
    const known = watched.get(observation.route);
    const isSameDay = known?.observation.observationId === observationId && known.day === day;
    queue.flush();
    await fixThresholds(observation);
    if (days !== null && day >= days) return { eligibility, design: { ...firstDesign(kind, PASSIVE) } };
    if (isSameDay) return { eligibility, design: known.design };
    const made = kind === "active" || day === 0 ? firstDesign(kind, section) : await designAfter(observationId, day);
    const design = await store.putDesignOnce(observationId, day, JSON.stringify(made));
    return { eligibility, design: JSON.parse(design) as DayDesign }; // only we write it

    async function designAfter(id: string, today: number): Promise<DayDesign> {
      const { rows } = await store.read(id, { toDay: today - 1, mostRows: DESIGN_ROWS });
      const last = rows.reduce((latest, row) => Math.max(latest, row.day), -1);
      return nextDesign(
        section,
        rows.filter((row) => row.day === last),
      );
    }
  }

  async function fixThresholds({ observationId, thresholds }: Observation): Promise<void> {
    if (thresholds !== null) return;
    const { rows } = await store.read(observationId, { toDay: Number.MAX_SAFE_INTEGER, mostRows: THRESHOLD_ROWS });
    const made = thresholdsOf(rows.map(({ score }) => score));
    if (made !== null) await store.putThresholdsOnce(observationId, made);
  }

  const lookOn = createLookOn({
    watching(name, routerVersion) {
      const watching = watched.get(name);
      if (watching === undefined) return null;
      if (watching.day !== dayOf(watching.observation, clock()) || watching.routerVersion !== routerVersion) tickSoon();
      // What another router decided belongs to the observation that is about to begin.
      const { days } = watching.observation;
      if (days !== null && watching.day >= days) return null;
      return watching.routerVersion === routerVersion ? watching : null;
    },
    take(seen, route) {
      queue.push(seen);
      deps.onSeen?.(route, seen.count.reason, seen.row?.isAudited === true);
    },
    onNoted: deps.onNoted ?? (() => {}),
  });

  let isTickDue = false;
  function tickSoon(): void {
    if (isTickDue) return;
    isTickDue = true;
    void tick()
      .catch(onError)
      .finally(() => {
        isTickDue = false;
      });
  }

  const tick = () => inTurn(follow);
  await tick();
  const ticking = setInterval(() => void tick().catch(onError), TICK_MS);
  ticking.unref();
  const starting = setInterval(() => {
    if (!deps.isReady()) return;
    clearInterval(starting);
    runner.pump();
  }, START_MS);
  starting.unref();

  return {
    lookOn,
    tick,
    async settled() {
      queue.flush();
      await runner.idle();
    },
    restart: (name) =>
      inTurn(async () => {
        const current = await store.current(name);
        if (current !== null) await end(current, "restarted");
        await follow();
      }),
    onAuditEnded: (listener) => void listeners.push(listener),
    get dropped() {
      return queue.dropped;
    },
    async close() {
      clearInterval(ticking);
      clearInterval(starting);
      await inTurn(async () => {});
      queue.close();
      await runner.close();
      openHolders.delete(holder);
    },
  };
}

/** One a day and reason. */
function summed(counts: readonly ObservationCount[]): ObservationCount[] {
  const sums = new Map<string, ObservationCount>();
  for (const count of counts) {
    const key = `${count.observationId} ${count.day} ${count.reason}`;
    const known = sums.get(key);
    sums.set(
      key,
      known === undefined
        ? count
        : {
            ...known,
            requests: known.requests + count.requests,
            costNanoUsd: known.costNanoUsd + count.costNanoUsd,
          },
    );
  }
  return [...sums.values()];
}

/** Days are counted by the clock as it is now: one that jumps ahead and comes back costs nothing but the time between. */
export function dayOf({ startedAtMs }: Pick<Observation, "startedAtMs">, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - startedAtMs) / DAY_MS));
}
