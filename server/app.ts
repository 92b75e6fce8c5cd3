import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from "fastify";
import type { Activation } from "./activation/activation.ts";
import type { AlarmBoard } from "./activation/alarm-board.ts";
import type { SwitchDesk } from "./activation/switch-desk.ts";
import type { AdminKey } from "./admin-key.ts";
import type { AdminSessions } from "./admin-session.ts";
import { answerClientError } from "./client-error.ts";
import type { Control } from "./control.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import type { Decisions } from "./decisions.ts";
import type { DemoDesk } from "./demo/demo-desk.ts";
import { ApiError, renderError } from "./errors.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { OpenedGuardrails } from "./guarding/open-guardrails.ts";
import { createIds } from "./ids.ts";
import { createKeyDesk } from "./keys/key-desk.ts";
import type { RequestLog } from "./log/request-log.ts";
import type { Metrics } from "./metrics.ts";
import type { ShapeWatch } from "./observation/input-shapes/watch-shapes.ts";
import type { OpenedModelWatch } from "./observation/model-watch/open-model-watch.ts";
import type { OpenedObservation } from "./observation/observe/open-observation.ts";
import type { Endpoint } from "./openapi.ts";
import { accessPlugin } from "./plugins/access.ts";
import { errorsPlugin } from "./plugins/errors.ts";
import { jsonBodyPlugin } from "./plugins/json-body.ts";
import type { Retrainer } from "./retrain/retrainer.ts";
import type { RouterService } from "./router-service.ts";
import { adminActivationRoute } from "./routes/admin-activation.ts";
import { adminBudgetsRoute } from "./routes/admin-budgets.ts";
import { adminCacheRoute } from "./routes/admin-cache.ts";
import { adminCertificateRoute } from "./routes/admin-certificate.ts";
import { adminDemoRoute } from "./routes/admin-demo.ts";
import { adminDriftRoute } from "./routes/admin-drift.ts";
import { adminDriftInputRoute } from "./routes/admin-drift-input.ts";
import { adminGuardrailsRoute } from "./routes/admin-guardrails.ts";
import { adminKeysRoute } from "./routes/admin-keys.ts";
import { adminLiveRoute } from "./routes/admin-live.ts";
import { adminObservationRoute } from "./routes/admin-observation.ts";
import { adminRequestsRoute } from "./routes/admin-requests.ts";
import { adminRetrainRoute } from "./routes/admin-retrain.ts";
import { adminRoutersRoute } from "./routes/admin-routers.ts";
import { adminRoutingRoute } from "./routes/admin-routing.ts";
import { adminSavingsRoute } from "./routes/admin-savings.ts";
import { adminSessionRoute } from "./routes/admin-session.ts";
import { adminSettingsRoute } from "./routes/admin-settings.ts";
import { adminSettingsEditRoute } from "./routes/admin-settings-edit.ts";
import { adminRevisionsRoute } from "./routes/admin-settings-revisions.ts";
import { adminSwitchRoute } from "./routes/admin-switch.ts";
import { adminUsageRoute } from "./routes/admin-usage.ts";
import { dashboardRoute } from "./routes/dashboard.ts";
import { decisionsRoute } from "./routes/decisions.ts";
import { docsRoute } from "./routes/docs.ts";
import { feedbackRoute } from "./routes/feedback.ts";
import { gatewayRoutes } from "./routes/gateway.ts";
import { healthRoute } from "./routes/health.ts";
import { homeRoute } from "./routes/home.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { routeRoute } from "./routes/route.ts";
import { routeBatchRoute } from "./routes/route-batch.ts";
import { routeNextRoute } from "./routes/route-next.ts";
import type { LedgerWriter } from "./savings/store/ledger-writer.ts";
import type { Settings } from "./settings.ts";
import type { SettingsEdits } from "./settings-edit/settings-edits.ts";
import type { Storage } from "./storage.ts";

const BODY_LIMIT_BYTES = 1_048_576;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the idle time of common load balancers, so that it is they who hang up. */
const KEEP_ALIVE_MS = 72_000;

export interface AppDeps {
  /** The settings in effect; they change on reload. */
  readonly settings: () => Settings;
  readonly storage: Storage;
  readonly routers: RouterService;
  readonly decisions: Decisions;
  readonly gateway: Gateway;
  readonly requestLog: RequestLog;
  readonly activation: Activation;
  readonly switches: SwitchDesk;
  readonly retrainer: Retrainer;
  readonly modelWatch: OpenedModelWatch;
  readonly board: AlarmBoard;
  readonly shapes: Pick<ShapeWatch, "flush">;
  readonly ledger: LedgerWriter;
  readonly observation: OpenedObservation;
  readonly guardrails: OpenedGuardrails;
  readonly demo: DemoDesk;
  readonly adminKey: AdminKey;
  readonly sessions: AdminSessions;
  readonly control: Control;
  readonly metrics: Metrics;
  readonly edits: SettingsEdits;
  /** How often the configuration was read again and applied. */
  readonly reloads: () => number;
  readonly reload: () => Promise<void>;
  readonly clock: () => number;
  /** Fills with random bytes. */
  readonly fill: (bytes: Uint8Array) => void;
  readonly version: string;
  /** None: silent. */
  readonly log?: FastifyBaseLogger;
}

