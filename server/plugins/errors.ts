import fp from "fastify-plugin";
import { ApiError, RefusalError, renderError } from "../errors.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

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
      const path = request.url.split("?")[0] ?? "/";
      const allowed = METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
      if (allowed.length > 0 && !allowed.includes(request.method as (typeof METHODS)[number])) {
        throw new ApiError("method_not_allowed", `${path} takes ${allowed.join(", ")}, not ${request.method}`);
      }
      throw new ApiError("not_found", `there is nothing at ${request.method} ${path}; /docs lists what there is`);
    });
  },
  { name: "errors" },
);
