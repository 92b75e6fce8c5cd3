import { discover, type Named } from "../../engine/discover.ts";
import { ApiError } from "../errors.ts";
import { schemeOf } from "../url-scheme.ts";
import type { Counters } from "../usage/counters.ts";
import type { Dimension } from "../usage/dimensions.ts";
import type { Grain } from "../usage/grains.ts";
import type { LogEntry } from "./entry.ts";

export interface WriteOutcome {
  readonly written: number;
  /** Were there already: a journal is read again after a crash. */
  readonly known: number;
  /** The database refuses the row itself; trying again would not help. */
  readonly refused: number;
}

export interface UsageQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** null: one row a group over the whole time. */
  readonly interval: Grain | null;
  readonly groupBy: readonly Dimension[];
  /** A row passes when each of these dimensions has one of the values; null stands for requests that have none. */
  readonly filters: Readonly<Partial<Record<Dimension, readonly (string | null)[]>>>;
  readonly limit: number;
}

export interface UsageRow {
  readonly bucketMs: number | null;
  readonly group: Readonly<Partial<Record<Dimension, string | null>>>;
  readonly counters: Counters;
}

export interface UsageAnswer {
  /** What the rows cover: the question's time, widened to whole buckets. */
  readonly fromMs: number;
  readonly toMs: number;
  /** By time, then the most costly first. */
  readonly rows: readonly UsageRow[];
  /** Over everything, also what `limit` left out. */
  readonly total: Counters;
  readonly isTruncated: boolean;
}

export interface EntryFilter {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly equal: Readonly<Partial<Record<Dimension | "session" | "error", readonly (string | null)[]>>>;
  readonly onlyErrors: boolean;
  readonly minCostNanoUsd: number | null;
  readonly minDurationMs: number | null;
  /** The id of a request or a decision, a session or a name; else anywhere in names or metadata. */
  readonly search: string | null;
}

/** Leaves nothing out; what a question asks for stands behind it. */
export const EVERY_ENTRY: EntryFilter = {
  fromMs: null,
  toMs: null,
  equal: {},
  onlyErrors: false,
  minCostNanoUsd: null,
  minDurationMs: null,
  search: null,
};

export interface EntryQuery extends EntryFilter {
  readonly sort: "time" | "cost";
  /** Of the page before. */
  readonly cursor: string | null;
  readonly limit: number;
  readonly withContent: boolean;
}

export interface EntryPage {
  /** Newest (or most costly) first. */
  readonly entries: readonly LogEntry[];
  /** null at the end. A page may be short and still have one: a search looks at so many rows at a time. */
  readonly nextCursor: string | null;
}

/** Ends of what is kept, epoch milliseconds. */
export interface Horizon {
  readonly detailMs: number;
  readonly nowMs: number;
  readonly minutesMs: number;
  readonly hoursMs: number;
  readonly daysMs: number;
}

/** Where the log lies. One writer at a time a process; several processes may share it. */
export interface LogStore {
  /** All of them or, when it throws, none. Idempotent by id. */
  write(entries: readonly LogEntry[]): Promise<WriteOutcome>;
  /** Resolves when all that was written is on the disk. */
  sync(): Promise<void>;
  /** @throws ApiError `invalid_request` */
  usage(query: UsageQuery): Promise<UsageAnswer>;
  /** @throws ApiError `invalid_request` for a broken cursor */
  page(query: EntryQuery): Promise<EntryPage>;
  find(id: string): Promise<LogEntry | null>;
  /** Removes some of what is older; returns how many rows went. */
  prune(horizon: Horizon, limit: number): Promise<number>;
  close(): Promise<void>;
}

/** Plug-in of server/log/stores/: found by the scheme of the log's URL. */
export interface LogStorePlugin extends Named {
  open(url: string): Promise<LogStore>;
}

export function defineLogStore(plugin: LogStorePlugin): LogStorePlugin {
  return plugin;
}

/** @throws ApiError `storage_invalid` */
export async function openLogStore(url: string): Promise<LogStore> {
  const scheme = schemeOf(url);
  const stores = await discover<LogStorePlugin>(new URL("./stores/", import.meta.url));
  const store = stores.get(scheme);
  if (store !== undefined) return store.open(url);
  const known = [...stores.keys()].map((name) => `${name}:`).join(", ");
  throw new ApiError("storage_invalid", `no log store speaks "${scheme}:" (known: ${known})`, { place: "log.url" });
}