/** The HTTP side: plugins in order, then routes. Not listening yet; tests inject into it. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { settings, storage, routers, decisions, gateway, requestLog, adminKey, sessions, control, metrics } = deps;
  const { reload, clock, version, log, activation, ledger } = deps;
  const newRequestId = createIds("req", { clock, fill: deps.fill });
  const app = Fastify({
    ...(log === undefined ? { logger: false } : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: !settings().server.logRequests }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: "idle",
    genReqId: newRequestId,
    clientErrorHandler: answerClientError,
    // Paths that cannot be decoded come to no route and no error handler.
    frameworkErrors: ({ code }, request, reply: FastifyReply) => {
      const error = new ApiError(
        "invalid_request",
        code === "FST_ERR_MAX_PARAM_LENGTH"
          ? "a part of the path is longer than any id is"
          : "the path is not well-formed: what follows a % must be two hex digits",
      );
      void reply.code(400).header("x-request-id", request.id).send(renderError(error).body);
    },
  });
  const endpoints: Endpoint[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    if (typeof method !== "string" || method === "HEAD" || config?.operation === undefined) return;
    endpoints.push({ method, url, operation: config.operation });
  });

  await app.register(errorsPlugin);
  await app.register(jsonBodyPlugin);
  await app.register(accessPlugin, { settings, adminKey, sessions, keys: control.keys, clock });

  await app.register(routeRoute, { decisions });
  await app.register(routeNextRoute, { decisions });
  await app.register(routeBatchRoute, { decisions, routers });
  await app.register(decisionsRoute, { decisions, storage });
  await app.register(feedbackRoute, { decisions, requestLog, storage, metrics, cache: gateway.deps.cache, clock });
  await app.register(gatewayRoutes, { gateway, bodyLimitBytes: settings().gateway.bodyLimitBytes });
  await app.register(adminRoutersRoute, { routers });
  await app.register(adminRetrainRoute, { retrainer: deps.retrainer, storage, routers, settings, clock });
  const { keys, budgets } = control;
  await app.register(adminKeysRoute, { desk: createKeyDesk({ keys, budgets, clock }) });
  await app.register(adminBudgetsRoute, { budgets, store: storage.budgets, clock, keys });
  if (gateway.deps.cache !== undefined) await app.register(adminCacheRoute, { cache: gateway.deps.cache });
  await app.register(adminGuardrailsRoute, { guardrails: deps.guardrails, settings, requestLog });
  await app.register(adminUsageRoute, { requestLog, clock });
  await app.register(adminRequestsRoute, { requestLog, storage, clock });
  await app.register(adminRoutingRoute, { requestLog, settings, clock });
  await app.register(adminObservationRoute, deps.observation);
  await app.register(adminActivationRoute, { activation });
  await app.register(adminSwitchRoute, { switches: deps.switches });
  await app.register(adminDriftRoute, { storage, settings, modelWatch: deps.modelWatch, board: deps.board, clock });
  await app.register(adminDriftInputRoute, {
    storage,
    settings,
    candidates: () => routers.catalogue.candidates,
    flush: deps.shapes.flush,
    clock,
  });
  await app.register(adminCertificateRoute, {
    storage,
    routers,
    activation,
    settings,
    versionOf: deps.modelWatch.watch.versionOf,
    clock,
  });
  await app.register(adminSavingsRoute, { ledger: storage.ledger, writer: ledger, activation, settings });
  await app.register(adminLiveRoute, { requestLog, reloads: deps.reloads });
  await app.register(adminSessionRoute, { settings, adminKey, sessions });
  await app.register(adminDemoRoute, { desk: deps.demo });
  await app.register(adminSettingsRoute, { settings, routers, reload, edits: deps.edits, clock });
  await app.register(adminSettingsEditRoute, { edits: deps.edits });
  await app.register(adminRevisionsRoute, { edits: deps.edits });
  await app.register(healthRoute, { storage, routers });
  await app.register(metricsRoute, { metrics });
  await app.register(docsRoute, { endpoints, version });
  const files = dashboardFiles();
  await app.register(dashboardRoute, { files });
  await app.register(homeRoute, { settings, routers, version, files });
  return app;
}
