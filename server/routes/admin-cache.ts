import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { usdFromNano } from "../../engine/cost.ts";
import type { AnswerCache } from "../cache/answer-cache.ts";
import { partitionOf } from "../cache/cache-question.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";

const Count = z.number().int().nonnegative();
const Held = { entries: Count, bytes: Count };
const Stats = z.strictObject({
  memory: z.strictObject(Held),
  disk: z.strictObject({
    ...Held,
    corrupt: Count.meta({ description: "damaged answers, which are gone" }),
    failures: Count,
    dropped: Count.meta({ description: "answers not written because too many waited" }),
  }),
  outcomes: z.record(z.string(), Count).meta({ description: "requests that could be cached, since the start" }),
  saved_usd: z.number(),
  semantic: z
    .strictObject({ lookups: Count, matches: Count, audits: Count, false_hits: Count, failures: Count })
    .nullable()
    .meta({ description: "asks looked up, asks found that mean the same, and what comparing their answers showed" }),
  under_way: z.strictObject({ calls: Count, clients: Count }),
});
const ClearQuery = z
  .strictObject({
    tenant: z.string().min(1).optional(),
    key_id: z.string().min(1).optional(),
    route: z.string().min(1).optional(),
  })
  .refine((query) => query.tenant === undefined || query.key_id === undefined, {
    message: "a tenant's answers have no key: give one of the two",
    path: ["key_id"],
  });
const Cleared = z.strictObject({ cleared: Count.meta({ description: "answers in the storage that are gone" }) });

const show: Operation = {
  summary: "How full the cache is and what it saved",
  access: "admin",
  answers: { 200: { description: "Its state in this process; the storage is shared", schema: Stats } },
};
const clear: Operation = {
  summary: "Forget cached answers: all, or those of a tenant, a key without tenant, or a route",
  description:
    "Memory of this process and the storage; what other processes hold in memory ends with its time to live.",
  access: "admin",
  query: ClearQuery,
  answers: { 200: { description: "Forgotten", schema: Cleared } },
  errors: ["invalid_request"],
};

export interface AdminCacheDeps {
  readonly cache: AnswerCache;
}

export const adminCacheRoute: FastifyPluginAsync<AdminCacheDeps> = async (app, { cache }) => {
  app.get("/admin/cache", { config: { operation: show } }, async () => {
    const { memory, disk, outcomes, savedNanoUsd, semantic: near, flights, waiting } = cache.state;
    const { falseHits: false_hits = 0, ...rest } = near ?? {};
    const semantic = near === null ? null : { ...rest, false_hits };
    const under_way = { calls: flights, clients: waiting };
    return { memory, disk, outcomes, saved_usd: usdFromNano(savedNanoUsd), semantic, under_way };
  });

  app.delete("/admin/cache", { config: { operation: clear } }, async (request) => {
    const { tenant, key_id: keyId, route } = readInput(ClearQuery, request.query);
    const isOwned = tenant !== undefined || keyId !== undefined;
    const owner = { ...(tenant === undefined ? {} : { tenant }), ...(keyId === undefined ? {} : { keyId }) };
    const { memory, disk } = await cache.clear({
      ...(isOwned ? { partition: partitionOf(owner) } : {}),
      ...(route === undefined ? {} : { route }),
    });
    return { cleared: Math.max(memory, disk) };
  });
};
