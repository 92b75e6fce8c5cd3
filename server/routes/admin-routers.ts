import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { RouterService } from "../router-service.ts";
import type { RouterFamily, RouterVersion } from "../router-store.ts";

const Version = z.strictObject({
  version: z.string(),
  tier: z.string().nullable(),
  created_at: z.string().nullable(),
  current: z.boolean(),
});
const Family = z.strictObject({
  name: z.string(),
  current: z.string().nullable(),
  promoted: z.boolean(),
  previous: z.string().nullable(),
  versions: z.array(Version),
});
const Families = z.strictObject({
  serving: z.strictObject({ name: z.string(), version: z.string(), degraded: z.string().nullable() }),
  routers: z.array(Family),
});
const PromoteBody = z.strictObject({ version: z.string().min(1) });
const Promotion = z.strictObject({ name: z.string(), from: z.string().nullable(), to: z.string() });

const ERRORS = [
  "unknown_router",
  "artifact_missing",
  "artifact_corrupt",
  "artifact_mismatch",
  "models_read_only",
] as const;

const list: Operation = {
  summary: "Routers, their versions and which one serves",
  access: "admin",
  answers: { 200: { description: "Routers", schema: Families } },
};
const promote: Operation = {
  summary: "Serve this version from now on",
  description: "The version is opened and checked first; running requests end on the old one.",
  access: "admin",
  body: PromoteBody,
  answers: { 200: { description: "Switched", schema: Promotion } },
  errors: ["invalid_request", ...ERRORS],
};
const rollback: Operation = {
  summary: "Serve the version before",
  access: "admin",
  answers: { 200: { description: "Switched", schema: Promotion } },
  errors: ERRORS,
};

export const adminRoutersRoute: FastifyPluginAsync<{ routers: RouterService }> = async (app, { routers }) => {
  app.get("/admin/routers", { config: { operation: list } }, async () => ({
    serving: { ...routers.identity, degraded: routers.degraded },
    routers: routers.store.list().map(familyBody),
  }));

  app.post<{ Params: { name: string } }>(
    "/admin/routers/:name/promote",
    { config: { operation: promote } },
    async (request) => routers.promote(request.params.name, readInput(PromoteBody, request.body).version),
  );

  app.post<{ Params: { name: string } }>(
    "/admin/routers/:name/rollback",
    { config: { operation: rollback } },
    async (request) => routers.rollback(request.params.name),
  );
};

function familyBody({ name, current, isPromoted, previous, versions }: RouterFamily) {
  return { name, current, promoted: isPromoted, previous, versions: versions.map(versionBody) };
}

function versionBody({ version, tier, createdAt, isCurrent }: RouterVersion) {
  return { version, tier, created_at: createdAt, current: isCurrent };
}
