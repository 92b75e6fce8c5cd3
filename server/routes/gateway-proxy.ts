import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { Dialect } from "../dialect.ts";
import { serveProxy } from "../gateway/serve-proxy.ts";
import { anyBodyOf, type GatewayRoute, type GatewayRouteOptions, gatewayScope, pathBehind } from "./gateway-route.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** A vendor's whole API behind one changed base URL; the client keeps its own key, and Weir's is in `x-weir-key`. */
export const gatewayProxyRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  const { gateway } = options;
  const routes = METHODS.map(
    (method): GatewayRoute => ({
      method,
      url: "/proxy/:upstream/*",
      summary: "A vendor's own API, passed as it is; routed when the body names an active route's incumbent",
      body: method === "GET" ? "none" : "any",
      keyIn: "x-weir-key",
      tell: (request, incoming) => {
        const upstreamId = upstreamOf(request);
        const path = pathBehind(request, `/proxy/${upstreamId}`);
        return serveProxy({ ...incoming, method, upstreamId, path, body: anyBodyOf(request) }, gateway);
      },
    }),
  );
  await gatewayScope(app, options, dialectOf, routes);

  /** Errors of ours look like the vendor's. */
  function dialectOf(request: FastifyRequest): Dialect {
    const format = gateway.state.upstreams.find(upstreamOf(request))?.provider.format;
    const known = [...gateway.dialects.values()].find((dialect) => dialect.format === format);
    return known ?? gateway.dialects.get("openai-chat")!;
  }
};

function upstreamOf(request: FastifyRequest): string {
  return (request.params as { upstream: string }).upstream;
}
