import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** How many requests a route had on a day, and how many of them were far from the router's training. */
export default defineMigration({
  name: "0015-input-days",
  up: ({ schema }) => [
    schema
      .createTable("input_days")
      .addColumn("route", "text", (column) => column.notNull())
      .addColumn("day", "integer", (column) => column.notNull())
      .addColumn("requests", "integer", (column) => column.notNull())
      .addColumn("far", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("input_days_key", ["route", "day"])
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
