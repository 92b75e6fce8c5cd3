import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { discover } from "../engine/discover.ts";
import { packageVersion } from "../engine/package-root.ts";
import type { Policies } from "../engine/ready-policy.ts";
import type { Rng } from "../engine/rng.ts";
import type { Candidate } from "../engine/schema/candidate.ts";
import { type Activation, createActivation } from "./activation/activation.ts";
import { createActivationMetrics } from "./activation/activation-metrics.ts";
import { type AlarmBoard, createAlarmBoard } from "./activation/alarm-board.ts";
import { createSendAlarm } from "./activation/send-alarm.ts";
import { createSwitchDesk } from "./activation/switch-desk.ts";
import { withSwitches } from "./activation/switches.ts";
import { openAdminKey } from "./admin-key.ts";
import { openAdminSessions } from "./admin-session.ts";
import { admissionStage } from "./admission-stage.ts";
import { buildApp } from "./app.ts";
import { registerCacheMetrics } from "./cache/cache-metrics.ts";
import { openAnswerCache } from "./cache/open-answer-cache.ts";
import { buildCatalogue } from "./catalogue.ts";
import { ConfigError } from "./config.ts";
import { openControl } from "./control.ts";
import { createRefusalCount, registerBudgetGauges } from "./control-metrics.ts";
import { createDecisions } from "./decisions.ts";
import { createDemoDesk } from "./demo/demo-desk.ts";
import type { Dialect } from "./dialect.ts";
import { createGateway, type Gateway } from "./gateway/gateway.ts";
import type { GuardOptions } from "./gateway/health.ts";
import type { Stage } from "./gateway/stage.ts";
import { createGatewayMetrics } from "./gateway-metrics.ts";
import { type OpenedGuardrails, openGuardrails } from "./guarding/open-guardrails.ts";
import { createIds, createSalts } from "./ids.ts";
import { registerLogMetrics } from "./log/log-metrics.ts";
import { logStage } from "./log/log-stage.ts";
import { createRequestLog, type RequestLog } from "./log/request-log.ts";
import { createMetrics } from "./metrics.ts";
import { whyVoid } from "./observation/certificate.ts";
import { createShapeWatch, type ShapeWatch } from "./observation/input-shapes/watch-shapes.ts";
import { createDriftMetrics } from "./observation/model-watch/drift-metrics.ts";
import { driftProblems } from "./observation/model-watch/drift-problems.ts";
import { type OpenedModelWatch, openModelWatch } from "./observation/model-watch/open-model-watch.ts";
import { createAuditMetrics } from "./observation/observe/audit-metrics.ts";
import { observationProblems } from "./observation/observe/config-problems.ts";
import type { Observer } from "./observation/observe/observer.ts";
import { type OpenedObservation, openObservation } from "./observation/observe/open-observation.ts";
import { presentBinding } from "./observation/present-binding.ts";
import { openStorage } from "./open-storage.ts";
import { priceStage } from "./price-stage.ts";
import type { Provider } from "./provider.ts";
import { openRetrainer } from "./retrain/open-retrainer.ts";
import type { Retrainer } from "./retrain/retrainer.ts";
import { createRouterService, type RouterService } from "./router-service.ts";
import { createLedgerWriter } from "./savings/store/ledger-writer.ts";
import { reconcileLedger } from "./savings/store/reconcile-ledger.ts";
import type { Settings } from "./settings.ts";
import { openConfigFile } from "./settings-edit/config-file.ts";
import { createEditCount } from "./settings-edit/edit-metrics.ts";
import { restartPaths } from "./settings-edit/needs-restart.ts";
import { createSettingsEdits } from "./settings-edit/settings-edits.ts";
import { createSettle } from "./settle-request.ts";
import type { Storage } from "./storage.ts";
import { openTraces, type Traces, type TracesConfig } from "./traces/traces.ts";
import { createTurns } from "./turns.ts";
import { type FileWatch, watchFile } from "./watch-files.ts";

