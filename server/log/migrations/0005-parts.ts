import { sql } from "kysely";
import { defineMigration } from "../../migration.ts";

/**
 * Roll-ups as parts alone: every batch appends one to each bucket that it touches, and parts of a bucket are merged as
 * they gather. `body` has the cube's dimensions (numbers of words) and then all counters, column by column; `level` tells how
 * often a part was merged. Takes the place of sums as rows, which no release has written.
 */
export default defineMigration({
  name: "0005-parts",
  up: ({ schema }) => [
    ...["usage", "usage_series", "usage_closed", "usage_sealed"].map((table) => schema.dropTable(table).compile()),
    schema
      .createTable("usage_parts")
      .addColumn("id", "integer", (column) => column.primaryKey().notNull())
      .addColumn("grain", "integer", (column) => column.notNull())
      .addColumn("bucket", "integer", (column) => column.notNull())
      .addColumn("level", "integer", (column) => column.notNull())
      .addColumn("rows", "integer", (column) => column.notNull())
      .addColumn("requests", "integer", (column) => column.notNull())
      .addColumn("body", "blob", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
    schema
      .createIndex("usage_parts_bucket")
      .on("usage_parts")
      .columns(["grain", "bucket", "level", "rows", "requests"])
      .compile(),
    schema
      .createIndex("usage_parts_open")
      .on("usage_parts")
      .columns(["grain", "bucket"])
      .where(sql.ref("level"), "<", sql.lit(9))
      .compile(),
  ],
});
