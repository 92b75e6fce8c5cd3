import { sql } from "kysely";
import { defineMigration } from "../../migration.ts";

const DIMENSIONS = [
  "route",
  "model",
  "upstream",
  "requested_model",
  "dialect",
  "operation",
  "feature",
  "team",
  "status",
  "cache",
  "arm",
  "stream",
  "tenant",
  "key",
  "user",
];

const COUNTERS = [
  "requests",
  "errors",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nano_usd",
  "unpriced",
  "saved_nano_usd",
  "estimated",
  "cache_hits",
  "duration_ms",
  "streamed",
  "first_token_ms",
];

/**
 * Roll-ups. A series is one combination of dimensions (numbers of `words`, 0 for none) within a cube; `usage` adds up
 * its requests by bucket. `grain` is 0 minute, 1 hour, 2 day, 3 month, plus 4 x cube; `bucket` its first minute;
 * `name` the cube and its dimensions as text. `usage_closed` has the months of large cubes that were added up from days.
 */
export default defineMigration({
  name: "0002-usage",
  up: ({ schema }) => {
    let series = schema
      .createTable("usage_series")
      .addColumn("id", "integer", (column) => column.primaryKey().notNull())
      .addColumn("cube", "integer", (column) => column.notNull())
      .addColumn("used_day", "integer", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull().unique());
    for (const name of DIMENSIONS) series = series.addColumn(name, "integer", (column) => column.notNull());
    let usage = schema
      .createTable("usage")
      .addColumn("grain", "integer", (column) => column.notNull())
      .addColumn("bucket", "integer", (column) => column.notNull())
      .addColumn("series", "integer", (column) => column.notNull());
    for (const name of COUNTERS) usage = usage.addColumn(name, "integer", (column) => column.notNull());
    return [
      series.modifyEnd(sql`strict`).compile(),
      usage
        .addPrimaryKeyConstraint("usage_key", ["grain", "bucket", "series"])
        .modifyEnd(sql`strict, without rowid`)
        .compile(),
      schema
        .createTable("usage_closed")
        .addColumn("cube", "integer", (column) => column.notNull())
        .addColumn("month", "integer", (column) => column.notNull())
        .addPrimaryKeyConstraint("usage_closed_key", ["cube", "month"])
        .modifyEnd(sql`strict, without rowid`)
        .compile(),
    ];
  },
});
