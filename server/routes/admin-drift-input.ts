import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Candidate, Price } from "../../engine/schema/candidate.ts";
import { ApiError } from "../errors.ts";
import type { Binding } from "../observation/certificate.ts";
import { createInputDays } from "../observation/input-shapes/input-days.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Settings } from "../settings.ts";
import type { Storage } from "../storage.ts";

const Query = z.strictObject({ route: z.string().min(1).default("default") });
const Sums = z.strictObject({ input_usd: z.number(), output_usd: z.number() }).nullable();
const Drift = z.strictObject({
  route: z.string(),
  compared_with: z
    .strictObject({ basis: z.enum(["certificate", "first_days"]), from: z.string(), to: z.string() })
    .nullable()
    .meta({ description: "days that requests are compared with, and whose prices are those before" }),
  days: z.array(
    z.strictObject({
      day: z.string(),
      requests: z.number(),
      far_share: z.number().meta({ description: "too far from the router's training to be scored" }),
      distance: z
        .number()
        .nullable()
        .meta({ description: "squared maximum mean discrepancy to those days; null: too few were sampled" }),
    }),
  ),
  usual_distance: z.number().nullable().meta({ description: "largest of those days, each to the others" }),
  prices: z.array(
    z.strictObject({
      model: z.string(),
      before: Sums.meta({ description: "USD a million tokens; null: no price was known" }),
      now: Sums,
    }),
  ),
});

const operation: Operation = {
  summary: "Requests day by day and list prices, beside those that a route was certified on",
  description:
    "The share of requests far from the router's training, how unlike a day's requests are to those of the certificate, " +
    "and each model's price then and now. Without a certificate they are compared with the observation's beginning.",
  access: "admin",
  query: Query,
  answers: { 200: { description: "Days in their order, the newest 60 of them", schema: Drift } },
  errors: ["invalid_request", "unknown_route"],
};

export interface AdminDriftInputDeps {
  readonly storage: Pick<Storage, "activations" | "audits" | "shapes">;
  readonly settings: () => Pick<Settings, "routes">;
  readonly candidates: () => readonly Candidate[];
  /** Writes what was counted and is still in memory. */
  readonly flush: () => void;
  readonly clock: () => number;
}

const DAY_MS = 86_400_000;

export const adminDriftInputRoute: FastifyPluginAsync<AdminDriftInputDeps> = async (app, deps) => {
  const { storage, settings, candidates, flush, clock } = deps;
  const inputOf = createInputDays({ store: storage.shapes });

  app.get("/admin/drift/input", { config: { operation } }, async (request) => {
    const { route } = readInput(Query, request.query);
    if (!Object.hasOwn(settings().routes, route))
      throw new ApiError("unknown_route", `there is no route "${route}"`, { place: "route" });
    flush();
    const certificate = storage.activations.certificates(route, 1)[0]?.certificate ?? null;
    const certified =
      certificate === null
        ? null
        : { fromDay: dayOf(Date.parse(certificate.window.from)), toDay: dayOf(Date.parse(certificate.window.to)) };
    const observation = certificate === null ? ((await storage.audits.list(route, 1))[0] ?? null) : null;
    const { days, reference, usual } = await inputOf(route, dayOf(clock()), certified);
    const before: Binding | null =
      certificate?.binding ?? (observation === null ? null : (JSON.parse(observation.binding) as Binding)); // only we write it
    return {
      route,
      compared_with:
        reference === null
          ? null
          : {
              basis: certificate !== null ? "certificate" : "first_days",
              from: dateOf(reference.fromDay),
              to: dateOf(reference.toDay),
            },
      days: days.map(({ day, requests, farShare, distance }) => ({
        day: dateOf(day),
        requests,
        far_share: farShare,
        distance,
      })),
      usual_distance: usual,
      prices: (before?.models ?? []).map(({ model, price }) => ({
        model,
        before: sumsOf(price),
        now: sumsOf(candidates().find(({ candidateId }) => candidateId === model)?.price ?? null),
      })),
    };
  });
};

function sumsOf(price: Price | null) {
  return price === null
    ? null
    : { input_usd: price.inputMicroUsdPerMTok / 1e6, output_usd: price.outputMicroUsdPerMTok / 1e6 };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, "2026-11-23".length);
}
