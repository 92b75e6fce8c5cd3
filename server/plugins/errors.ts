import type { FastifyInstance, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { ApiError, RefusalError, renderError } from "../errors.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** That a path does not exist, or not for this method. */
export function nothingAt(app: FastifyInstance, { method, url }: FastifyRequest): ApiError {
  const path = url.split("?")[0] ?? "/";
  const allowed = METHODS.filter((one) => app.findRoute({ method: one, url: path }) !== null);
  if (allowed.length > 0 && !allowed.includes(method as (typeof METHODS)[number])) {
    const allow = allowed.join(", ");
    const message = `${path} takes ${allow}, not ${method}`;
    return new RefusalError("method_not_allowed", message, { retryAfterMs: null, headers: { allow } });
  }
  return new ApiError("not_found", `there is nothing at ${method} ${path}; /docs lists what there is`);
}

/** One shape for every error, and a request id to find it in the log by. */
export const errorsPlugin = fp(
  async (app) => {
    app.setErrorHandler((error, request, reply) => {
      const { status, body } = renderError(error);
      if (status >= 500) request.log.error({ err: error }, "request failed");
      reply.code(status).header("x-request-id", request.id);
      if (error instanceof RefusalError) {
        reply.headers(error.headers);
        if (error.retryAfterMs !== null) reply.header("retry-after", Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
      }
      return reply.send(body);
    });

    app.setNotFoundHandler((request) => {
      throw nothingAt(app, request);
    });
  },
  { name: "errors" },
);
