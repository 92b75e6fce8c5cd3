import { z } from "zod";
import { ApiError, renderError } from "./errors.ts";
import type { Operation } from "./operation.ts";

export interface Endpoint {
  readonly method: string;
  /** Fastify's form, e.g. `/decisions/:id`. */
  readonly url: string;
  readonly operation: Operation;
}

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: Readonly<Record<string, unknown>>;
}

const ErrorSchema = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable().meta({ description: "path of the field at fault" }),
    code: z.string().meta({ description: "stable; see each operation" }),
  }),
});

/** The document of what is really served: endpoints come from the routes, schemas from what they parse with. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, url, operation } of endpoints) {
    const path = url.replace(/:([A-Za-z_]+)/g, "{$1}").replace("*", "{path}");
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, method, path) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Weir",
      version,
      description:
        "A learned router for language models. Errors of these endpoints have the OpenAI shape: " +
        "`error.code` is stable, `error.param` is the path of the field at fault.",
    },
    paths,
    components: {
      schemas: { Error: jsonSchema(ErrorSchema, "output") },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        header: { type: "apiKey", in: "header", name: "x-weir-key" },
      },
    },
  };
}

function describe(operation: Operation, method: string, path: string): Record<string, unknown> {
  const { summary, description, access, body, query, answers, errors = [] } = operation;
  const parameters = [...pathParameters(path), ...(query === undefined ? [] : queryParameters(query))];
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z]+(.)?/g, (_, next: string = "") => next.toUpperCase())}`,
    summary,
    ...(description === undefined ? {} : { description }),
    security: access === "public" ? [] : [{ bearer: [] }, { header: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: jsonSchema(body, "input") } } } }),
    responses: { ...describeAnswers(answers), ...describeErrors(access, errors) },
  };
}

function describeAnswers(answers: Operation["answers"]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, mediaType = "application/json", schema }]) => [
      status,
      {
        description,
        ...(schema === undefined ? {} : { content: { [mediaType]: { schema: jsonSchema(schema, "output") } } }),
      },
    ]),
  );
}

/** Codes by their status, so that a reader sees which 4xx to expect. */
function describeErrors(access: Operation["access"], codes: NonNullable<Operation["errors"]>): Record<string, unknown> {
  const byStatus = new Map<number, string[]>();
  const all =
    access === "public"
      ? codes
      : [...codes, "unauthorized" as const, ...(access === "admin" ? ["forbidden" as const] : [])];
  for (const code of all) {
    // The status of a code does not depend on which error class carries it.
    const { status } = renderError(new ApiError(code as ApiError["code"], ""));
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.map((name) => `\`${name}\``).join(", "),
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    ]),
  );
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/\{([A-Za-z_]+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodType): unknown[] {
  const { properties = {}, required = [] } = jsonSchema(query, "input") as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
