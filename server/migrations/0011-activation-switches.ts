import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** Routes that an administrator activated at run time. */
export default defineMigration({
  name: "0011-activation-switches",
  up: ({ schema }) => [
    schema
      .createTable("activation_switches")
      .addColumn("route", "text", (column) => column.primaryKey().notNull())
      // Why it is routed without a certificate; null: only under one.
      .addColumn("override", "text")
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
