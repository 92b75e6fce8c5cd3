import type { OpenApiDocument } from "../../server/openapi.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

interface Described {
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly unknown[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

/** Every endpoint with its fields, from the same schemas that requests are checked by. */
export function apiReference({ paths }: OpenApiDocument): string {
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Described })),
    )
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.method.localeCompare(b.method)));
  const parts = operations.map(({ path, method, operation }) => section(method.toUpperCase(), path, operation));
  return `# API reference

Made by \`npm run docs:api\` from the schemas that requests are checked by; \`/docs/openapi.json\` of a running server has the same with the
answers' schemas. Errors have OpenAI's shape, but for the gateway's paths, which speak their dialect's own.

${parts.join("\n")}`;
}

function section(
  method: string,
  path: string,
  { summary, description, security, parameters = [], requestBody, responses }: Described,
): string {
  const fields = [
    ...parameters.map(({ name, in: place, required, schema }) => row(name, place, required, schema)),
    ...bodyFields(requestBody?.content["application/json"].schema),
  ];
  const table = fields.length === 0 ? "" : `\n| field | in | what |\n| --- | --- | --- |\n${fields.join("\n")}\n`;
  const answers = Object.entries(responses).map(([status, answer]) => `${status}: ${answer.description}`);
  const access = security.length === 0 ? "No key is asked. " : "";
  return `## ${method} ${path}

${summary}.${description === undefined ? "" : ` ${description}`}
${table}
${access}Answers: ${answers.join("; ")}.
`;
}

function bodyFields(schema: Schema | undefined): string[] {
  return Object.entries(schema?.properties ?? {}).map(([name, field]) =>
    row(name, "body", schema?.required?.includes(name) ?? false, field),
  );
}

function row(name: string, place: string, isRequired: boolean, schema: Schema): string {
  const facts = [
    typeOf(schema),
    ...(isRequired ? ["required"] : []),
    ...(schema.default === undefined ? [] : [`default \`${JSON.stringify(schema.default)}\``]),
    ...(schema.description === undefined ? [] : [schema.description]),
  ];
  return `| \`${name}\` | ${place} | ${facts.join("; ").replaceAll("|", "\\|")} |`;
}

function typeOf({ type, enum: values, const: only, anyOf, items, minimum, maximum }: Schema): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(", ");
  if (only !== undefined) return `\`${String(only)}\``;
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeOf))].join(" or ");
  if (type === "array") return items === undefined ? "list" : `list of ${typeOf(items)}`;
  const name = type === undefined ? "anything" : [type].flat().join(" or ");
  const range = type === "number" || type === "integer" ? rangeOf(minimum, maximum) : "";
  return `${name}${range}`;
}

/** Bounds that say no more than what an integer is are left out. */
function rangeOf(minimum: number | undefined, maximum: number | undefined): string {
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `, at least ${minimum}` : "";
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `, at most ${maximum}` : "";
  return `${low}${high}`;
}
