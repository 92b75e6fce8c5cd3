import { parse } from "yaml";
import { ApiError } from "../../errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** JSON is YAML. @throws ApiError `config_invalid` when it is not a mapping */
export function parseMapping(text: string, title: string): Fields {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new ApiError("config_invalid", `not a ${title}: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
  if (isFields(value)) return value;
  throw new ApiError("config_invalid", `not a ${title}: a mapping of settings is needed`);
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A name that sections of weir.yaml may carry. */
export function plainName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "unnamed";
}
