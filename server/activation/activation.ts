import type { FastifyBaseLogger } from "fastify";
import type { RouteSection } from "../config-schema.ts";
import { ApiError } from "../errors.ts";
import type { Settlement } from "../gateway/settlement.ts";
import { type Voidance, whyVoid } from "../observation/certificate.ts";
import { presentBinding } from "../observation/present-binding.ts";
import type { RouterService } from "../router-service.ts";
import { entriesOfBilled } from "../savings/store/ledger-facts.ts";
import type { LedgerStore } from "../savings/store/ledger-store.ts";
import type { LedgerWriter } from "../savings/store/ledger-writer.ts";
import type { Settings } from "../settings.ts";
import type { ActivationStore, StoredCertificate } from "./activation-store.ts";
import { type ActiveRoute, type LiveRoute, shownRoute, stoppedBy } from "./active-route.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import { countAudits } from "./count-audits.ts";
import { createEligible, type EligibleFacts } from "./eligible.ts";
import { createPeriods, termsEntry } from "./periods.ts";
import { type RampEvent, rampShare, startRamp, stepRamp } from "./ramp.ts";
import { rampEventOf } from "./ramp-event.ts";
import { mergedRamp, persistRamp } from "./ramp-keeper.ts";
import { rampTermsOf } from "./route-terms.ts";
import type { Alarm } from "./send-alarm.ts";
import { type Footing, type Standing, standingOf } from "./standing.ts";
import { inputAlarm } from "./watch-input.ts";

export interface ActivationDeps {
  readonly store: ActivationStore;
  readonly ledger: LedgerWriter;
  readonly ledgerStore: Pick<LedgerStore, "requestOf">;
  readonly settings: () => Pick<Settings, "routes">;
  readonly routers: Pick<RouterService, "identity" | "catalogue">;
  /** As which a model answered last; null: it gives no version. */
  readonly versionOf: (model: string) => string | null;
  readonly clock: () => number;
  /** Unguessable, for salts. */
  readonly newSalt: () => string;
  readonly board: AlarmBoard;
  readonly onStanding: (route: string, standing: Standing) => void;
  readonly log: Pick<FastifyBaseLogger, "info" | "warn" | "error">;
}

export interface StandingRequest extends EligibleFacts {
  readonly name: string;
  readonly route: RouteSection;
  readonly session: string | null;
  readonly keyId: string | null;
  readonly requestId: string;
}

/** What active routes may do, and the record of what they did. */
export interface Activation {
  /** null: the route is not active. Draws the session's lot at its first request. */
  standing(request: StandingRequest): Standing | null;
  settled(settlement: Settlement): void;
  /** Looks at kills, clocks and certificates again; cheap, some times a second. */
  tick(): void;
  /** Takes finished audits into monitors and ledger. */
  countAudits(): void;
  /** Compares the last day's requests with those that certificates were made from; another mix voids them. */
  watchInput(): void;
  routes(): readonly ActiveRoute[];
  /** @throws ApiError `unknown_route` */
  find(route: string): ActiveRoute;
  /** Whether it may be routed at all: under a certificate that holds, or an override. */
  hasFooting(route: string): boolean;
  kill(route: string, because: string): void;
  /** Takes back a kill, and begins the ramp anew after a roll-back. */
  resume(route: string): void;
  /** Ends the period of the holdout's salt and shows it in the ledger; another one begins. */
  reveal(route: string): { readonly revealed: number; readonly begun: number };
  /** Whatever mode the route has: a certificate that waits to be used is touched as well. */
  alarm(alarm: Alarm, options: { readonly isVoiding: boolean }): void;
  /** What was spent on watching the models of a route, for its ledger. */
  spent(route: string, id: string, costNanoUsd: number): void;
  /** Newest first. */
  readonly alarms: readonly Alarm[];
  close(): void;
}

const MOST_BEGUN = 50_000;
const AUDITS_AT_ONCE = 200;

