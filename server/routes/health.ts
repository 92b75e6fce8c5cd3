import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { Operation } from "../operation.ts";
import type { RouterService } from "../router-service.ts";
import type { Storage } from "../storage.ts";

const Alive = z.strictObject({ status: z.literal("ok") });
const Part = z.strictObject({ status: z.enum(["ok", "degraded", "failed"]), message: z.string().nullable() });
const Ready = z.strictObject({ status: z.enum(["ready", "not_ready"]), storage: Part, router: Part });

const healthz: Operation = {
  summary: "The process runs",
  access: "public",
  answers: { 200: { description: "Alive", schema: Alive } },
};

const readyz: Operation = {
  summary: "Requests can be served",
  description:
    "503 while the storage cannot be written. Without a router artifact it is ready and `degraded`: every route is served " +
    "by its incumbent.",
  access: "public",
  answers: { 200: { description: "Ready", schema: Ready }, 503: { description: "Not ready", schema: Ready } },
};

export const healthRoute: FastifyPluginAsync<{ storage: Storage; routers: RouterService }> = async (
  app,
  { storage, routers },
) => {
  app.get("/healthz", { config: { operation: healthz } }, async () => ({ status: "ok" }));

  app.get("/readyz", { config: { operation: readyz } }, async (request, reply) => {
    const fault = await storage.check().then(
      () => null,
      (error: unknown) => {
        request.log.error({ err: error }, "storage check failed");
        return "the storage cannot be written; the log has the reason";
      },
    );
    const { degraded } = routers;
    return reply.code(fault === null ? 200 : 503).send({
      status: fault === null ? "ready" : "not_ready",
      storage: { status: fault === null ? "ok" : "failed", message: fault },
      router: { status: degraded === null ? "ok" : "degraded", message: degraded },
    });
  });
};
