import type { FastifyPluginAsync } from "fastify";
import { RouteDecision, RouteRequest } from "../../engine/schema/decision.ts";
import type { Decisions } from "../decisions.ts";
import type { Operation } from "../operation.ts";

const DECISION_ERRORS = [
  "invalid_request",
  "invalid_json",
  "invalid_utf8",
  "unknown_policy",
  "unknown_route",
  "unknown_model",
  "body_too_large",
  "unsupported_media_type",
  "no_candidate",
  "rate_limited",
] as const;

const operation: Operation = {
  summary: "Which model should answer this request",
  description:
    "Decides and calls no model. `quality` is a floor on the lower bound of the chosen model's quality; the route's own " +
    "target is kept on average. Counts as a request a minute of the key. Body up to 1 MiB. 422 `no_candidate` lists every exclusion.",
  access: "key",
  body: RouteRequest,
  answers: { 200: { description: "The decision", schema: RouteDecision } },
  errors: DECISION_ERRORS,
};

export const routeRoute: FastifyPluginAsync<{ decisions: Decisions }> = async (app, { decisions }) => {
  app.post("/route", { config: { operation } }, async (request, reply) => {
    const { json, headers } = await decisions.decide(request.body, request.caller);
    return reply.headers(headers).header("content-type", "application/json; charset=utf-8").send(json);
  });
};