const DAY_MS = 86_400_000;
const PRUNE_EVERY_MS = 60_000;
const PRUNED_AT_ONCE = 2_000;
const FOLLOW_PRICES_EVERY_MS = 60_000;
/** A kill acts within a second in every process. */
const LOOK_EVERY_MS = 500;
const COUNT_EVERY_MS = 5_000;
const WATCH_INPUT_EVERY_MS = 3_600_000;

export interface ServiceDeps {
  /** Reads the configuration again, for reloads, or what a file with this text would say. @throws ConfigError */
  readonly readSettings: (text?: string) => Settings;
  /** Where weir.yaml is, or would be; absent: the configuration is in no file. */
  readonly configPath?: string;
  readonly policies: Policies;
  readonly log: FastifyBaseLogger;
  readonly clock: () => number;
  readonly rng: Rng;
  /** Fills with random bytes for ids and salts; node:crypto's by default. */
  readonly fill?: (bytes: Uint8Array) => void;
  /** Further stages that every request of the gateway passes. */
  readonly stages?: readonly Stage[];
  /** Share of the demo company's usual traffic; less where a test waits for it. */
  readonly demoVolume?: number;
  /** When an upstream that fails is left alone, and for how long. */
  readonly breaker?: GuardOptions;
  /** Process metrics and file watching; off where several services share a process, as in tests. */
  readonly isAlone: boolean;
}

/** Everything of a running Weir but the port and the signals. */
export interface Service {
  readonly app: FastifyInstance;
  readonly storage: Storage;
  readonly routers: RouterService;
  readonly gateway: Gateway;
  readonly requestLog: RequestLog;
  readonly observer: Observer;
  readonly activation: Activation;
  readonly retrainer: Retrainer;
  readonly modelWatch: OpenedModelWatch;
  readonly shapes: ShapeWatch;
  readonly settings: Settings;
  /** The admin key in plain when it was made just now; to be shown once. */
  readonly freshAdminKey: string | null;
  /** Reads and applies the configuration. @throws and keeps the old one */
  reload(): Promise<void>;
  /** Ends running requests, writes what is queued, frees the router. */
  close(): Promise<void>;
}

/** What upstreams may speak, one file each. */
export function loadProviders(): Promise<ReadonlyMap<string, Provider>> {
  return discover<Provider>(new URL("./providers/", import.meta.url));
}

/** What clients may speak, one file each. */
function loadDialects(): Promise<ReadonlyMap<string, Dialect>> {
  return discover<Dialect>(new URL("./dialects/", import.meta.url));
}

/** @throws when a part cannot be had; what was open by then is closed, so that nothing keeps the process */
export async function startService(initial: Settings, deps: ServiceDeps): Promise<Service> {
  const opened: Closable[] = [];
  try {
    return await openService(initial, deps, opened);
  } catch (error) {
    for (const part of opened.reverse()) await Promise.resolve(part.close()).catch(() => {});
    throw error;
  }
}

interface Closable {
  close(): unknown;
}

