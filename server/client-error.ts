import type { Socket } from "node:net";

interface Refusal {
  readonly status: string;
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

const BROKEN: Refusal = {
  status: "400 Bad Request",
  type: "invalid_request_error",
  code: "invalid_http",
  message: "the request is not well-formed HTTP",
};
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: "431 Request Header Fields Too Large",
    type: "invalid_request_error",
    code: "headers_too_large",
    message: "the headers are larger than 16 KiB together",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: "408 Request Timeout",
    type: "timeout_error",
    code: "request_timeout",
    message: "the request did not arrive within a minute",
  },
};

/**
 * Answers what never became a request, in the OpenAI shape: clients of every dialect at least read `error.message`, and
 * what Fastify says by itself has no `error` object, which they report as an answer without a body.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, ...body } = REFUSALS[error.code ?? ""] ?? BROKEN;
  const { type, code, message } = body;
  const text = JSON.stringify({ error: { message, type, param: null, code } });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
