import type { FastifyPluginAsync } from "fastify";
import { callOf } from "../gateway/incoming.ts";
import { serveChat } from "../gateway/serve-chat.ts";
import { anthropicCount, serveCount } from "../gateway/serve-count.ts";
import { type GatewayRoute, type GatewayRouteOptions, gatewayScope, jsonOf } from "./gateway-route.ts";

/** Where each dialect is spoken. */
const CHAT_PATHS: readonly { readonly url: string; readonly dialect: string; readonly summary: string }[] = [
  { url: "/v1/chat/completions", dialect: "openai-chat", summary: "OpenAI chat completions" },
  { url: "/v1/responses", dialect: "openai-responses", summary: "OpenAI responses" },
  { url: "/v1/completions", dialect: "openai-completions", summary: "OpenAI legacy completions" },
  { url: "/v1/messages", dialect: "anthropic-messages", summary: "Anthropic messages" },
];
const IN_BODY = { model: null, stream: null };

/** Chat in the dialects that name the model in the body. */
export const gatewayChatRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  const { deps, dialects } = options.gateway;
  for (const { url, dialect: name, summary } of CHAT_PATHS) {
    const dialect = dialects.get(name);
    if (dialect === undefined) throw new Error(`no dialect "${name}"`);
    const chat: GatewayRoute = {
      method: "POST",
      url,
      summary,
      body: "json",
      tell: (request, incoming) => serveChat(callOf(incoming, jsonOf(request), IN_BODY), deps),
    };
    const count: GatewayRoute = {
      method: "POST",
      url: "/v1/messages/count_tokens",
      summary: "Anthropic's count of a request's tokens",
      body: "json",
      tell: (request, incoming) => serveCount(callOf(incoming, jsonOf(request), IN_BODY), anthropicCount, deps),
    };
    const routes = name === "anthropic-messages" ? [chat, count] : [chat];
    await gatewayScope(app, options, () => dialect, routes);
  }
};
