import { camelCase } from "./camel-case.ts";

/** Fields of Google's schema that hold a schema, a list of them, or schemas by property name. */
const ONE = new Set(["items", "additionalProperties", "not"]);
const LIST = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);
const COUNTS = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);
const MOST_DEPTH = 64;

/**
 * Google's dialect of OpenAPI 3.0 as JSON Schema: types in small letters, `nullable` as a type of its own, counts as
 * numbers, properties in the order that `propertyOrdering` wants. Anything already JSON Schema stays as it is.
 */
export function jsonSchemaOf(schema: unknown, depth = 0): unknown {
  if (!isObject(schema) || depth > MOST_DEPTH) return schema;
  const out: Record<string, unknown> = {};
  let isNullable = false;
  let order: readonly string[] = [];
  for (const [field, value] of Object.entries(schema)) {
    const name = camelCase(field);
    if (name === "type" && typeof value === "string") out["type"] = value.toLowerCase();
    else if (name === "nullable") isNullable = value === true;
    else if (name === "propertyOrdering") order = Array.isArray(value) ? value.map(String) : [];
    else if (name === "properties" && isObject(value)) out["properties"] = value;
    else if (ONE.has(name)) out[name] = jsonSchemaOf(value, depth + 1);
    else if (LIST.has(name) && Array.isArray(value)) out[name] = value.map((inner) => jsonSchemaOf(inner, depth + 1));
    else if (COUNTS.has(name)) out[name] = Number(value);
    else out[name] = value;
  }
  if (isObject(out["properties"])) out["properties"] = ordered(out["properties"], order, depth);
  return isNullable ? withNull(out) : out;
}

function ordered(
  properties: Record<string, unknown>,
  order: readonly string[],
  depth: number,
): Record<string, unknown> {
  const names = [...new Set([...order.filter((name) => Object.hasOwn(properties, name)), ...Object.keys(properties)])];
  return Object.fromEntries(names.map((name) => [name, jsonSchemaOf(properties[name], depth + 1)]));
}

function withNull(schema: Record<string, unknown>): Record<string, unknown> {
  const { type } = schema;
  if (typeof type === "string") {
    const values = schema["enum"];
    const withNullValue = Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {};
    return { ...schema, type: [type, "null"], ...withNullValue };
  }
  if (Array.isArray(schema["anyOf"])) return { ...schema, anyOf: [...schema["anyOf"], { type: "null" }] };
  return schema;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
