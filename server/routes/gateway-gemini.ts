import type { FastifyPluginAsync, FastifyRequest } from "fastify";
import { ApiError } from "../errors.ts";
import type { GatewayAnswer } from "../gateway/answer.ts";
import { geminiBatchEmbed, geminiEmbedContent } from "../gateway/embed-wire.ts";
import { callOf, type Incoming, type IncomingCall } from "../gateway/incoming.ts";
import { serveChat } from "../gateway/serve-chat.ts";
import { geminiCount, serveCount } from "../gateway/serve-count.ts";
import { serveEmbeddings } from "../gateway/serve-embeddings.ts";
import type { ServeDeps } from "../gateway/story.ts";
import { geminiPath } from "../gateway/wire-of-path.ts";
import { type GatewayRoute, type GatewayRouteOptions, gatewayScope, jsonOf } from "./gateway-route.ts";

/** Gemini names model and method in the path; its clients use either version. */
export const gatewayGeminiRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  const dialect = options.gateway.dialects.get("gemini");
  if (dialect === undefined) throw new Error('no dialect "gemini"');
  const { deps } = options.gateway;
  const routes = ["/v1beta/models/*", "/v1/models/*"].map(
    (url): GatewayRoute => ({
      method: "POST",
      url,
      summary: "Gemini: {model}:generateContent, streamGenerateContent, countTokens, embedContent, batchEmbedContents",
      body: "json",
      tell: (request, incoming) => tellMethod(request, incoming, deps),
    }),
  );
  await gatewayScope(app, options, () => dialect, routes);
};

const METHODS = "generateContent, streamGenerateContent, countTokens, embedContent, batchEmbedContents";

function tellMethod(request: FastifyRequest, incoming: Incoming, deps: ServeDeps): Promise<GatewayAnswer> {
  const place = geminiPath(request.raw.url ?? "");
  const call = (stream: boolean, asArray = false): IncomingCall =>
    callOf(incoming, jsonOf(request), { model: place?.model ?? "", stream, asArray });
  switch (place?.method) {
    case "generateContent":
      return serveChat(call(false), deps);
    case "streamGenerateContent":
      return serveChat(call(true, (request.query as { alt?: unknown }).alt !== "sse"), deps);
    case "countTokens":
      return serveCount(call(false), geminiCount, deps);
    case "embedContent":
      return serveEmbeddings(call(false), geminiEmbedContent, deps);
    case "batchEmbedContents":
      return serveEmbeddings(call(false), geminiBatchEmbed, deps);
    default:
      throw new ApiError("not_found", `the path must end in {model}:{method}; methods are ${METHODS}`);
  }
}
