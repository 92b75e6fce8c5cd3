import { z } from "zod";
import { nanoFromUsd } from "../../engine/cost.ts";
import { ApiError } from "../errors.ts";
import { readInput } from "../read-input.ts";
import { readWindow } from "../usage/read-time.ts";
import { dimensionFilters, readFilters, withoutKey } from "../usage/usage-input.ts";
import type { EntryQuery } from "./log-store.ts";

const Flag = z.enum(["true", "false"]).transform((text) => text === "true");
const Amount = z.coerce.number().min(0).max(9_000_000);

const filterFields = {
  from: z.string().max(40).optional().meta({ description: "a moment, or a time before now such as 7d" }),
  to: z.string().max(40).optional(),
  q: z.string().min(1).max(200).optional().meta({ description: "anywhere in id, names or metadata" }),
  errors: Flag.optional().meta({ description: "true: only what failed" }),
  min_cost_usd: Amount.optional(),
  min_duration_ms: z.coerce.number().min(0).optional(),
  "filter.session": z.string().min(1).max(256).optional(),
  "filter.error": z.string().min(1).max(64).optional(),
  ...dimensionFilters,
};

export const EntriesInput = z.strictObject({
  ...filterFields,
  cursor: z.string().min(1).max(200).optional().meta({ description: "`next_cursor` of the page before" }),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  sort: z.enum(["time", "cost"]).default("time"),
});

export const ExportInput = z.strictObject({
  ...filterFields,
  format: z.enum(["jsonl", "csv", "parquet"]).default("jsonl"),
  content: Flag.default(false).meta({ description: "true: with the text of requests whose route keeps it" }),
});

const WHOLE_MS = Number.MAX_SAFE_INTEGER;

/** @throws ApiError `invalid_request` with the field's name */
export function readEntryQuery(input: unknown, nowMs: number): EntryQuery {
  const given = readInput(EntriesInput, withoutKey(input));
  if (given.sort === "cost" && given.cursor !== undefined) {
    throw new ApiError("invalid_request", "cursor: there is one page by cost; take a larger limit", {
      place: "cursor",
    });
  }
  return {
    ...filterOf(given, nowMs),
    sort: given.sort,
    cursor: given.cursor ?? null,
    limit: given.limit,
    withContent: false,
  };
}

export function readExport(input: unknown, nowMs: number) {
  const given = readInput(ExportInput, withoutKey(input));
  return { format: given.format, withContent: given.content, filter: filterOf(given, nowMs) };
}

function filterOf(given: Omit<z.infer<typeof EntriesInput>, "cursor" | "limit" | "sort">, nowMs: number) {
  const hasWindow = given.from !== undefined || given.to !== undefined;
  const window = hasWindow ? readWindow(given, nowMs, WHOLE_MS) : null;
  return {
    fromMs: window?.fromMs ?? null,
    toMs: window?.toMs ?? null,
    equal: {
      ...readFilters(given),
      ...(given["filter.session"] === undefined ? {} : { session: [given["filter.session"]] }),
      ...(given["filter.error"] === undefined ? {} : { error: [given["filter.error"]] }),
    },
    onlyErrors: given.errors === true,
    minCostNanoUsd: given.min_cost_usd === undefined ? null : nanoFromUsd(given.min_cost_usd),
    minDurationMs: given.min_duration_ms ?? null,
    search: given.q ?? null,
  };
}
