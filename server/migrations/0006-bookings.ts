import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** How much of what a process wrote down as spent is booked, so that what it left when it was killed is booked once. */
export default defineMigration({
  name: "0006-bookings",
  up: ({ schema }) => [
    schema
      .createTable("budget_bookings")
      .addColumn("holder_id", "text", (column) => column.primaryKey().notNull())
      .addColumn("booked", "integer", (column) => column.notNull())
      .modifyEnd(sql`strict, without rowid`)
      .compile(),
  ],
});
