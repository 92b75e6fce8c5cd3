import type { FastifyPluginAsync } from "fastify";
import { gatewayChatRoutes } from "./gateway-chat.ts";
import { gatewayGeminiRoutes } from "./gateway-gemini.ts";
import { gatewayModelsRoutes } from "./gateway-models.ts";
import { gatewayOpenAiRestRoutes } from "./gateway-openai-rest.ts";
import { gatewayProxyRoutes } from "./gateway-proxy.ts";
import type { GatewayRouteOptions } from "./gateway-route.ts";
import { gatewayUnknownRoutes } from "./gateway-unknown.ts";

/** Everything under /v1, /v1beta and /proxy. */
export const gatewayRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  await app.register(gatewayChatRoutes, options);
  await app.register(gatewayGeminiRoutes, options);
  await app.register(gatewayModelsRoutes, options);
  await app.register(gatewayOpenAiRestRoutes, options);
  await app.register(gatewayProxyRoutes, options);
  await app.register(gatewayUnknownRoutes, options);
};
