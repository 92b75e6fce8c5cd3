import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { RouteDecision } from "../../engine/schema/decision.ts";
import type { Decisions } from "../decisions.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Storage } from "../storage.ts";

const Query = z.strictObject({
  /** `trace`: what the decision was made from, its feedback and whether the replay was the same. */
  include: z.enum(["trace"]).optional(),
  key: z.string().optional(),
});

const operation: Operation = {
  summary: "A decision again, replayed from what it was made from",
  description:
    "The body is the answer that was given. It is decided again from the stored scores; the header `x-weir-replay` says " +
    "`same`, or `different: <fields>` with the new answer in the body. `?include=trace` adds the trace and the feedback.",
  access: "key",
  query: Query.omit({ key: true }),
  answers: { 200: { description: "The decision", schema: RouteDecision } },
  errors: ["invalid_request", "unknown_decision", "not_replayable"],
};

export const decisionsRoute: FastifyPluginAsync<{ decisions: Decisions; storage: Storage }> = async (
  app,
  { decisions, storage },
) => {
  app.get<{ Params: { id: string } }>("/decisions/:id", { config: { operation } }, async (request, reply) => {
    const { include } = readInput(Query, request.query);
    const { stored, answer, differences } = await decisions.replay(request.params.id, request.caller);
    reply
      .header("content-type", "application/json; charset=utf-8")
      .header("x-weir-replay", differences.length === 0 ? "same" : `different: ${differences.join(", ")}`)
      .header("x-weir-decided-at", new Date(stored.createdAtMs).toISOString());
    if (include === undefined) return reply.send(answer);
    const feedback = (await storage.feedbackOf(stored.decisionId)).map(({ source, score, comment, atMs }) => ({
      source,
      score,
      comment,
      at: new Date(atMs).toISOString(),
    }));
    return reply.send({
      decided_at: new Date(stored.createdAtMs).toISOString(),
      key_id: stored.keyId,
      session_id: stored.sessionId,
      decision: JSON.parse(stored.answer),
      replay: { same: differences.length === 0, differences, decision: JSON.parse(answer) },
      trace: JSON.parse(stored.trace),
      feedback,
    });
  });
};
