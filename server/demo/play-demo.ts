import type { FastifyBaseLogger } from "fastify";
import type { Policies } from "../../engine/ready-policy.ts";
import { type Rng, seededRng } from "../../engine/rng.ts";
import { DEMO_ROUTE } from "../demo.ts";
import { ApiError } from "../errors.ts";
import { type Service, startService } from "../service.ts";
import type { Settings } from "../settings.ts";
import { COMPANY, FEATURES } from "./company.ts";
import { type DemoTurn, trafficBetween } from "./traffic.ts";
import { callOf } from "./wire.ts";

export interface PlayOptions {
  /** Of demo mode; the storage in it is what is filled. */
  readonly settings: Settings;
  readonly policies: Policies;
  readonly log: FastifyBaseLogger;
  readonly days: number;
  readonly seed: number;
  /** When the last day ends. */
  readonly nowMs: number;
  /** Folder of the write-ahead files: a server that runs beside it has its own. */
  readonly journal: string;
  /** For the admin API of the played server alone; it is not stored. */
  readonly adminKey: string;
  /** Share of the company's usual traffic. */
  readonly volume?: number;
  readonly onDay?: (day: number) => void;
}

/** What happened, as the answers told it. */
export interface PlayedDemo {
  company: string;
  days: number;
  requests: number;
  failed: number;
  fellBack: number;
  refusedByBudget: number;
  cached: number;
  redacted: number;
  /** What the observation ended in, in words. */
  certificate: string;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** How often timers are made up for: as often as the ramp and the days of the observation need. */
const LOOK_EVERY_MS = 3 * HOUR_MS;
/** When, as shares of the days: what is observed is certified, one provider is down for some hours, and a job runs away at night. */
const OBSERVED = 6 / 14;
const OUTAGE_AT = 0.35;
const OUTAGE_HOURS = { from: 11, to: 13 };
const RUNAWAY_AT = 0.65;
const RUNAWAY = { hour: 2, requests: 160, everyMs: 15_000, usdADay: 0.05 };
const PATIENCE_MS = 5_000;
/** Its time is the machine's, in which hours of the played days pass at once. */
const BREAKER = { openAfter: 5, halfOpenAfterMs: 1 };

/**
 * Plays days of a made-up company's traffic through a whole server of its own on the same storage, on a clock of its own:
 * what is logged, counted and refused is so by the code that serves.
 *
 * @throws ApiError `not_empty` when the log has requests already
 */
export async function playDemo(options: PlayOptions): Promise<PlayedDemo> {
  const { policies, log, days, seed, nowMs } = options;
  const startMs = nowMs - days * DAY_MS;
  const rng = seededRng(seed);
  let clockMs = startMs;
  const active = playedSettings(options);
  let played = observing(active, days);
  const service = await startService(played, {
    readSettings: () => played,
    policies,
    log,
    clock: () => clockMs,
    // Lots are drawn by salts, keys and ids, so those come from the seed as well; what opens a key does not.
    rng: seededRng(seed + 1),
    fill: seededBytes(seededRng(seed + 2)),
    breaker: BREAKER,
    isAlone: false,
  });
  try {
    await service.app.ready();
    await refuseFilled(service, nowMs);
    const keys = await makeKeys(service, options.adminKey);
    const turns = [...trafficBetween(startMs, nowMs, rng, options.volume), ...runaway(startMs, days, rng)].sort(
      (a, b) => a.atMs - b.atMs,
    );
    const outage = outageOf(startMs, days);
    const tally: PlayedDemo = {
      company: COMPANY,
      days,
      requests: 0,
      failed: 0,
      fellBack: 0,
      refusedByBudget: 0,
      cached: 0,
      redacted: 0,
      certificate: "nothing was certified",
    };
    const player = createPlayer(service, keys, tally);
    const certifyMs = startMs + OBSERVED * days * DAY_MS;
    let isOut = false;
    const askedWhileOut: string[] = [];
    let day = 0;
    let lookMs = startMs;
    for (const turn of turns) {
      for (; lookMs < turn.atMs; lookMs += LOOK_EVERY_MS) {
        clockMs = lookMs;
        await lookAround(service);
        if (lookMs < certifyMs || played === active) continue;
        // The observation ends, and with all of it the test has the whole confidence; then the ramp begins.
        played = active;
        await service.reload();
        tally.certificate = await certify(service, options.adminKey);
      }
      clockMs = turn.atMs;
      const mustBeOut = turn.atMs >= outage.fromMs && turn.atMs < outage.toMs;
      if (mustBeOut !== isOut) {
        isOut = mustBeOut;
        service.gateway.reload(isOut ? withOutage(played) : played);
      }
      const today = Math.floor((turn.atMs - startMs) / DAY_MS);
      for (; day < today; day++) options.onDay?.(day + 1);
      const requestId = await player(turn);
      if (isOut) askedWhileOut.push(requestId);
    }
    clockMs = nowMs;
    await lookAround(service);
    await service.requestLog.flush(PATIENCE_MS);
    tally.fellBack = await countFallenBack(service, askedWhileOut);
    options.onDay?.(days);
    return tally;
  } finally {
    await service.close();
  }
}

/** As demo mode has them, but for what belongs to the process: nothing waits, and nothing is too late on a busy machine. */
function playedSettings({ settings, journal, adminKey }: PlayOptions): Settings {
  return {
    ...settings,
    adminKey,
    log: { ...settings.log, journal },
    router: { ...settings.router, timeoutMs: PATIENCE_MS },
    gateway: { ...settings.gateway, retries: 1, backoffMs: 1, maxBackoffMs: 1 },
  };
}

/** The same before it was certified: the incumbent serves, and audits ask the others. */
function observing(settings: Settings, days: number): Settings {
  const route = settings.routes[DEMO_ROUTE]!;
  const observation = { ...route.observation!, days: OBSERVED * days };
  return { ...settings, routes: { ...settings.routes, [DEMO_ROUTE]: { ...route, mode: "observe", observation } } };
}

/** What timers do where hours take hours. */
async function lookAround({ observer, activation }: Service): Promise<void> {
  await observer.tick();
  await observer.settled();
  activation.countAudits();
  activation.tick();
}

/** As an operator would at the end of the observation. @returns what came of it, in words */
async function certify({ app }: Service, adminKey: string): Promise<string> {
  const answer = await app.inject({
    method: "POST",
    url: "/admin/certificate",
    headers: { "x-weir-key": adminKey },
    payload: { route: DEMO_ROUTE },
  });
  const body = answer.json() as {
    certificate?: { max_quality_loss: number; confidence: number; strata: readonly { n: number }[] } | null;
    error?: { message: string };
  };
  if (answer.statusCode !== 200) return `not certified: ${body.error?.message ?? answer.statusCode}`;
  if (body.certificate == null) return "not certified: the audits show too little";
  const { max_quality_loss: loss, confidence, strata } = body.certificate;
  return `certified on ${strata[0]?.n ?? 0} audits: at most ${100 * loss} % quality lost, with confidence ${confidence}`;
}

/** Everything of one vendor answers 503. */
function withOutage(settings: Settings): Settings {
  const { openai } = settings.upstreams;
  if (openai === undefined) return settings;
  const down = { ...openai, options: { ...openai.options, errorShare: 1, errorKind: "overloaded" } };
  return { ...settings, upstreams: { ...settings.upstreams, openai: down } };
}

function outageOf(startMs: number, days: number): { readonly fromMs: number; readonly toMs: number } {
  let dayMs = startOfDay(startMs + OUTAGE_AT * days * DAY_MS);
  // On a working day, when many notice.
  while ([0, 6].includes(new Date(dayMs).getUTCDay()) && dayMs - DAY_MS > startMs) dayMs -= DAY_MS;
  return { fromMs: dayMs + OUTAGE_HOURS.from * HOUR_MS, toMs: dayMs + OUTAGE_HOURS.to * HOUR_MS };
}

/** A nightly job that asks again and again, with a key that may spend little. */
function runaway(startMs: number, days: number, rng: Rng): DemoTurn[] {
  const beginMs = startOfDay(startMs + RUNAWAY_AT * days * DAY_MS) + RUNAWAY.hour * HOUR_MS;
  const feature = { ...FEATURES.find(({ feature: name }) => name === "report-summary")!, feature: "nightly-export" };
  return Array.from({ length: RUNAWAY.requests }, (_, i) => ({
    atMs: beginMs + i * RUNAWAY.everyMs,
    feature,
    tenant: "coast",
    user: "nightly-export",
    session: `nightly-${Math.floor(rng.next() * 2 ** 32).toString(36)}`,
    turn: 0,
    text: `Row ${i}: explain every figure of the export again, in detail. ${"Repairs, rentals, returns. ".repeat(40)}`,
  }));
}

function seededBytes(rng: Rng): (bytes: Uint8Array) => void {
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(rng.next() * 256);
  };
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

async function refuseFilled({ requestLog }: Service, nowMs: number): Promise<void> {
  const { total } = await requestLog.usage({
    fromMs: 0,
    toMs: nowMs + DAY_MS,
    interval: null,
    groupBy: [],
    filters: {},
    limit: 1,
  });
  if (Number(total.requests) > 0)
    throw new ApiError(
      "not_empty",
      "the log has requests already: days are played into an empty one only; name another with --storage",
    );
}

/** One key a team, and one of the job that runs away. */
async function makeKeys({ app }: Service, adminKey: string): Promise<ReadonlyMap<string, string>> {
  const teams = [...new Set(FEATURES.map(({ team }) => team))];
  const wanted = [
    ...teams.map((team) => ({
      name: team,
      team,
      ...(team === "analytics" ? { budget: { usd: 10, window: "1mo", hard: true } } : {}),
    })),
    {
      name: "nightly-export",
      team: "analytics",
      tags: ["batch"],
      budget: { usd: RUNAWAY.usdADay, window: "1d", hard: true },
    },
  ];
  const keys = new Map<string, string>();
  for (const payload of wanted) {
    const answer = await app.inject({
      method: "POST",
      url: "/admin/keys",
      headers: { "x-weir-key": adminKey },
      payload,
    });
    if (answer.statusCode !== 201) throw new ApiError("internal", `a key of the demo was refused: ${answer.body}`);
    keys.set(payload.name, (answer.json() as { key: string }).key);
  }
  return keys;
}

function createPlayer({ app }: Service, keys: ReadonlyMap<string, string>, tally: PlayedDemo) {
  const histories = new Map<string, readonly unknown[]>();
  return async (turn: DemoTurn): Promise<string> => {
    const { feature, tenant, user, session } = turn;
    const call = callOf(turn, `weir/${DEMO_ROUTE}`, histories.get(session) ?? []);
    const answer = await app.inject({
      method: "POST",
      url: call.url,
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${keys.get(feature.feature) ?? keys.get(feature.team)}`,
        "x-weir-session": session,
        "x-weir-metadata": JSON.stringify({ feature: feature.feature, tenant, user }),
      },
      payload: JSON.stringify(call.body),
    });
    histories.set(session, call.after(answer.body));
    count(tally, answer.statusCode, answer.headers);
    return String(answer.headers["x-weir-request-id"]);
  };
}

/** Requests that were answered although somebody before could not: it failed, or was passed over after it had. */
async function countFallenBack({ requestLog }: Service, requestIds: readonly string[]): Promise<number> {
  let count = 0;
  for (const id of requestIds) {
    const entry = await requestLog.find(id);
    if (entry?.status === 200 && entry.attempts.length > 1) count++;
  }
  return count;
}

function count(tally: PlayedDemo, status: number, headers: Readonly<Record<string, unknown>>): void {
  tally.requests++;
  if (status === 402) tally.refusedByBudget++;
  else if (status >= 400) tally.failed++;
  if (headers["x-weir-cache"] === "hit") tally.cached++;
  if (String(headers["x-weir-guardrails"] ?? "").includes("redact")) tally.redacted++;
}
