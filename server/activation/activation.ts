import type { FastifyBaseLogger } from "fastify";
import type { RouteSection } from "../config-schema.ts";
import { ApiError } from "../errors.ts";
import type { Settlement } from "../gateway/settlement.ts";
import { commitmentOf } from "../observation/audit-design.ts";
import { type Certificate, type Voidance, whyVoid } from "../observation/certificate.ts";
import { presentBinding } from "../observation/present-binding.ts";
import type { RouterService } from "../router-service.ts";
import { entriesOfBilled } from "../savings/store/ledger-facts.ts";
import type { LedgerEntry, LedgerStore } from "../savings/store/ledger-store.ts";
import type { LedgerWriter } from "../savings/store/ledger-writer.ts";
import type { Settings } from "../settings.ts";
import { DEFAULT_ACTIVATION } from "./activation-config.ts";
import type { ActivationStore, Period, StoredCertificate } from "./activation-store.ts";
import { countAudits } from "./count-audits.ts";
import { createEligible, type EligibleFacts } from "./eligible.ts";
import { type RampEvent, type RampState, type RampTerms, rampShare, startRamp, stepRamp } from "./ramp.ts";
import { holdoutOf, qualityLossOf, rampTermsOf } from "./route-terms.ts";
import type { Alarm, SendAlarm } from "./send-alarm.ts";
import { type Footing, type Standing, standingOf } from "./standing.ts";
import { inputAlarm } from "./watch-input.ts";

