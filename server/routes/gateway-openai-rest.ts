import type { FastifyPluginAsync } from "fastify";
import { openAiEmbeddings } from "../gateway/embed-wire.ts";
import { callOf } from "../gateway/incoming.ts";
import { serveEmbeddings } from "../gateway/serve-embeddings.ts";
import { serveOpenAiRest } from "../gateway/serve-openai-rest.ts";
import {
  anyBodyOf,
  type GatewayRoute,
  type GatewayRouteOptions,
  gatewayScope,
  jsonOf,
  wholeForm,
} from "./gateway-route.ts";

/** Endpoints of OpenAI's API that pass to the upstream as they are, and what hangs below them. */
const PASSED = ["moderations", "images", "audio", "files", "uploads", "batches", "fine_tuning"] as const;
/** Whose forms name a model. */
const NAMING: ReadonlySet<string> = new Set(["images", "audio"]);
const METHODS = ["GET", "POST", "DELETE"] as const;

/** OpenAI's endpoints beside chat. */
export const gatewayOpenAiRestRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, options) => {
  const { gateway } = options;
  const dialect = gateway.dialects.get("openai-chat");
  if (dialect === undefined) throw new Error('no dialect "openai-chat"');
  const embeddings: GatewayRoute = {
    method: "POST",
    url: "/v1/embeddings",
    summary: "OpenAI embeddings, from any upstream that makes vectors",
    body: "json",
    tell: (request, incoming) =>
      serveEmbeddings(callOf(incoming, jsonOf(request), { model: null, stream: null }), openAiEmbeddings, gateway.deps),
  };
  const passed = PASSED.flatMap((name) =>
    METHODS.flatMap((method) =>
      [`/v1/${name}`, `/v1/${name}/*`].map(
        (url): GatewayRoute => ({
          method,
          url,
          summary: `OpenAI ${name.replace("_", "-")}, passed to the upstream as it is`,
          body: method === "POST" ? "any" : "none",
          tell: async (request, incoming) => {
            // A form of these names the model; one of the others may be larger than memory.
            const body = NAMING.has(name) ? await wholeForm(request, options.bodyLimitBytes) : anyBodyOf(request);
            return serveOpenAiRest({ ...incoming, method, path: request.raw.url ?? "/", body }, gateway);
          },
        }),
      ),
    ),
  );
  await gatewayScope(app, options, () => dialect, [embeddings, ...passed]);
};
