import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import type { AnswerCache } from "../cache/answer-cache.ts";
import { type Caller, maySee } from "../caller.ts";
import type { Decisions } from "../decisions.ts";
import type { RequestLog } from "../log/request-log.ts";
import type { Metrics } from "../metrics.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { Storage } from "../storage.ts";

const FeedbackBody = z
  .strictObject({
    /** Of the decision or, behind the gateway, of the request (`x-weir-request-id`). */
    id: z.string().min(1).max(200),
    score: z.number().min(0).max(1).optional(),
    label: z.enum(["good", "bad"]).optional(),
    source: z.enum(["user", "judge", "test"]),
    comment: z.string().max(4_000).optional(),
  })
  .refine((body) => (body.score === undefined) !== (body.label === undefined), {
    message: "exactly one of score and label is needed",
    path: ["score"],
  });

const FeedbackAnswer = z.strictObject({
  id: z.string(),
  source: z.enum(["user", "judge", "test"]),
  score: z.number(),
  status: z.enum(["created", "updated", "unchanged"]),
});

const REQUEST_ID = "req_";
/** Worse than this an answer is not given again. */
const LEAST_GOOD = 0.5;

const operation: Operation = {
  summary: "How good the answer was",
  description:
    "Becomes a quality record for training. One for each id and source: the same call again changes nothing, another " +
    "score replaces the first. `label` `good` is score 1, `bad` is 0.",
  access: "key",
  body: FeedbackBody,
  answers: {
    200: { description: "Replaced or unchanged", schema: FeedbackAnswer },
    201: { description: "Recorded", schema: FeedbackAnswer },
  },
  errors: ["invalid_request", "invalid_json", "invalid_utf8", "unknown_decision", "body_too_large"],
};

export interface FeedbackDeps {
  readonly decisions: Decisions;
  readonly requestLog: Pick<RequestLog, "find">;
  readonly storage: Storage;
  readonly metrics: Metrics;
  /** Forgets what was a bad answer. */
  readonly cache?: Pick<AnswerCache, "refute"> | undefined;
  readonly clock: () => number;
}

export const feedbackRoute: FastifyPluginAsync<FeedbackDeps> = async (app, deps) => {
  const { decisions, requestLog, storage, metrics, cache, clock } = deps;

  /** @throws ApiError `unknown_decision`, also for somebody else's */
  async function find(id: string, caller: Caller): Promise<void> {
    const entry = id.startsWith(REQUEST_ID) ? await requestLog.find(id) : null;
    if (entry === null || !maySee(caller, entry.keyId)) await decisions.find(id, caller);
  }

  app.post("/feedback", { config: { operation } }, async (request, reply) => {
    const { id, score, label, source, comment } = readInput(FeedbackBody, request.body);
    await find(id, request.caller);
    const value = score ?? (label === "good" ? 1 : 0);
    if (value < LEAST_GOOD) cache?.refute(id);
    const status = await storage.putFeedback({
      decisionId: id,
      source,
      score: value,
      comment: comment ?? null,
      keyId: request.caller.keyId,
      atMs: clock(),
    });
    if (status !== "unchanged") metrics.countFeedback(source);
    return reply.code(status === "created" ? 201 : 200).send({ id, source, score: value, status });
  });
};
