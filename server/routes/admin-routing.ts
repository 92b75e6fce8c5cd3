import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { usdFromNano } from "../../engine/cost.ts";
import { ApiError } from "../errors.ts";
import type { LogEntry } from "../log/entry.ts";
import { EVERY_ENTRY } from "../log/log-store.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import { type FrontierPoint, routingView } from "../routing-view.ts";
import type { Settings } from "../settings.ts";
import { readWindow } from "../usage/read-time.ts";
import { withoutKey } from "../usage/usage-input.ts";

const DEFAULT_MS = 7 * 86_400_000;
/** The newest ones; enough that a mean's interval is no wider than what the prediction is good for. */
const MOST_REQUESTS = 2_000;
const PAGE = 500;

const Query = z.strictObject({
  route: z.string().min(1).max(200).default("default"),
  from: z.string().max(40).optional().meta({ description: "a moment, or a time before now such as 7d (default)" }),
  to: z.string().max(40).optional(),
});

const Interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
const Point = z.strictObject({
  quality: z.number(),
  difference: Interval.meta({ description: "to the incumbent's predicted quality, 95 % interval of the mean" }),
  cost_usd: z.number().meta({ description: "a request" }),
  moved_share: z.number(),
});
const View = z.strictObject({
  route: z.string(),
  mode: z.string(),
  policy: z.looseObject({ name: z.string() }),
  requests: z.number(),
  basis: z.literal("predicted"),
  incumbent: z.strictObject({ model: z.string(), quality: z.number(), cost_usd: z.number() }).nullable(),
  current: Point.nullable(),
  frontier: z.array(z.strictObject({ usd_per_quality: z.number(), ...Point.shape })),
  complexity: z.array(z.number()),
  tasks: z.array(
    z.strictObject({
      task: z.string().nullable(),
      requests: z.number(),
      earlier_share: z.number(),
      later_share: z.number(),
      quality: z.number(),
      cost_usd: z.number(),
    }),
  ),
  reasons: z.array(z.strictObject({ reason: z.string(), requests: z.number() })),
});

const operation: Operation = {
  summary: "What a route's own traffic would cost and be worth at every trade-off, as the router predicts it",
  description:
    "From the newest 2,000 decisions of the time asked for. Predictions of the router, not measurements: the observation " +
    "has those.",
  access: "admin",
  query: Query,
  answers: { 200: { description: "The view", schema: View } },
  errors: ["invalid_request", "unknown_route", "not_ready"],
};

export interface AdminRoutingDeps {
  readonly requestLog: Pick<RequestLog, "page">;
  readonly settings: () => Pick<Settings, "routes">;
  readonly clock: () => number;
}

export const adminRoutingRoute: FastifyPluginAsync<AdminRoutingDeps> = async (app, { requestLog, settings, clock }) => {
  async function newest(route: string, fromMs: number, toMs: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    let cursor: string | null = null;
    do {
      const page = await requestLog.page({
        ...EVERY_ENTRY,
        fromMs,
        toMs,
        equal: { route: [route] },
        sort: "time",
        cursor,
        limit: PAGE,
        withContent: false,
      });
      entries.push(...page.entries);
      cursor = page.nextCursor;
    } while (cursor !== null && entries.length < MOST_REQUESTS);
    return entries.slice(0, MOST_REQUESTS);
  }

  app.get("/admin/routing", { config: { operation } }, async (request) => {
    const { route: name, ...window } = readInput(Query, withoutKey(request.query));
    const { routes } = settings();
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined) throw new ApiError("unknown_route", `there is no route "${name}"`, { place: "route" });
    const { fromMs, toMs } = readWindow(window, clock(), DEFAULT_MS);
    const view = routingView(await newest(name, fromMs, toMs));
    return {
      route: name,
      mode: route.mode,
      policy: route.policy,
      requests: view.requests,
      basis: "predicted",
      incumbent:
        view.incumbent === null
          ? null
          : { model: view.incumbent.model, quality: view.incumbent.quality, cost_usd: usd(view.incumbent.cost) },
      current: view.current === null ? null : pointBody(view.current),
      frontier: view.frontier.map((point) => ({
        usd_per_quality: usd(point.nanoUsdPerQuality),
        ...pointBody(point),
      })),
      complexity: view.complexity,
      tasks: view.tasks.map(({ task, requests, earlierShare, laterShare, quality, cost }) => ({
        task,
        requests,
        earlier_share: earlierShare,
        later_share: laterShare,
        quality,
        cost_usd: usd(cost),
      })),
      reasons: view.reasons,
    };
  });
};

function pointBody({ quality, difference, cost, movedShare }: Omit<FrontierPoint, "nanoUsdPerQuality">) {
  return { quality, difference, cost_usd: usd(cost), moved_share: movedShare };
}

/** Means are no whole nano-USD. */
function usd(nanoUsd: number): number {
  return usdFromNano(Math.round(nanoUsd));
}
