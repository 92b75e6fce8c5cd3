import type { FastifyPluginAsync } from "fastify";
import { RouteNext, RouteNextRequest } from "../../engine/schema/route-next.ts";
import type { Decisions } from "../decisions.ts";
import type { Operation } from "../operation.ts";

const operation: Operation = {
  summary: "What to do after the answers to a plan's calls",
  description:
    "For clients with their own code: `POST /route` answers a `plan`; call its `first` models, send their answers here " +
    "(texts, or only what they show of themselves) and do what this says: stop with an answer, or call another model. " +
    "Nothing of the texts is stored. Counts as no request of the key.",
  access: "key",
  body: RouteNextRequest,
  answers: { 200: { description: "Stop, or call a model", schema: RouteNext } },
  errors: ["invalid_request", "invalid_json", "unknown_decision", "not_replayable", "no_candidate", "body_too_large"],
};

export const routeNextRoute: FastifyPluginAsync<{ decisions: Decisions }> = async (app, { decisions }) => {
  app.post("/route/next", { config: { operation } }, async (request) => decisions.next(request.body, request.caller));
};
