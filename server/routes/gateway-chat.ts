import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Dialect } from "../dialect.ts";
import { ApiError } from "../errors.ts";
import { faultOfError } from "../gateway/fault-of-error.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { CallPath } from "../gateway/read-call.ts";
import { clientSignal, sendAnswer } from "../gateway/send-answer.ts";
import type { Operation } from "../operation.ts";

export interface GatewayRouteOptions {
  readonly gateway: Gateway;
  readonly bodyLimitBytes: number;
}

const Body = z.looseObject({}).meta({ description: "as the vendor documents it" });

/** Where each dialect is spoken. */
const CHAT_PATHS: readonly { readonly url: string; readonly dialect: string; readonly summary: string }[] = [
  { url: "/v1/chat/completions", dialect: "openai-chat", summary: "OpenAI chat completions" },
  { url: "/v1/responses", dialect: "openai-responses", summary: "OpenAI responses" },
  { url: "/v1/completions", dialect: "openai-completions", summary: "OpenAI legacy completions" },
  { url: "/v1/messages", dialect: "anthropic-messages", summary: "Anthropic messages" },
];

/** Chat in every dialect that clients speak; Gemini names model and method in the path. */
export const gatewayChatRoutes: FastifyPluginAsync<GatewayRouteOptions> = async (app, { gateway, bodyLimitBytes }) => {
  for (const { url, dialect: name, summary } of CHAT_PATHS) {
    const dialect = gateway.dialects.get(name);
    if (dialect === undefined) continue;
    await app.register(async (scope) => {
      speak(scope, dialect);
      scope.post(url, { bodyLimit: bodyLimitBytes, config: { operation: operationOf(summary) } }, (request, reply) =>
        gateway
          .serve(incoming(request, dialect, { model: null, stream: null }, clientSignal(reply.raw)))
          .then((answer) => sendAnswer(reply, answer)),
      );
    });
  }
};

/** Bodies stay bytes and every error wears the dialect's shape, whichever stage it comes from. */
export function speak(scope: FastifyInstance, dialect: Dialect): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  scope.setErrorHandler((error, request, reply) => {
    const fault = faultOfError(error);
    if (fault.kind === "server_error") request.log.error({ err: error }, "request failed");
    const { status, body, headers } = dialect.renderFault(fault, request.id);
    return reply
      .code(status)
      .headers({
        "content-type": "application/json; charset=utf-8",
        "x-request-id": request.id,
        "request-id": request.id,
        ...headers,
      })
      .send(JSON.stringify(body));
  });
}

export function incoming(request: FastifyRequest, dialect: Dialect, path: CallPath, signal: AbortSignal) {
  if (!Buffer.isBuffer(request.body)) throw new ApiError("invalid_json", "the body is empty; a JSON object is needed");
  return {
    requestId: request.id,
    dialect,
    body: request.body,
    path,
    headers: request.headers,
    keyId: request.caller.keyId,
    signal,
  };
}

export function operationOf(summary: string): Operation {
  return {
    summary,
    description:
      "Bodies, streams and errors are the vendor's own; `model` may be `weir/auto`, `weir/<route>` or any model.",
    access: "key",
    body: Body,
    answers: { 200: { description: "As the vendor documents it", schema: Body } },
    errors: [
      "invalid_request",
      "invalid_json",
      "unauthorized",
      "unknown_model",
      "unknown_route",
      "body_too_large",
      "unsupported_media_type",
    ],
  };
}
