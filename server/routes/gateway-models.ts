import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import type { ModelsForm } from "../gateway/list-models.ts";
import { serveModels } from "../gateway/serve-models.ts";
import { type GatewayRoute, type GatewayRouteOptions, gatewayScope, pathBehind } from "./gateway-route.ts";

const DIALECT: Readonly<Record<ModelsForm, string>> = {
  openai: "openai-chat",
  anthropic: "anthropic-messages",
  gemini: "gemini",
};

/** What there is to ask for, in the form that the asking client reads. */
export const gatewayModelsRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  const { gateway } = options;
  const routes = ["/v1/models", "/v1beta/models"].flatMap((url): GatewayRoute[] => [
    {
      method: "GET",
      url,
      summary: "Models, routes and pools that may be asked for",
      body: "none",
      tell: (request, incoming) => serveModels(incoming, null, formOf(request), gateway),
    },
    {
      method: "GET",
      url: `${url}/*`,
      summary: "One model",
      body: "none",
      tell: (request, incoming) => serveModels(incoming, idOf(request, url), formOf(request), gateway),
    },
  ]);
  await gatewayScope(app, options, (request) => gateway.dialects.get(DIALECT[formOf(request)])!, routes);
};

function formOf(request: FastifyRequest): ModelsForm {
  if ((request.raw.url ?? "").startsWith("/v1beta/")) return "gemini";
  if (request.headers["anthropic-version"] !== undefined) return "anthropic";
  return request.headers["x-goog-api-key"] !== undefined ? "gemini" : "openai";
}

/** Ids hold slashes, written plain or escaped. */
function idOf(request: FastifyRequest, url: string): string {
  const path = pathBehind(request, url).split("?")[0]!.slice(1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
