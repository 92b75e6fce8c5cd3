import type { FastifyPluginAsync } from "fastify";
import { docsPage } from "../docs-page.ts";
import { type Endpoint, type OpenApiDocument, openApiDocument } from "../openapi.ts";
import type { Operation } from "../operation.ts";

const page: Operation = {
  summary: "This documentation as a page",
  access: "public",
  answers: { 200: { description: "A page without scripts or outside requests", mediaType: "text/html" } },
};

const json: Operation = {
  summary: "This documentation as OpenAPI 3.1",
  access: "public",
  answers: { 200: { description: "OpenAPI document" } },
};

/** Nothing on the page may load or run anything. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface DocsDeps {
  readonly endpoints: readonly Endpoint[];
  readonly version: string;
}

export const docsRoute: FastifyPluginAsync<DocsDeps> = async (app, { endpoints, version }) => {
  let document: OpenApiDocument | null = null;
  /** Made when somebody first asks, so that it costs nothing at start. */
  function current(): OpenApiDocument {
    document ??= openApiDocument(endpoints, version);
    return document;
  }

  app.get("/docs", { config: { operation: page } }, async (_, reply) =>
    reply
      .header("content-type", "text/html; charset=utf-8")
      .header("content-security-policy", CONTENT_POLICY)
      .send(docsPage(current())),
  );
  app.get("/docs/openapi.json", { config: { operation: json } }, async () => current());
};
