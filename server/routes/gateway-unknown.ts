import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { nothingAt } from "../plugins/errors.ts";
import { type GatewayRouteOptions, renderErrorsIn } from "./gateway-route.ts";

/** Where each dialect is at home; below them all its errors have its shape, also at paths that do not exist. */
const HOMES: Readonly<Record<string, string | null>> = {
  "/v1": null,
  "/v1/messages": "anthropic-messages",
  "/v1beta": "gemini",
  "/proxy": null,
};

/** What is said at paths that the gateway has not: the asking client's library must be able to read it. */
export const gatewayUnknownRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  const { dialects } = options.gateway;
  for (const [prefix, home] of Object.entries(HOMES)) {
    const dialectOf = (request: FastifyRequest) => dialects.get(home ?? spokenBy(request))!;
    await app.register(
      async (scope) => {
        renderErrorsIn(scope, options, dialectOf);
        scope.setNotFoundHandler((request) => {
          throw nothingAt(app, request);
        });
      },
      { prefix },
    );
  }
};

/** Some paths are shared; the vendors' clients give themselves away by their headers. */
function spokenBy({ headers }: FastifyRequest): string {
  if (headers["anthropic-version"] !== undefined) return "anthropic-messages";
  return headers["x-goog-api-key"] === undefined ? "openai-chat" : "gemini";
}
