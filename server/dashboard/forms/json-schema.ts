/** What is read of a JSON schema to make a field of it. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: unknown;
}

/** How a value of a schema is typed in; what is deeper than words and numbers is typed as JSON. */
export type FieldKind = "text" | "number" | "flag" | "choice" | "choices" | "words" | "group" | "json";

export function kindOf(schema: JsonSchema): FieldKind {
  const { type, enum: values, items, properties } = schema;
  if (values !== undefined) return "choice";
  if (type === "string") return "text";
  if (type === "number" || type === "integer") return "number";
  if (type === "boolean") return "flag";
  if (type === "object" && properties !== undefined) return "group";
  if (type !== "array" || items === undefined) return "json";
  const of = plainSchema(items);
  if (of.enum !== undefined) return "choices";
  return of.type === "string" ? "words" : "json";
}

/** Without the possibility of null, and one of several ways to write a text. */
export function plainSchema(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const ways = (anyOf ?? []).filter(({ type }) => type !== "null");
  const [first] = ways;
  if (first === undefined || ways.some(({ type }) => type !== first.type || type === "object")) {
    return ways.length === 1 ? { ...first, ...rest } : schema;
  }
  return { ...first, ...rest };
}
