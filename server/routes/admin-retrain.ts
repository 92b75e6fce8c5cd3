import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import { RunBody, runBody, timeOf } from "../retrain/retrain-body.ts";
import type { RetrainRun } from "../retrain/retrain-store.ts";
import type { Retrainer } from "../retrain/retrainer.ts";
import type { RouterService } from "../router-service.ts";
import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";

const Name = z.string().min(1).max(200);
const Query = z.strictObject({ route: Name.optional(), limit: z.coerce.number().int().min(1).max(200).default(20) });
const StartBody = z.strictObject({
  route: Name,
  since: z.string().max(40).optional().meta({ description: "30d, or a moment; default: retrain.since of the route" }),
});
const Proposal = z.strictObject({
  run: z.string(),
  route: z.string(),
  router: z.string(),
  version: z.string(),
  proposed_at: z.string(),
  because: z.string(),
  serves: z.boolean().meta({ description: "it was promoted, and serves now" }),
  stale: z.boolean().meta({ description: "another version serves than the one that it was compared with" }),
  routes: z.array(z.string()).meta({ description: "all that go by this router and would change" }),
  voids_certificates: z.array(z.string()).meta({
    description: "routes whose certificate is void once it serves; it holds again after a rollback",
  }),
});
const Overview = z.strictObject({
  routes: z.array(
    z.strictObject({
      route: z.string(),
      schedule: z.string().nullable(),
      next_at: z.string().nullable(),
      running: RunBody.nullable(),
    }),
  ),
  proposals: z
    .array(Proposal)
    .meta({ description: "not dismissed, newest first; POST /admin/routers/{name}/promote serves one" }),
  runs: z.array(RunBody).meta({ description: "newest first" }),
});

const list: Operation = {
  summary: "Routers learned anew: schedules, proposals, and runs with what they found",
  access: "admin",
  query: Query,
  answers: { 200: { description: "As it stands", schema: Overview } },
  errors: ["invalid_request", "unknown_route"],
};
const start: Operation = {
  summary: "Learn a route's router anew from its log, audits and feedback",
  description:
    "Answers at once; the run goes on in a process of its own, and GET says how far it is. It proposes a version when that " +
    "is shown to be better on later traffic, and changes nothing that serves unless `retrain.activate` is set.",
  access: "admin",
  body: StartBody,
  answers: { 202: { description: "Begun", schema: RunBody } },
  errors: ["invalid_request", "unknown_route", "unknown_router", "retrain_running"],
};
const show: Operation = {
  summary: "One run",
  access: "admin",
  answers: { 200: { description: "The run", schema: RunBody } },
  errors: ["unknown_run"],
};
const dismiss: Operation = {
  summary: "Put a proposal away; its version stays",
  access: "admin",
  answers: { 200: { description: "The run", schema: RunBody } },
  errors: ["unknown_run"],
};

export interface AdminRetrainDeps {
  readonly retrainer: Retrainer;
  readonly storage: Pick<Storage, "retrains" | "activations">;
  readonly routers: Pick<RouterService, "store" | "identity">;
  readonly settings: () => Pick<Settings, "routes">;
  readonly clock: () => number;
}

export const adminRetrainRoute: FastifyPluginAsync<AdminRetrainDeps> = async (app, deps) => {
  const { retrainer, storage, routers, settings, clock } = deps;
  const { retrains } = storage;

  async function found(runId: string): Promise<RetrainRun> {
    const run = await retrains.find(runId);
    if (run === null) throw new ApiError("unknown_run", `there is no run "${runId}"`, { place: "run" });
    return run;
  }

  function proposalBody(run: RetrainRun, version: string): z.infer<typeof Proposal> {
    const names = Object.keys(settings().routes);
    const { name, version: serving } = routers.identity;
    return {
      run: run.runId,
      route: run.route,
      router: run.router,
      version,
      proposed_at: timeOf(run.endedAtMs ?? run.startedAtMs),
      because: run.because ?? "",
      serves: name === run.router && serving === version,
      stale: serving !== run.serving && serving !== version,
      routes: names,
      voids_certificates: names.filter((route) =>
        storage.activations
          .certificates(route, 1)
          .some(({ certificate: { binding } }) => binding.router.version !== version),
      ),
    };
  }

  app.get("/admin/retrain", { config: { operation: list } }, async (request) => {
    const { route, limit } = readInput(Query, request.query);
    if (route !== undefined && !Object.hasOwn(settings().routes, route)) {
      throw new ApiError("unknown_route", `there is no route "${route}"`, { place: "route" });
    }
    const runs = await retrains.list(route ?? null, limit);
    const running = await retrains.running();
    const scheduled = await retrainer.scheduled();
    const versions = new Set(
      routers.store.list().flatMap(({ name, versions: known }) => known.map(({ version }) => `${name}/${version}`)),
    );
    return {
      routes: scheduled
        .filter((one) => route === undefined || one.route === route)
        .map((one) => {
          const run = running.find((other) => other.route === one.route);
          return {
            route: one.route,
            schedule: one.schedule,
            next_at: one.nextAtMs === null ? null : timeOf(one.nextAtMs),
            running: run === undefined ? null : runBody(run),
          };
        }),
      proposals: runs.flatMap((run) =>
        run.state === "proposed" &&
        run.candidate !== null &&
        run.dismissedAtMs === null &&
        versions.has(`${run.router}/${run.candidate}`)
          ? [proposalBody(run, run.candidate)]
          : [],
      ),
      runs: runs.map(runBody),
    };
  });

  app.post("/admin/retrain", { config: { operation: start } }, async (request, reply) => {
    const { route, since } = readInput(StartBody, request.body);
    const run = await retrainer.start({ route, since: since ?? null, trigger: "api", dueAtMs: null });
    return reply.code(202).send(runBody(run));
  });

  app.get<{ Params: { run: string } }>("/admin/retrain/:run", { config: { operation: show } }, async (request) =>
    runBody(await found(request.params.run)),
  );

  app.post<{ Params: { run: string } }>(
    "/admin/retrain/:run/dismiss",
    { config: { operation: dismiss } },
    async (request) => {
      const { run } = request.params;
      if (!(await retrains.dismiss(run, clock()))) {
        throw new ApiError("unknown_run", `"${run}" is no proposal`, { place: "run" });
      }
      return runBody(await found(run));
    },
  );
};
