import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Dialect } from "../dialect.ts";
import { ApiError, RefusalError } from "../errors.ts";
import type { GatewayAnswer } from "../gateway/answer.ts";
import { faultOfError } from "../gateway/fault-of-error.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Incoming } from "../gateway/incoming.ts";
import { ClientLeft, clientSignal, sendAnswer } from "../gateway/send-answer.ts";
import type { Operation } from "../operation.ts";

export interface GatewayRouteOptions {
  readonly gateway: Gateway;
  readonly bodyLimitBytes: number;
}

/** One endpoint of the gateway. */
export interface GatewayRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly summary: string;
  /** `json`: JSON bodies only, whole. `any`: JSON whole, everything else as a stream. */
  readonly body: "json" | "any" | "none";
  /** Only Weir's own header holds Weir's key, because the others hold the vendor's. */
  readonly keyIn?: Operation["keyIn"];
  tell(request: FastifyRequest, incoming: Incoming): Promise<GatewayAnswer>;
}

const Body = z.looseObject({}).meta({ description: "as the vendor documents it" });

/**
 * Endpoints that speak one dialect, errors of every stage among them. Everything under /v1, /v1beta and /proxy is
 * registered through here, so that no endpoint can leave out a stage.
 *
 * @param dialectOf the dialect of a request's errors
 */
export async function gatewayScope(
  app: FastifyInstance,
  options: GatewayRouteOptions,
  dialectOf: (request: FastifyRequest) => Dialect,
  routes: readonly GatewayRoute[],
): Promise<void> {
  const { bodyLimitBytes } = options;
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (_request, body, done) =>
      done(null, body),
    );
    // Whether a route takes other bodies is its own to say: a stream that nobody reads costs nothing.
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    renderErrorsIn(scope, options, dialectOf);
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: route.url,
        bodyLimit: bodyLimitBytes,
        // One line a request is the gateway's own, with what it cost; Fastify's two would name the key in the query.
        logLevel: "warn",
        config: { operation: operationOf(route) },
        handler: async (request, reply) => {
          if (route.body === "json") assertJson(request);
          const incoming: Incoming = {
            requestId: request.id,
            dialect: dialectOf(request),
            headers: request.headers,
            keyId: request.caller.keyId,
            caller: request.caller,
            signal: clientSignal(reply.raw),
          };
          return sendAnswer(reply, await route.tell(request, incoming));
        },
      });
    }
  });
}

/** Errors of a scope in the dialect of each request. */
export function renderErrorsIn(
  scope: FastifyInstance,
  { bodyLimitBytes }: GatewayRouteOptions,
  dialectOf: (request: FastifyRequest) => Dialect,
): void {
  scope.setErrorHandler((error, request, reply) => {
    const fault = faultOfError(tooLarge(error, bodyLimitBytes));
    if (fault.kind === "server_error" && !(error instanceof ClientLeft))
      request.log.error({ err: error }, "request failed");
    if (error instanceof RefusalError) reply.headers(error.headers);
    return sendFault(reply, dialectOf(request), fault, request.id);
  });
}

/** The body of a route that takes JSON. */
export function jsonOf(request: FastifyRequest): Buffer {
  return request.body as Buffer; // the handler let nothing else through
}

/** The body of a route that takes any: JSON whole, so that it can be read and repeated, else a stream. */
export function anyBodyOf(request: FastifyRequest): Buffer | Readable | null {
  const { body } = request;
  return body === undefined || body === null ? null : (body as Buffer | Readable);
}

/** A multipart form as a whole, any other body as `anyBodyOf` gives it. @throws ApiError `body_too_large` */
export async function wholeForm(request: FastifyRequest, limit: number): Promise<Buffer | Readable | null> {
  const body = anyBodyOf(request);
  if (body === null || Buffer.isBuffer(body) || !/^multipart\//i.test(request.headers["content-type"] ?? ""))
    return body;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw tooLargeBody(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Path and query as the client wrote them, from behind a prefix on. */
export function pathBehind(request: FastifyRequest, prefix: string): string {
  const url = request.raw.url ?? "/";
  const rest = url.slice(prefix.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function sendFault(
  reply: FastifyReply,
  dialect: Dialect,
  fault: ReturnType<typeof faultOfError>,
  requestId: string,
): FastifyReply {
  const { status, body, headers } = dialect.renderFault(fault, requestId);
  return reply
    .code(status)
    .headers({
      "content-type": "application/json; charset=utf-8",
      "x-request-id": requestId,
      "request-id": requestId,
      "x-weir-request-id": requestId,
      ...headers,
    })
    .send(JSON.stringify(body));
}

function tooLarge(error: unknown, limit: number): unknown {
  if ((error as { code?: unknown }).code !== "FST_ERR_CTP_BODY_TOO_LARGE") return error;
  return tooLargeBody(limit);
}

function tooLargeBody(limit: number): ApiError {
  return new ApiError("body_too_large", `the body is larger than ${limit} bytes (gateway.bodyLimitBytes)`);
}

/** @throws ApiError for what is no JSON body as it stands */
function assertJson(request: FastifyRequest): void {
  if (!Buffer.isBuffer(request.body)) throw notJson(request);
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return;
  const message = `a body in content-encoding ${encoding} is not taken; send it as it is`;
  throw new ApiError("unsupported_media_type", message);
}

function notJson(request: FastifyRequest): ApiError {
  const type = request.headers["content-type"];
  if (type === undefined || /^application\/json\b/i.test(type))
    return new ApiError("invalid_json", "the body is empty; a JSON object is needed");
  return new ApiError("unsupported_media_type", "send the body as content-type: application/json");
}

function operationOf({ summary, body, keyIn }: GatewayRoute): Operation {
  return {
    summary,
    description:
      "Bodies, streams and errors are the vendor's own; `model` may be `weir/auto`, `weir/<route>` or any model.",
    access: "key",
    ...(keyIn === undefined ? {} : { keyIn }),
    ...(body === "none" ? {} : { body: Body }),
    answers: { 200: { description: "As the vendor documents it", schema: Body } },
    errors: [
      "invalid_request",
      "invalid_json",
      "invalid_utf8",
      "unknown_model",
      "unknown_route",
      "body_too_large",
      "unsupported_media_type",
    ],
  };
}
