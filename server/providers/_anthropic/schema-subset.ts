import { isObject } from "../_shared/json.ts";

/** Keywords that Anthropic's structured outputs refuse. */
const REFUSED = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "patternProperties",
  "propertyNames",
  "$schema",
]);
/** Keywords whose values are schemas by name. */
const NAMED = new Set(["properties", "$defs", "definitions"]);
const DEEPEST = 64;

/**
 * The part of a JSON Schema that structured outputs take: numeric and length limits fall away, and objects that say
 * nothing about further properties allow none, which is what the API demands.
 */
export function schemaSubset(schema: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return {};
  if (Array.isArray(schema)) return schema.map((item) => schemaSubset(item, depth + 1));
  if (!isObject(schema)) return schema;
  const kept: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (REFUSED.has(keyword) || (keyword === "minItems" && value !== 0 && value !== 1)) continue;
    if (keyword === "enum" || keyword === "const" || keyword === "default") kept[keyword] = value;
    else if (NAMED.has(keyword) && isObject(value)) {
      kept[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, schemaSubset(inner, depth + 1)]),
      );
    } else kept[keyword] = schemaSubset(value, depth + 1);
  }
  if (kept["type"] === "object" || isObject(kept["properties"])) kept["additionalProperties"] = false;
  return kept;
}
