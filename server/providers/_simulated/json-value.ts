import type { Rng } from "../../../engine/rng.ts";
import { isObject } from "../_shared/json.ts";

const DEEPEST = 12;

/** A value that fits a JSON Schema as far as it is understood: types, enums, required properties, references, limits. */
export function valueOfSchema(schema: unknown, rng: Rng, root: unknown = schema, depth = 0): unknown {
  if (!isObject(schema) || depth > DEEPEST) return isObject(schema) && schema["type"] === "object" ? {} : "simulated";
  if (typeof schema["$ref"] === "string") return valueOfSchema(resolve(root, schema["$ref"]), rng, root, depth + 1);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) return pick(schema["enum"], rng);
  for (const word of ["anyOf", "oneOf"] as const) {
    const options = schema[word];
    if (Array.isArray(options) && options.length > 0) return valueOfSchema(options[0], rng, root, depth + 1);
  }
  if (Array.isArray(schema["allOf"])) {
    const merged: Record<string, unknown> = {};
    for (const part of schema["allOf"]) Object.assign(merged, valueOfSchema(part, rng, root, depth + 1));
    return merged;
  }
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : (schema["type"] ?? guessType(schema));
  switch (type) {
    case "object":
      return objectOf(schema, rng, root, depth);
    case "array": {
      const least = typeof schema["minItems"] === "number" ? Math.min(schema["minItems"], 100) : 1;
      const items = schema["items"];
      return Array.from({ length: Math.max(items === undefined ? 0 : 1, least) }, () =>
        valueOfSchema(items, rng, root, depth + 1),
      );
    }
    case "integer":
      return Math.round(numberOf(schema, rng));
    case "number":
      return numberOf(schema, rng);
    case "boolean":
      return rng.next() < 0.5;
    case "null":
      return null;
    default:
      return stringOf(schema);
  }
}

function objectOf(schema: Record<string, unknown>, rng: Rng, root: unknown, depth: number): Record<string, unknown> {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : Object.keys(properties));
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => required.has(name))
      .map(([name, inner]) => [name, valueOfSchema(inner, rng, root, depth + 1)]),
  );
}

function numberOf(schema: Record<string, unknown>, rng: Rng): number {
  const low = typeof schema["minimum"] === "number" ? schema["minimum"] : 1;
  const high = typeof schema["maximum"] === "number" ? schema["maximum"] : low + 99;
  return low + Math.floor(rng.next() * (high - low + 1));
}

function stringOf(schema: Record<string, unknown>): string {
  const formats: Readonly<Record<string, string>> = {
    "date-time": "2026-01-01T00:00:00Z",
    date: "2026-01-01",
    email: "simulated@example.com",
    uri: "https://example.com/",
    uuid: "00000000-0000-4000-8000-000000000000",
  };
  const text = formats[String(schema["format"])] ?? "simulated";
  const least = typeof schema["minLength"] === "number" ? Math.min(schema["minLength"], 10_000) : 0;
  const most = typeof schema["maxLength"] === "number" ? schema["maxLength"] : Number.POSITIVE_INFINITY;
  return text.padEnd(least, "x").slice(0, most);
}

function guessType(schema: Record<string, unknown>): string {
  if (isObject(schema["properties"])) return "object";
  return schema["items"] === undefined ? "string" : "array";
}

function pick(values: readonly unknown[], rng: Rng): unknown {
  return values[Math.floor(rng.next() * values.length)];
}

/** `#/$defs/x` within the root schema. */
function resolve(root: unknown, reference: string): unknown {
  let place: unknown = root;
  for (const step of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    place = isObject(place) ? place[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  return place;
}
