import { z } from "zod";
import { ApiError } from "../errors.ts";
import type { UsageQuery } from "../log/log-store.ts";
import { readInput } from "../read-input.ts";
import { DIMENSIONS, type Dimension } from "./dimensions.ts";
import { GRAINS, MINUTE_MS } from "./grains.ts";
import { readWindow } from "./read-time.ts";

const DEFAULT_MS = 30 * 86_400_000;
const MOST_BUCKETS = 10_000;
const MINUTES = { minute: 1, hour: 60, day: 1_440, month: 43_200 } as const;

const Values = z.union([z.string(), z.array(z.string()).max(100)]);
/** `filter.model=...`; several of one are alternatives, an empty one stands for requests without it. */
export const dimensionFilters = Object.fromEntries(
  DIMENSIONS.map((name) => [`filter.${name}`, Values.optional()]),
) as Record<`filter.${Dimension}`, z.ZodOptional<typeof Values>>;

export const UsageInput = z.strictObject({
  from: z.string().max(40).optional().meta({ description: "a moment, or a time before now such as 7d; default 30d" }),
  to: z.string().max(40).optional().meta({ description: "default now" }),
  interval: z.enum(GRAINS).optional().meta({ description: "one row a bucket and group; UTC" }),
  group_by: z
    .string()
    .max(400)
    .optional()
    .meta({ description: `separated by commas: ${DIMENSIONS.join(", ")}` }),
  limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
  format: z.enum(["json", "csv"]).default("json"),
  ...dimensionFilters,
});
export type UsageInput = z.infer<typeof UsageInput>;

/** @throws ApiError `invalid_request` with the field's name */
export function readUsageQuery(input: unknown, nowMs: number): UsageQuery & Pick<UsageInput, "format"> {
  const given = readInput(UsageInput, withoutKey(input));
  const { fromMs, toMs } = readWindow(given, nowMs, DEFAULT_MS);
  const interval = given.interval ?? null;
  if (interval !== null && (toMs - fromMs) / (MINUTES[interval] * MINUTE_MS) > MOST_BUCKETS) {
    throw new ApiError("invalid_request", `interval: at most ${MOST_BUCKETS} buckets; ask for wider ones`, {
      place: "interval",
    });
  }
  return {
    fromMs,
    toMs,
    interval,
    groupBy: readDimensions(given.group_by ?? "", "group_by"),
    filters: readFilters(given),
    limit: given.limit,
    format: given.format,
  };
}

/** `key` is where some clients put their key. */
export function withoutKey(input: unknown): unknown {
  const { key: _, ...rest } = input as Record<string, unknown>;
  return rest;
}

/** @throws ApiError `invalid_request` naming those that there are */
export function readDimensions(text: string, field: string): Dimension[] {
  const names = text.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  for (const name of names) {
    if (!(DIMENSIONS as readonly string[]).includes(name)) {
      throw new ApiError("invalid_request", `${field}: there is no "${name}" (known: ${DIMENSIONS.join(", ")})`, {
        place: field,
      });
    }
  }
  return [...new Set(names)] as Dimension[];
}

export function readFilters(
  given: Readonly<Partial<Record<`filter.${Dimension}`, string | string[] | undefined>>>,
): UsageQuery["filters"] {
  return Object.fromEntries(
    DIMENSIONS.flatMap((name) => {
      const value = given[`filter.${name}`];
      if (value === undefined) return [];
      return [[name, [value].flat().map((text) => (text === "" ? null : text))]];
    }),
  );
}