/** @param parts gathers what must be closed if a later part cannot be had */
async function openService(initial: Settings, deps: ServiceDeps, parts: Closable[]): Promise<Service> {
  const { policies, log, clock, rng, stages = [], isAlone, fill = randomFillSync } = deps;
  let settings = initial;
  let watches: FileWatch[] = [];
  let reloads = 0;
  const inTurn = createTurns();
  const storage = await openStorage(settings.storage.url, {
    onError: (error) => log.error({ err: error }, "decisions could not be stored"),
  });
  parts.push(storage);
  settings = withSwitches(initial, storage.switches.list());
  const requestLog = createRequestLog({ settings: () => settings, clock, log, isThreaded: isAlone });
  parts.push(requestLog);
  const newDecisionId = createIds("dec", { clock, fill });
  const routers = await createRouterService(settings, { policies, clock, rng, newDecisionId, log });
  parts.push(routers);
  const adminKey = await openAdminKey(settings.adminKey, storage);
  const version = packageVersion();
  const metrics = createMetrics({
    version,
    storage: () => storage.state(),
    router: () => routers.identity,
    withProcess: isAlone,
  });
  registerLogMetrics(metrics.registry, () => requestLog.state);
  const onRefused = createRefusalCount(metrics.registry);
  const sessions = await openAdminSessions(storage, adminKey.fingerprint, clock);
  const control = await openControl({
    storage,
    settings: () => settings,
    clock,
    fill,
    onRefused,
    isLogged: requestLog.has,
    log,
  });
  parts.push(control);
  registerBudgetGauges(metrics.registry, { budgets: control.budgets, store: storage.budgets, clock });
  const traces = settings.traces === undefined ? null : await openTracesOf(settings.traces);
  const { gate } = control;
  const decisions = createDecisions({ settings: () => settings, routers, policies, storage, metrics, gate, clock });
  const opened = openAnswerCache({
    storage,
    settings: () => settings,
    clock,
    random: () => rng.next(),
    isThreaded: isAlone,
    log,
  });
  parts.push(opened);
  registerCacheMetrics(metrics.registry, () => opened.cache.state);
  const guardrails = await openGuardrails({
    clock,
    fetch,
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
    newId: createIds("guard", { clock, fill }),
  });
  await refuseFaulty(settings, guardrails);
  const ledger = createLedgerWriter(storage.ledger, log);
  const driftMetrics = createDriftMetrics(metrics.registry, { store: () => storage.models, clock });
  const board: AlarmBoard = createAlarmBoard({
    store: storage.models,
    settings: () => settings,
    sendAlarm: createSendAlarm({ fetch, log }),
    count: driftMetrics.countAlarm,
  });
  const modelWatch: OpenedModelWatch = openModelWatch({
    storage,
    settings: () => settings,
    routers,
    gateway: () => gateway,
    requestLog,
    onAlarm: ({ signal, ...alarm }, routes) => {
      // Prices void by themselves, for as long as they are others.
      for (const route of routes) activation.alarm({ ...alarm, route, signal }, { isVoiding: signal !== "price" });
    },
    onCanaryCost: ({ route, id, costNanoUsd }) => activation.spent(route, id, costNanoUsd),
    clock,
    log,
  });
  parts.push(modelWatch);
  const activation: Activation = createActivation({
    store: storage.activations,
    ledger,
    ledgerStore: storage.ledger,
    settings: () => settings,
    routers,
    clock,
    newSalt: createSalts(fill),
    versionOf: modelWatch.watch.versionOf,
    board,
    onStanding: createActivationMetrics(metrics.registry, () => activation),
    log,
  });
  const switches = createSwitchDesk({
    store: storage.switches,
    readSettings: deps.readSettings,
    isCertified(route) {
      const newest = storage.activations.certificates(route, 1)[0];
      const section = settings.routes[route];
      if (newest === undefined || section === undefined) return false;
      const binding = presentBinding(route, section, {
        router: routers.identity,
        candidates: routers.catalogue.candidates,
        versionOf: modelWatch.watch.versionOf,
      });
      return whyVoid(newest.certificate, { binding, nowMs: clock(), alarms: newest.alarms }).length === 0;
    },
    apply: reload,
    clock,
  });
  const shapes = createShapeWatch({
    store: storage.shapes,
    activation,
    falseAlarmRate: () => settings.drift.falseAlarmRate,
    clock,
  });
  const observation: OpenedObservation = await openObservation({
    storage,
    settings: () => settings,
    routers,
    gateway: () => gateway,
    requestLog,
    onAnswered: (settlement) => modelWatch.watch.seen(settlement, "audit"),
    onNoted: shapes.noted,
    isActive: activation.hasFooting,
    metrics: createAuditMetrics(metrics.registry),
    clock,
    fill,
    log,
    isThreaded: isAlone,
  });
  parts.push(observation.observer);
  const retrainer = openRetrainer({
    storage,
    settings: () => settings,
    routers,
    registry: metrics.registry,
    clock,
    log,
  });
  parts.push(retrainer);
  const gateway = createGateway(settings, {
    ...(deps.breaker === undefined ? {} : { breaker: deps.breaker }),
    lookOn: observation.observer.lookOn,
    activation,
    cache: opened.cache,
    providers: await loadProviders(),
    dialects: await loadDialects(),
    routers,
    clock,
    rng,
    guardrailsOf: (current) => guardrails.open(current.guardrails),
    stages: [
      logStage(requestLog),
      priceStage({ settings: () => settings, clock, log }),
      admissionStage(gate),
      ...stages,
    ],
    onSettled: createSettle({
      count: createGatewayMetrics(metrics.registry, {
        isKnownModel: (id) => routers.catalogue.candidates.some(({ candidateId }) => candidateId === id),
      }),
      requestLog,
      traces,
      decisions,
      routers,
      activation,
      modelWatch: modelWatch.watch,
      log,
      logsRequests: settings.server.logRequests,
    }),
  });

  function openTracesOf(config: TracesConfig): Promise<Traces> {
    return openTraces(config, {
      version,
      providerOf: (upstream) => settings.upstreams[upstream]?.provider ?? null,
      onError: (error) => log.warn({ err: error }, "traces could not be sent"),
    });
  }

  function reload(): Promise<void> {
    return inTurn(applySettings);
  }

  async function applySettings(): Promise<void> {
    try {
      const next = switches.read();
      await refuseFaulty(next, guardrails);
      await routers.reload(next);
      gateway.reload(next);
      tellWhatNeedsRestart(settings, next, log);
      settings = next;
      modelWatch.watch.comparePrices();
      activation.tick();
      await observation.observer.tick();
      control.reload();
      if (isAlone) watches = watchAll();
      await followPromotion();
      metrics.countReload("applied");
      reloads += 1;
      log.info({ config: next.configPath, notices: next.notices }, "configuration reloaded");
      tellAlerts();
    } catch (error) {
      metrics.countReload("refused");
      log.error({ err: error }, "configuration not reloaded: the old one stays in effect");
      throw error;
    }
  }

  function looked(look: () => void): void {
    try {
      look();
    } catch (error) {
      log.error({ err: error }, "active routes were not looked at");
    }
  }

  function tellAlerts(): void {
    for (const { path, message } of routers.catalogue.alerts) log.warn({ path }, message);
  }

  async function followPromotion(): Promise<void> {
    try {
      if (await routers.followPromotion()) log.info({ router: routers.identity }, "promoted router serves");
    } catch (error) {
      log.error({ err: error }, "promoted router not served: the old one stays in effect");
    }
  }

  /** Prices have dates and hours from which they hold. */
  async function followPrices(): Promise<void> {
    const { candidates } = buildCatalogue(settings, new Date(clock()));
    if (pricesText(candidates) === pricesText(routers.catalogue.candidates)) return;
    await routers.reload(settings);
    modelWatch.watch.comparePrices();
    log.info({ candidates: candidates.length }, "prices changed with their dates");
    tellAlerts();
  }

  /** Again after a reload, which may have moved the models folder. */
  function watchAll(): FileWatch[] {
    for (const watch of watches) watch.close();
    const onFault = (error: unknown) => log.warn({ err: error }, "files are not watched; send SIGHUP after a change");
    const pointer = join(routers.store.folder, settings.router.name, "current");
    const opened = [watchFile(pointer, () => void followPromotion(), onFault)];
    const onConfig = () => (edits.isOwnWriting() ? undefined : void reload().catch(() => {}));
    if (settings.configPath !== null) opened.push(watchFile(settings.configPath, onConfig, onFault));
    return opened;
  }

  const edits = createSettingsEdits({
    file: deps.configPath === undefined ? null : openConfigFile(deps.configPath, createIds("edit", { clock, fill })),
    store: storage.revisions,
    settings: () => settings,
    startedWith: initial,
    readSettings: (text) => withSwitches(deps.readSettings(text), storage.switches.list()),
    check: (next) => refuseFaulty(next, guardrails),
    reload,
    onEdit: createEditCount(metrics.registry),
    clock,
    log,
  });

  const app = await buildApp({
    settings: () => settings,
    storage,
    routers,
    decisions,
    gateway,
    requestLog,
    activation,
    switches,
    retrainer,
    modelWatch,
    board,
    shapes,
    ledger,
    observation,
    guardrails,
    demo: createDemoDesk({ settings: () => settings, policies, requestLog, clock, log, volume: deps.demoVolume ?? 1 }),
    adminKey,
    sessions,
    control,
    metrics,
    edits,
    reloads: () => reloads,
    reload,
    clock,
    fill,
    version,
    log,
  });
  tellAlerts();
  const reconciling = reconcileLedger({
    ledger: storage.ledger,
    requestLog,
    periodOf: storage.activations.period,
    candidates: () => routers.catalogue.candidates,
    nowMs: clock(),
    log,
  }).catch((error) => log.error({ err: error }, "the ledger was not compared with the log"));
  // Another price than before the restart.
  looked(() => modelWatch.watch.comparePrices());
  if (isAlone) watches = watchAll();
  const followingPrices = setInterval(() => {
    inTurn(followPrices).catch((error) =>
      log.error({ err: error }, "prices not followed: the old ones stay in effect"),
    );
  }, FOLLOW_PRICES_EVERY_MS);
  followingPrices.unref();
  const activating = setInterval(() => {
    looked(() => activation.tick());
    switches.follow().catch((error) => log.error({ err: error }, "what was activated elsewhere is not followed"));
  }, LOOK_EVERY_MS);
  activating.unref();
  const auditing = setInterval(() => looked(() => activation.countAudits()), COUNT_EVERY_MS);
  auditing.unref();
  const watchingInput = setInterval(() => {
    looked(() => activation.watchInput());
    shapes.look().catch((error) => log.error({ err: error }, "active routes were not looked at"));
  }, WATCH_INPUT_EVERY_MS);
  watchingInput.unref();
  const pruning = setInterval(() => {
    const before = clock() - settings.storage.retentionDays * DAY_MS;
    storage.prune(before, PRUNED_AT_ONCE).catch((error) => log.error({ err: error }, "old decisions not removed"));
  }, PRUNE_EVERY_MS);
  pruning.unref();

  return {
    app,
    storage,
    routers,
    gateway,
    requestLog,
    activation,
    retrainer,
    modelWatch,
    shapes,
    observer: observation.observer,
    get settings() {
      return settings;
    },
    freshAdminKey: adminKey.fresh,
    reload,
    async close() {
      clearInterval(pruning);
      clearInterval(followingPrices);
      clearInterval(activating);
      clearInterval(auditing);
      clearInterval(watchingInput);
      for (const watch of watches) watch.close();
      await app.close();
      await reconciling;
      await retrainer.close();
      await observation.observer.close();
      await modelWatch.close();
      looked(() => shapes.flush());
      await gateway.close();
      activation.close();
      await routers.close();
      await opened.close();
      await control.close();
      await requestLog.close();
      await traces?.close();
      await storage.close();
    },
  };
}

/** @throws ConfigError with everything that is wrong with the settings of plug-ins: guardrails' checks, verifiers of audits */
async function refuseFaulty(settings: Settings, opened: OpenedGuardrails): Promise<void> {
  const { guardrails: configs, configPath } = settings;
  const problems = [
    ...(await opened.problems(configs)),
    ...(await observationProblems(settings)),
    ...driftProblems(settings),
  ];
  if (problems.length > 0) throw new ConfigError(configPath ?? "the configuration", problems);
}

function pricesText(candidates: readonly Candidate[]): string {
  return JSON.stringify(candidates.map(({ candidateId, price }) => [candidateId, price]));
}

/** A port or a database cannot be exchanged under running requests. */
function tellWhatNeedsRestart(old: Settings, next: Settings, log: FastifyBaseLogger): void {
  for (const path of restartPaths(old, next))
    log.warn({ path }, "changed in the file and takes effect at the next start");
}