export interface ActivationDeps {
  readonly store: ActivationStore;
  readonly ledger: LedgerWriter;
  readonly ledgerStore: Pick<LedgerStore, "requestOf">;
  readonly settings: () => Pick<Settings, "routes">;
  readonly routers: Pick<RouterService, "identity" | "catalogue">;
  readonly clock: () => number;
  /** Unguessable, for salts. */
  readonly newSalt: () => string;
  readonly sendAlarm: SendAlarm;
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

/** An active route as it stands now. */
export interface ActiveRoute {
  readonly name: string;
  readonly stopped: Footing["stopped"];
  readonly override: string | null;
  readonly certificate: StoredCertificate | null;
  readonly voids: readonly Voidance[];
  readonly period: Period | null;
  readonly ramp: RampState | null;
  readonly terms: RampTerms;
  readonly share: number;
  readonly killed: { readonly atMs: number | null; readonly because: string } | null;
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
  kill(route: string, because: string): void;
  /** Takes back a kill, and begins the ramp anew after a roll-back. */
  resume(route: string): void;
  /** Ends the period of the holdout's salt and shows it in the ledger; another one begins. */
  reveal(route: string): void;
  alarm(alarm: Alarm, options: { readonly isVoiding: boolean }): void;
  /** Newest first, since the start. */
  readonly alarms: readonly Alarm[];
  close(): void;
}

interface Live {
  readonly name: string;
  route: RouteSection;
  isEligible: (facts: EligibleFacts) => boolean;
  certificate: StoredCertificate | null;
  voids: readonly Voidance[];
  period: Period | null;
  killed: ActiveRoute["killed"];
  ramp: RampState | null;
  terms: RampTerms;
  version: number;
  isDirty: boolean;
  footing: Footing;
  /** Sessions whose lot was written down. */
  readonly begun: Set<string>;
}

const MOST_ALARMS = 100;
const MOST_BEGUN = 50_000;
const AUDITS_AT_ONCE = 200;

export function createActivation(deps: ActivationDeps): Activation {
  const { store, ledger, settings, routers, clock, newSalt, log } = deps;
  const live = new Map<string, Live>();
  const alarms: Alarm[] = [];

  function refreshAll(): void {
    const { routes } = settings();
    for (const name of live.keys()) if (routes[name]?.mode !== "active") live.delete(name);
    for (const [name, route] of Object.entries(routes)) if (route.mode === "active") refresh(name, route);
  }

  /** Everything that requests stand on, from configuration, storage and clock. */
  function refresh(name: string, route: RouteSection): Live {
    const nowMs = clock();
    const before = live.get(name);
    const stored = store.read(name);
    const certificate = store.certificates(name, 1)[0] ?? null;
    const voids = certificate === null ? [] : voidsOf(name, route, certificate, nowMs);
    const valid = certificate !== null && voids.length === 0 ? certificate.certificate : null;
    const override = route.activation?.override ?? null;
    const under = valid?.digest ?? (override === null ? null : "override");
    const terms = rampTermsOf(route, valid);
    let ramp = rampOf(before, stored);
    let isDirty = before?.isDirty ?? false;
    if (under !== null && ramp?.under !== under) {
      ramp = startRamp(under, nowMs, terms);
      isDirty = true;
    }
    const killed = route.activation?.kill === true ? { atMs: null, because: "configuration" } : stored.killed;
    const period = periodOf(name, route, under !== null, certificate !== null, nowMs);
    const stopped = stoppedBy(killed, under, certificate, ramp);
    const now: Live = {
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
    if (period !== null) ledger.take([termsEntry(now, valid, nowMs)]);
    return now;
  }

  function tell({ name, footing: { stopped }, voids, route }: Live): void {
    const facts = { route: name, stopped, override: route.activation?.override ?? null, voids };
    if (stopped === null) log.info(facts, "active route is routed");
    else log.warn(facts, "active route stays on its incumbent");
  }

  function voidsOf(
    name: string,
    route: RouteSection,
    { certificate, alarms: raised }: StoredCertificate,
    nowMs: number,
  ) {
    const binding = presentBinding(name, route, {
      router: routers.identity,
      candidates: routers.catalogue.candidates,
    });
    return whyVoid(certificate, { binding, nowMs, alarms: raised });
  }

  /** Another process may have gone on, or rolled back: its word holds, and our own evidence stays where it fits. */
  function rampOf(before: Live | undefined, stored: { version: number; state: string | null }): RampState | null {
    if (before !== undefined && before.version === stored.version) return before.ramp;
    const theirs = stored.state === null ? null : (JSON.parse(stored.state) as RampState); // only `persist` writes it
    const ours = before?.ramp ?? null;
    if (theirs === null || ours === null || theirs.under !== ours.under || theirs.startedAtMs !== ours.startedAtMs)
      return theirs;
    const { stage, sinceMs, rolledBack } = theirs;
    const routed = stage === ours.stage ? ours.routed : theirs.routed;
    return { ...ours, stage, sinceMs, routed, rolledBack: rolledBack ?? ours.rolledBack };
  }

  function stoppedBy(
    killed: ActiveRoute["killed"],
    under: string | null,
    certificate: StoredCertificate | null,
    ramp: RampState | null,
  ): Footing["stopped"] {
    if (killed !== null) return "killed";
    if (under === null) return certificate === null ? "no_certificate" : "certificate_void";
    return ramp !== null && ramp.rolledBack !== null ? "rolled_back" : null;
  }

  /** Lots go on being drawn while a route is stopped: its sessions count in the arm that they drew. */
  function periodOf(name: string, route: RouteSection, isActive: boolean, isCertified: boolean, nowMs: number) {
    const last = store.period(name);
    const holdout = holdoutOf(route, isCertified);
    if (holdout === 0 || (last === null && !isActive)) return null;
    if (last !== null && last.holdout === holdout) return last;
    return begin(name, holdout, last, nowMs);
  }

  function begin(name: string, holdout: number, last: Period | null, nowMs: number): Period {
    if (last !== null) {
      const key = `reveal ${last.period}`;
      ledger.take([{ route: name, atMs: nowMs, key, fact: { kind: "reveal", salt: last.salt } }]);
    }
    const period = { period: (last?.period ?? 0) + 1, salt: newSalt(), holdout, startedAtMs: nowMs };
    return store.beginPeriod(name, period);
  }

  function termsEntry({ name, route, period }: Live, valid: Certificate | null, atMs: number): LedgerEntry {
    return {
      route: name,
      atMs,
      key: null,
      fact: {
        kind: "terms",
        route: name,
        incumbent: route.incumbent,
        holdout: period!.holdout,
        salt_commitment: commitmentOf(period!.salt),
        confidence: valid?.confidence ?? route.certificate?.confidence ?? 0.95,
        fee_share: (route.activation ?? DEFAULT_ACTIVATION).feeShare,
        quality_margin: qualityLossOf(route, valid),
        certificate: valid?.digest ?? null,
      },
    };
  }

  function step(one: Live, event: RampEvent): void {
    if (one.ramp === null) return;
    const before = one.ramp;
    one.ramp = stepRamp(before, event, clock(), one.terms);
    if (one.ramp === before) return;
    one.isDirty = true;
    const { stage, held, rolledBack } = one.ramp;
    if (stage === before.stage && held === before.held && rolledBack === before.rolledBack) return;
    if (rolledBack !== null && before.rolledBack === null) {
      const isVoiding = rolledBack.signal === "quality";
      alarm(
        { route: one.name, signal: rolledBack.signal, atMs: rolledBack.atMs, because: rolledBack.because },
        { isVoiding },
      );
    } else {
      log.info({ route: one.name, stage, held }, held === null ? "ramp goes on" : "ramp is held");
    }
    persist(one);
    refresh(one.name, one.route);
  }

  /** Written by whoever comes first; who comes second reads, and writes again the next time. */
  function persist(one: Live): void {
    if (!one.isDirty || one.ramp === null) return;
    const isWritten = store.putState(one.name, one.version, JSON.stringify(one.ramp));
    if (!isWritten) {
      const stored = store.read(one.name);
      one.ramp = rampOf({ ...one, version: -1 }, stored) ?? one.ramp;
      if (store.putState(one.name, stored.version, JSON.stringify(one.ramp))) one.version = stored.version + 1;
      return;
    }
    one.version++;
    one.isDirty = false;
  }

  function alarm(raised: Alarm, { isVoiding }: { readonly isVoiding: boolean }): void {
    alarms.unshift(raised);
    alarms.length = Math.min(alarms.length, MOST_ALARMS);
    const one = live.get(raised.route);
    if (isVoiding && one?.certificate != null) {
      store.putAlarm(one.certificate.certificate.digest, `${raised.signal}: ${raised.because}`);
    }
    deps.sendAlarm(raised, one?.route.activation?.webhook ?? null);
    if (isVoiding && one !== undefined) refresh(one.name, one.route);
  }

  /** A certificate may end between two ticks. */
  function footingNow(one: Live, version: string): Footing {
    const { footing } = one;
    const { certificate } = footing;
    if (certificate === null || footing.stopped !== null) return footing;
    const isOver = clock() >= Date.parse(certificate.expires_at) || certificate.binding.router.version !== version;
    return isOver ? refresh(one.name, one.route).footing : footing;
  }

  function draw(one: Live, { session, arm }: NonNullable<Standing["lot"]>, request: StandingRequest): void {
    if (one.begun.has(session)) return;
    if (one.begun.size >= MOST_BEGUN) one.begun.clear();
    one.begun.add(session);
    const expected = Math.max(0, Math.round(request.decision.incumbent.costNanoUsd ?? 0));
    ledger.take([
      {
        route: one.name,
        atMs: clock(),
        key: session,
        fact: { kind: "session", session, arm, expected_nano_usd: expected },
      },
    ]);
  }

  function find(name: string): ActiveRoute {
    const one = live.get(name);
    if (one !== undefined) return shown(one);
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
      const event = eventOf(settlement, one.route);
      if (event !== null) step(one, event);
    },
    tick() {
      refreshAll();
      for (const one of [...live.values()]) {
        step(one, { kind: "tick" });
        persist(live.get(one.name) ?? one);
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
    routes: () => [...live.values()].map(shown),
    find,
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
        persist(one);
      }
      refreshAll();
    },
    reveal(name) {
      const { period } = find(name);
      if (period === null)
        throw new ApiError("invalid_request", `route "${name}" holds no session back`, { place: "route" });
      begin(name, period.holdout, period, clock());
      refreshAll();
    },
    alarm,
    alarms,
    close() {
      for (const one of live.values()) persist(one);
      ledger.close();
    },
  };
}

function shown({ name, footing, route, certificate, voids, period, ramp, terms, killed }: Live): ActiveRoute {
  return {
    name,
    stopped: footing.stopped,
    override: route.activation?.override ?? null,
    certificate,
    voids,
    period,
    ramp,
    terms,
    share: footing.stopped === null ? footing.rampShare : 0,
    killed,
  };
}

/** What a request says of how routing goes; null: nothing. */
function eventOf(
  { decision, activation, candidate, status, ...rest }: Settlement,
  route: RouteSection,
): RampEvent | null {
  if (decision === null || activation == null || rest.error === "client_left") return null;
  const hasCalled = rest.cache === "miss" || rest.cache === "bypass" || rest.cache === "semantic-shadow";
  const latencyMs = status === 200 && hasCalled ? (rest.firstTokenMs ?? rest.durationMs) : null;
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
