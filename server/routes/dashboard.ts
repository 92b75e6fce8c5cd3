import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { DashboardFile, DashboardFiles } from "../dashboard-files.ts";
import { ApiError } from "../errors.ts";
import type { Operation } from "../operation.ts";

const asset: Operation = {
  summary: "A file of the dashboard",
  access: "public",
  answers: { 200: { description: "The file; its name changes with its content", mediaType: "text/javascript" } },
  errors: ["not_found"],
};

/** Scripts and styles of our own only; nothing is asked of any other host, and no other page may show this one. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export interface DashboardDeps {
  readonly files: DashboardFiles;
}

export const dashboardRoute: FastifyPluginAsync<DashboardDeps> = async (app, { files }) => {
  app.get("/weir.svg", { config: { operation: asset } }, async (request, reply) =>
    sendFile(found(files, "weir.svg"), request, reply),
  );
  app.get<{ Params: { file: string } }>("/assets/:file", { config: { operation: asset } }, async (request, reply) => {
    reply.header("cache-control", "public, max-age=31536000, immutable");
    return sendFile(found(files, `assets/${request.params.file}`), request, reply);
  });
};

/** The page itself, which no cache keeps, because it names the files of this version. */
export function sendPage(file: DashboardFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    vary: "accept",
  });
  return sendFile(file, request, reply);
}

function found(files: DashboardFiles, path: string): DashboardFile {
  const file = files.find(path);
  if (file === null) throw new ApiError("not_found", `the dashboard has no file ${path}`);
  return file;
}

function sendFile(
  { type, bytes, gzip }: DashboardFile,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.header("content-type", type);
  const takesGzip = /\bgzip\b/.test(String(headers["accept-encoding"] ?? ""));
  return takesGzip ? reply.header("content-encoding", "gzip").send(gzip) : reply.send(bytes);
}
