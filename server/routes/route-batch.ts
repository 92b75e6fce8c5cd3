import { setImmediate } from "node:timers/promises";
import type { FastifyPluginAsync } from "fastify";
import { z } from "zod";
import { RouteDecision, RouteRequest } from "../../engine/schema/decision.ts";
import type { Caller } from "../caller.ts";
import type { Decisions } from "../decisions.ts";
import { renderError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { readInput } from "../read-input.ts";
import type { RouterService } from "../router-service.ts";

const MAX_REQUESTS = 1_000;
const BODY_LIMIT_BYTES = 32 * 1_048_576;

/** Items are checked one by one as they are decided, so that a bad one costs only itself. */
const Batch = z.strictObject({ requests: z.array(z.unknown()).min(1).max(MAX_REQUESTS) });
const DescribedBatch = z.strictObject({ requests: z.array(RouteRequest).min(1).max(MAX_REQUESTS) });
const BatchAnswer = z.strictObject({
  decisions: z.array(z.union([RouteDecision, z.looseObject({ error: z.looseObject({ code: z.string() }) })])),
});

const operation: Operation = {
  summary: `Up to ${MAX_REQUESTS} decisions at once`,
  description:
    "Answers stand in the order of the requests. A request that fails has its error in its place; the others are decided. " +
    "Each counts as a request a minute of the key.",
  access: "key",
  body: DescribedBatch,
  answers: { 200: { description: "Decisions or errors, in order", schema: BatchAnswer } },
  errors: ["invalid_request", "invalid_json", "invalid_utf8", "body_too_large"],
};

export const routeBatchRoute: FastifyPluginAsync<{ decisions: Decisions; routers: RouterService }> = async (
  app,
  { decisions, routers },
) => {
  app.post("/route/batch", { config: { operation }, bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    const { requests } = readInput(Batch, request.body);
    const together = routers.simultaneous;
    const answers: string[] = [];
    for (let start = 0; start < requests.length; start += together) {
      // Decided at once, many would keep everybody else waiting.
      if (start > 0) await setImmediate();
      const slice = requests.slice(start, start + together);
      answers.push(...(await Promise.all(slice.map((item) => decideItem(decisions, item, request.caller)))));
    }
    return reply.header("content-type", "application/json; charset=utf-8").send(`{"decisions":[${answers.join(",")}]}`);
  });
};

async function decideItem(decisions: Decisions, item: unknown, caller: Caller): Promise<string> {
  try {
    return (await decisions.decide(item, caller)).json;
  } catch (error) {
    return JSON.stringify(renderError(error).body);
  }
}