export function createActivation(deps: ActivationDeps): Activation {
  const { store, ledger, settings, routers, clock, board, log } = deps;
  const live = new Map<string, LiveRoute>();
  const periods = createPeriods(deps);

  function refreshAll(): void {
    const { routes } = settings();
    for (const name of live.keys()) if (routes[name]?.mode !== "active") live.delete(name);
    for (const [name, route] of Object.entries(routes)) if (route.mode === "active") refresh(name, route);
  }

  /** Everything that requests stand on, from configuration, storage and clock. */
  function refresh(name: string, route: RouteSection): LiveRoute {
    const nowMs = clock();
    const before = live.get(name);
    const stored = store.read(name);
    const certificate = store.certificates(name, 1)[0] ?? null;
    const voids = certificate === null ? [] : voidsOf(name, route, certificate, nowMs);
    const valid = certificate !== null && voids.length === 0 ? certificate.certificate : null;
    const override = route.activation?.override ?? null;
    const under = valid?.digest ?? (override === null ? null : "override");
    const terms = rampTermsOf(route, valid);
    let ramp = mergedRamp(before, stored);
    let isDirty = before?.isDirty ?? false;
    if (under !== null && ramp?.under !== under) {
      ramp = startRamp(under, nowMs, terms);
      isDirty = true;
    }
    const killed = route.activation?.kill === true ? { atMs: null, because: "configuration" } : stored.killed;
    const period = periods.current(name, route, { isActive: under !== null, isCertified: certificate !== null, nowMs });
    const stopped = stoppedBy(killed, under, certificate, ramp);
    const now: LiveRoute = {
      name,
      route,
      isEligible: before?.route === route ? before.isEligible : createEligible(route),
      certificate,
      voids,
      period,
      killed,
      ramp,
      terms,
      version: stored.version,
      isDirty,
      footing: {
        stopped,
        certificate: valid,
        period,
        rampSalt: name,
        rampShare: ramp === null ? 0 : rampShare(ramp, terms),
      },
      begun: before?.period?.period === period?.period && before !== undefined ? before.begun : new Set(),
    };
    if (before === undefined || before.footing.stopped !== stopped) tell(now);
    live.set(name, now);
    if (period !== null) ledger.take([termsEntry({ name, route, period, certificate: valid, atMs: nowMs })]);
    return now;
  }

  function tell({ name, footing: { stopped }, voids, route }: LiveRoute): void {
    const facts = { route: name, stopped, override: route.activation?.override ?? null, voids };
    if (stopped === null) log.info(facts, "active route is routed");
    else log.warn(facts, "active route stays on its incumbent");
  }

  function voidsOf(
    name: string,
    route: RouteSection,
    { certificate, alarms: raised }: StoredCertificate,
    nowMs: number,
  ): readonly Voidance[] {
    const binding = presentBinding(name, route, {
      router: routers.identity,
      candidates: routers.catalogue.candidates,
      versionOf: deps.versionOf,
    });
    return whyVoid(certificate, { binding, nowMs, alarms: raised });
  }

  function step(one: LiveRoute, event: RampEvent): void {
    if (one.ramp === null) return;
    const before = one.ramp;
    one.ramp = stepRamp(before, event, clock(), one.terms);
    if (one.ramp === before) return;
    one.isDirty = true;
    const { stage, held, rolledBack } = one.ramp;
    if (stage === before.stage && held === before.held && rolledBack === before.rolledBack) return;
    if (rolledBack !== null && before.rolledBack === null) {
      const { signal, atMs, because } = rolledBack;
      alarm({ route: one.name, signal, atMs, because }, { isVoiding: signal === "quality" });
    } else {
      log.info({ route: one.name, stage, held }, held === null ? "ramp goes on" : "ramp is held");
    }
    persistRamp(one, store);
    refresh(one.name, one.route);
  }

  function alarm(raised: Alarm, { isVoiding }: { readonly isVoiding: boolean }): void {
    const { route, signal, because } = raised;
    const touched = isVoiding ? store.certificates(route, 1)[0] : undefined;
    if (touched !== undefined) store.putAlarm(touched.certificate.digest, `${signal}: ${because}`);
    board.raise(raised);
    const one = live.get(route);
    if (touched !== undefined && one !== undefined) refresh(one.name, one.route);
  }

  /** A certificate may end between two ticks. */
  function footingNow(one: LiveRoute, version: string): Footing {
    const { footing } = one;
    const { certificate } = footing;
    if (certificate === null || footing.stopped !== null) return footing;
    const isOver = clock() >= Date.parse(certificate.expires_at) || certificate.binding.router.version !== version;
    return isOver ? refresh(one.name, one.route).footing : footing;
  }

  function draw(one: LiveRoute, { session, arm }: NonNullable<Standing["lot"]>, request: StandingRequest): void {
    if (one.begun.has(session)) return;
    if (one.begun.size >= MOST_BEGUN) one.begun.clear();
    one.begun.add(session);
    const expected = Math.max(0, Math.round(request.decision.incumbent.costNanoUsd ?? 0));
    const fact = { kind: "session", session, arm, expected_nano_usd: expected } as const;
    ledger.take([{ route: one.name, atMs: clock(), key: session, fact }]);
  }

  function find(name: string): ActiveRoute {
    const one = live.get(name);
    if (one !== undefined) return shownRoute(one);
    const is = settings().routes[name] === undefined ? "there is no route" : "no active route is named";
    throw new ApiError("unknown_route", `${is} "${name}"`, { place: "route" });
  }

  refreshAll();

  return {
    standing(request) {
      if (request.route.mode !== "active") return null;
      const { name, route, session, keyId, requestId, decision } = request;
      const one = live.get(name) ?? refresh(name, route);
      const standing = standingOf(footingNow(one, decision.router.version), {
        decision,
        session: session === null || keyId === null ? session : `${keyId}/${session}`,
        requestId,
        isEligible: one.isEligible(request),
      });
      if (standing.lot !== null) draw(one, standing.lot, request);
      deps.onStanding(name, standing);
      return standing;
    },
    settled(settlement) {
      const { route: name, activation: standing, billed = [], atMs, requestId } = settlement;
      const one = name === null ? undefined : live.get(name);
      if (one === undefined || standing == null) return;
      if (standing.lot !== null)
        ledger.take(entriesOfBilled({ route: one.name, atMs, requestId, ...standing.lot }, billed));
      const event = rampEventOf(settlement, one.route);
      if (event !== null) step(one, event);
    },
    tick() {
      refreshAll();
      for (const one of [...live.values()]) {
        step(one, { kind: "tick" });
        persistRamp(live.get(one.name) ?? one, store);
      }
    },
    countAudits() {
      for (const { name } of [...live.values()]) {
        countAudits(name, AUDITS_AT_ONCE, {
          store,
          ledger,
          requestOf: deps.ledgerStore.requestOf,
          isBilled: live.get(name)?.period != null,
          certificate: live.get(name)?.footing.certificate ?? null,
          sinceMs: live.get(name)?.ramp?.startedAtMs ?? Number.POSITIVE_INFINITY,
          onLoss: (stratum, loss) => step(live.get(name)!, { kind: "audit", stratum, loss }),
          clock,
        });
      }
    },
    watchInput() {
      for (const { name: route, certificate, footing } of [...live.values()]) {
        if (certificate === null || footing.certificate === null) continue;
        const atMs = clock();
        const because = inputAlarm({ store, route, certificate, nowMs: atMs });
        if (because !== null) alarm({ route, signal: "input", atMs, because }, { isVoiding: true });
      }
    },
    routes: () => [...live.values()].map(shownRoute),
    find,
    hasFooting(name) {
      const one = live.get(name);
      return one !== undefined && (one.footing.certificate !== null || one.route.activation?.override !== undefined);
    },
    kill(name, because) {
      find(name);
      store.putKill(name, { atMs: clock(), because });
      refreshAll();
    },
    resume(name) {
      find(name);
      store.putKill(name, null);
      const one = live.get(name)!;
      if (one.ramp !== null && one.ramp.rolledBack !== null) {
        one.ramp = startRamp(one.ramp.under, clock(), one.terms);
        one.isDirty = true;
        persistRamp(one, store);
      }
      refreshAll();
    },
    reveal(name) {
      const isKnown = settings().routes[name] !== undefined;
      // A route that is not active any more drew its lots all the same.
      const ended = isKnown && !live.has(name) ? store.period(name) : find(name).period;
      if (ended === null)
        throw new ApiError("invalid_request", `route "${name}" holds no session back`, { place: "route" });
      const begun = periods.begin(name, ended.holdout, ended, clock());
      refreshAll();
      return { revealed: ended.period, begun: begun.period };
    },
    alarm,
    spent(route, id, costNanoUsd) {
      if (live.get(route)?.period == null) return;
      const fact = { kind: "overhead", source: "canary", id, cost_nano_usd: costNanoUsd } as const;
      ledger.take([{ route, atMs: clock(), key: id, fact }]);
    },
    get alarms() {
      return board.latest(null);
    },
    close() {
      for (const one of live.values()) persistRamp(one, store);
      ledger.close();
    },
  };
}
