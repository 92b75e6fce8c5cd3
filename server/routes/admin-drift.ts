import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { usdFromNano } from "../../engine/cost.ts";
import type { AlarmBoard } from "../activation/alarm-board.ts";
import { ApiError } from "../errors.ts";
import { alarmBody, modelBody } from "../observation/model-watch/drift-body.ts";
import type { OpenedModelWatch } from "../observation/model-watch/open-model-watch.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";

const Query = z.strictObject({
  route: z.string().min(1).optional().meta({ description: "only its models and alarms" }),
});
const NoBody = z.strictObject({});
const Chart = z.array(
  z.strictObject({
    day: z.string(),
    answers: z.number(),
    value: z.number(),
    level: z
      .number()
      .nullable()
      .meta({ description: "weighted mean; null in the first fourteen days, from which the limits come" }),
    low: z.number().nullable(),
    high: z.number().nullable(),
    is_out: z.boolean(),
  }),
);
const Model = z.strictObject({
  model: z.string(),
  version: z.string().nullable().meta({ description: "the provider's own name of what answered last" }),
  versions: z.array(
    z.strictObject({
      kind: z.enum(["model", "fingerprint"]),
      name: z.string(),
      answers: z.number(),
      first_at: z.string(),
      last_at: z.string(),
    }),
  ),
  version_days: z.array(
    z.strictObject({ day: z.string(), kind: z.enum(["model", "fingerprint"]), name: z.string(), answers: z.number() }),
  ),
  signals: z.array(
    z.strictObject({
      signal: z.enum(["refusals", "length", "canary"]),
      state: z.enum(["learning", "watching"]),
      looks: z.number(),
      missing: z.number().meta({ description: "looks that learning still needs" }),
      usual: z.number().nullable(),
      allowed: z.number().nullable(),
      recent: z.number().nullable(),
      evidence: z.number().nullable(),
      alarm_from: z.number(),
    }),
  ),
  length: Chart.meta({ description: "geometric mean of output tokens of clients' answers" }),
  refusals: Chart.meta({ description: "share of clients' requests that were refused" }),
  canaries: z.array(z.strictObject({ day: z.string(), asked: z.number(), passed: z.number(), cost_usd: z.number() })),
});
const Drift = z.strictObject({
  models: z.array(Model),
  alarms: z.array(
    z.strictObject({
      route: z.string(),
      model: z.string().nullable(),
      signal: z.string(),
      at: z.string(),
      because: z.string(),
    }),
  ),
  false_alarm_rate: z.number().meta({ description: "of one signal of one model, ever, while it stays as it was" }),
});
const Round = z.strictObject({
  asked: z.number(),
  passed: z.number(),
  unreached: z.number(),
  skipped: z.number().meta({ description: "not asked, because the day has cost what it may" }),
  cost_usd: z.number(),
});

const show: Operation = {
  summary: "What models answer as, and what was noticed when they changed",
  description:
    "Versions, refusals, lengths and canaries of each model, and the alarms of routes. Charts show days; what alarms is the evidence of `signals`, " +
    "whose error is stated. An alarm voids the certificates that it touches.",
  access: "admin",
  query: Query,
  answers: { 200: { description: "Models in order of name, alarms newest first", schema: Drift } },
  errors: ["invalid_request", "unknown_route"],
};
const ask: Operation = {
  summary: "Ask all canaries now, within what the day may cost",
  access: "admin",
  body: NoBody,
  answers: { 200: { description: "Asked", schema: Round } },
  errors: ["invalid_request"],
};

export interface AdminDriftDeps {
  readonly storage: Pick<Storage, "models">;
  readonly settings: () => Pick<Settings, "routes" | "drift">;
  readonly modelWatch: OpenedModelWatch;
  readonly board: AlarmBoard;
  readonly clock: () => number;
}

export const adminDriftRoute: FastifyPluginAsync<AdminDriftDeps> = async (app, deps) => {
  const { storage, settings, modelWatch, board, clock } = deps;

  function modelsOf(route: string | undefined): readonly string[] {
    const known = storage.models.models();
    if (route === undefined) return known;
    const { routes } = settings();
    const section = Object.hasOwn(routes, route) ? routes[route] : undefined;
    if (section === undefined) throw new ApiError("unknown_route", `there is no route "${route}"`, { place: "route" });
    const named = new Set([section.incumbent, ...section.candidates]);
    return known.filter((model) => named.has(model));
  }

  app.get("/admin/drift", { config: { operation: show } }, async (request) => {
    const { route } = readInput(Query, request.query);
    modelWatch.watch.flush();
    const { falseAlarmRate } = settings().drift;
    return {
      models: modelsOf(route).map((model) => modelBody(model, storage.models, clock(), falseAlarmRate)),
      alarms: board.latest(route ?? null).map(alarmBody),
      false_alarm_rate: falseAlarmRate,
    };
  });

  app.post("/admin/drift/canaries", { config: { operation: ask } }, async (request) => {
    readInput(NoBody, request.body ?? {});
    if (settings().drift.canaries === undefined) {
      throw new ApiError("invalid_request", "no canaries are configured: `drift.canaries` is needed", {
        place: "drift.canaries",
      });
    }
    const { costNanoUsd, ...round } = await modelWatch.canaries.round();
    modelWatch.watch.flush();
    return { ...round, cost_usd: usdFromNano(costNanoUsd) };
  });
};
