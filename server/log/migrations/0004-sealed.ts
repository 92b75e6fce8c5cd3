import { sql } from "kysely";
import { defineMigration } from "../../migration.ts";

/**
 * Buckets of roll-ups that are over, as columns: `body` has the cube's dimensions (numbers of words) and then all
 * counters of `usage`, for as many rows as fit a part. What comes late is a row of `usage` until it is a part of its own.
 */
export default defineMigration({
  name: "0004-sealed",
  up: ({ schema }) => [
    schema
      .createTable("usage_sealed")
      .addColumn("grain", "integer", (column) => column.notNull())
      .addColumn("bucket", "integer", (column) => column.notNull())
      .addColumn("part", "integer", (column) => column.notNull())
      .addColumn("requests", "integer", (column) => column.notNull())
      .addColumn("body", "blob", (column) => column.notNull())
      .addUniqueConstraint("usage_sealed_key", ["grain", "bucket", "part"])
      .modifyEnd(sql`strict`)
      .compile(),
    schema.createIndex("usage_series_used").on("usage_series").columns(["cube", "used_day"]).compile(),
  ],
});
