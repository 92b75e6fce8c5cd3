import type { FastifyBaseLogger } from "fastify";
import type { Gateway } from "../../gateway/gateway.ts";
import { createIds } from "../../ids.ts";
import { entryOfSettlement } from "../../log/entry-of-settlement.ts";
import type { RequestLog } from "../../log/request-log.ts";
import type { RouterService } from "../../router-service.ts";
import type { Settings } from "../../settings.ts";
import type { Storage } from "../../storage.ts";
import { createAskUpstream } from "../observe/ask-upstream.ts";
import { type Canaries, type CanariesDeps, createCanaries } from "./canaries.ts";
import { createModelWatch, type ModelAlarm, type ModelWatch } from "./model-watch.ts";

export interface OpenModelWatchDeps {
  readonly storage: Pick<Storage, "models">;
  readonly settings: () => Settings;
  readonly routers: Pick<RouterService, "catalogue">;
  /** Made after this. */
  readonly gateway: () => Gateway;
  readonly requestLog: Pick<RequestLog, "append" | "retentionDays">;
  /** Raised on every route that is touched. */
  readonly onAlarm: (alarm: ModelAlarm, routes: readonly string[]) => void;
  readonly onCanaryCost: CanariesDeps["onCost"];
  readonly clock: () => number;
  readonly log: FastifyBaseLogger;
}

export interface OpenedModelWatch {
  readonly watch: ModelWatch;
  readonly canaries: Canaries;
  close(): Promise<void>;
}

const FLUSH_MS = 1_000;
const CANARY_MS = 60_000;

export function openModelWatch(deps: OpenModelWatchDeps): OpenedModelWatch {
  const { storage, settings, routers, gateway, requestLog, clock, log } = deps;
  const { models: store } = storage;
  const onError = (error: unknown) => log.error({ err: error }, "what models answer was not looked at");
  const watch = createModelWatch({
    store,
    section: () => settings().drift,
    candidates: () => routers.catalogue.candidates,
    onAlarm(alarm) {
      const touched = routesOf(alarm.model, settings());
      log.warn({ ...alarm, routes: touched }, "a model is not what it was");
      deps.onAlarm(alarm, touched);
    },
    clock,
    onError,
  });
  const canaries = createCanaries({
    store,
    ask: createAskUpstream({
      gateway,
      newId: createIds("can", { clock }),
      onSettled: (settlement) =>
        requestLog.append({
          ...entryOfSettlement({ ...settlement, content: null }, requestLog.retentionDays),
          arm: "canary",
        }),
    }),
    models: () => watchedModels(settings()),
    section: () => settings().drift.canaries ?? null,
    take: watch.take,
    onCost: deps.onCanaryCost,
    clock,
    log,
  });
  const looked = (look: () => void) => () => {
    try {
      look();
    } catch (error) {
      onError(error);
    }
  };
  const flushing = setInterval(looked(watch.flush), FLUSH_MS);
  flushing.unref();
  const asking = setInterval(() => {
    looked(watch.comparePrices)();
    canaries.tick().catch(onError);
  }, CANARY_MS);
  asking.unref();
  return {
    watch,
    canaries,
    async close() {
      clearInterval(flushing);
      clearInterval(asking);
      await canaries.close();
      looked(watch.flush)();
    },
  };
}

function routesOf(model: string, { routes, pools }: Settings): string[] {
  const names = new Set([model]);
  for (const [pool, { members }] of Object.entries(pools)) {
    if (members.some(({ use }) => use === model)) {
      names.add(pool);
      for (const { use } of members) names.add(use);
    }
  }
  return Object.entries(routes)
    .filter(
      ([, { mode, incumbent, candidates }]) => mode !== "off" && [incumbent, ...candidates].some((id) => names.has(id)),
    )
    .map(([name]) => name);
}

/** Models of routes that observe or are active, each with the first route that names it. */
function watchedModels({ routes }: Settings): Map<string, string> {
  const models = new Map<string, string>();
  for (const [name, { mode, incumbent, candidates }] of Object.entries(routes)) {
    if (mode === "off") continue;
    for (const model of [incumbent, ...candidates]) if (!models.has(model)) models.set(model, name);
  }
  return models;
}
