import { sql } from "kysely";
import { defineMigration } from "../../migration.ts";

/** One row: requests before this time may have been removed. */
export default defineMigration({
  name: "0003-pruned",
  up: ({ schema }) => [
    schema
      .createTable("pruned")
      .addColumn("id", "integer", (column) => column.primaryKey().notNull())
      .addColumn("before_ms", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict`)
      .compile(),
  ],
});
