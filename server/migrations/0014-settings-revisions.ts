import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** What was changed of weir.yaml through the admin API, so that it can be put back. */
export default defineMigration({
  name: "0014-settings-revisions",
  up: ({ schema }) => [
    schema
      .createTable("settings_revisions")
      .addColumn("revision", "integer", (column) => column.primaryKey().autoIncrement().notNull())
      .addColumn("at_ms", "integer", (column) => column.notNull())
      .addColumn("author", "text", (column) => column.notNull())
      .addColumn("section", "text", (column) => column.notNull())
      // Text of the section; null: the file had none.
      .addColumn("before", "text")
      .addColumn("after", "text")
      .addColumn("is_restorable", "integer", (column) => column.notNull())
      .addColumn("note", "text")
      .modifyEnd(sql`strict`)
      .compile(),
    schema
      .createIndex("settings_revisions_section")
      .on("settings_revisions")
      .columns(["section", "revision"])
      .compile(),
  ],
});
