import { sql } from "kysely";
import { defineMigration } from "../migration.ts";

/** What people, judges and tests said of an answer: one row a decision and source. */
export default defineMigration({
  name: "0002-feedback",
  up: ({ schema }) => [
    schema
      .createTable("feedback")
      .addColumn("decision_id", "text", (column) => column.notNull())
      .addColumn("source", "text", (column) => column.notNull())
      .addColumn("score", "real", (column) => column.notNull())
      .addColumn("comment", "text")
      .addColumn("key_id", "text")
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("updated_at_ms", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("feedback_key", ["decision_id", "source"])
      .addCheckConstraint("feedback_score", sql`score >= 0 and score <= 1`)
      .modifyEnd(sql`strict`)
      .compile(),
  ],
});
