import type { LogRecord as Record_ } from "../../../engine/schema/log-record.ts";

/** A page's view of what the admin API answers; the server's own schemas are the source. */
export type LogRecord = Record_;

export interface Sums {
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  /** null: no request of the row has a known cost. */
  readonly cost_usd: number | null;
  readonly saved_usd: number;
  readonly unpriced_requests: number;
  readonly estimated_requests: number;
  readonly cache_hits: number;
  readonly mean_duration_ms: number | null;
  readonly mean_first_token_ms: number | null;
}

export type UsageRow = Sums & { readonly bucket?: string } & { readonly [dimension: string]: unknown };

export interface Usage {
  readonly from: string;
  readonly to: string;
  readonly rows: readonly UsageRow[];
  readonly total: Sums;
  readonly truncated: boolean;
}

export interface Session {
  readonly signed_in: boolean;
  readonly mode: "demo" | "configured";
}

export interface Home {
  readonly name: "weir";
  readonly version: string;
  readonly mode: "demo" | "configured";
  readonly router: { readonly name: string; readonly version: string };
  readonly routes: readonly string[];
}

export interface RequestPage {
  readonly rows: readonly LogRecord[];
  readonly next_cursor: string | null;
}
