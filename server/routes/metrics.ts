import type { FastifyPluginAsync } from "fastify";
import type { Metrics } from "../metrics.ts";
import type { Operation } from "../operation.ts";

const operation: Operation = {
  summary: "Counters and histograms for Prometheus",
  access: "public",
  answers: { 200: { description: "Prometheus text format", mediaType: "text/plain" } },
};

export const metricsRoute: FastifyPluginAsync<{ metrics: Metrics }> = async (app, { metrics }) => {
  app.get("/metrics", { config: { operation } }, async (_, reply) =>
    reply.header("content-type", metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
};
